"""Deconvnet: against each layer's Jacobian with a ReLU on what flows back, by loops."""

import numpy as np
import pytest
from hypothesis import given, settings

from jobs.explain import deconvnet
from jobs.explain.backward import send_back
from jobs.explain.forward import run_forward
from jobs.explain.target import ExplainedModel
from jobs.explain.units import Unit, unit_map
from jobs.model.graph import INPUT, Convolution, Node
from tests.jobs.explain.jacobian import linear_layer
from tests.jobs.explain.layers import convolutions
from tests.jobs.explain.networks import make_network, make_view


@settings(max_examples=25)
@given(layer=convolutions())
def test_a_layer_is_its_jacobian_after_a_relu(layer: tuple):
    """What comes back below 0 is cut where the layer has a ReLU, whatever its own output was."""
    convolution, value = layer
    node = Node("layer", (INPUT,), convolution)
    forward = run_forward((node,), value)
    sent = np.random.default_rng(0).normal(size=forward.output.shape)
    (found,) = deconvnet.deconvnet_rule(node, [forward.view], forward.output, sent)
    jacobian, _ = linear_layer(convolution, value.shape[1:])
    kept = sent.clip(0) if convolution.relu else sent
    assert found.numpy().ravel() == pytest.approx(jacobian.T @ kept.ravel(), abs=1e-9)


def test_a_relu_that_was_closed_lets_pass():
    """Unlike the gradient: -1 before the ReLU, and what flows back is the weight."""
    one = Convolution(np.full((1, 1, 1, 1), 2.0), np.full(1, -9.0))
    read = Convolution(np.ones((1, 1, 1, 1)), np.zeros(1), relu=False)
    network = (Node("closed", (INPUT,), one), Node("logit", ("closed",), read))
    forward = run_forward(network, np.ones((1, 1, 1, 1)))
    assert forward.logit == 0
    found = send_back(forward, np.ones((1, 1, 1, 1)), deconvnet.deconvnet_rule)
    assert found[INPUT].numpy().item() == 2


def test_a_unit_is_sent_back_from_where_it_is_strongest():
    """Pixels that the place does not see have nothing."""
    network, view = make_network(2), make_view(2)
    target, unit = ExplainedModel(network), Unit("conv", 1)
    values = unit_map(run_forward(network, view), unit)
    row, column = np.unravel_index(values.argmax(), values.shape)
    found = deconvnet.explain(target, view, unit)
    seen = np.zeros(found.shape, bool)
    seen[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = True
    assert found[seen].any()
    assert not found[~seen].any()
    kernel = network[0].operation.kernel[1, 1, 0, 1]
    assert found[row, column] == pytest.approx(values.max() * kernel)
