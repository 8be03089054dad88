"""What is sent back: against TensorFlow's own gradients, and what several readers send."""

import numpy as np
import pytest
from hypothesis import given, settings

from jobs.explain.backward import gradient_rule, send_back
from jobs.explain.forward import run_forward
from jobs.model import tf_runtime
from jobs.model.graph import INPUT, Concatenation, Mean, Network, Node, compute
from jobs.model.tensorflow_extractor import apply
from tests.jobs.explain.networks import make_network, make_view, networks


@settings(max_examples=25)
@given(given_network=networks())
def test_the_gradient_is_tensorflows(given_network: tuple):
    """Of every node that the logit comes from, by the tape, which knows nothing of our rules."""
    network, view = given_network
    forward = run_forward(network, view)
    found = send_back(forward, tf_runtime.start().ones_like(forward.output), gradient_rule)
    for name, expected in taped_gradients(network, view).items():
        assert found[name].numpy() == pytest.approx(expected, rel=1e-9, abs=1e-12), name


def taped_gradients(network: Network, view: np.ndarray) -> dict[str, np.ndarray]:
    """The output's gradient by the value of each node."""
    tf = tf_runtime.start()
    with tf.GradientTape() as tape:
        watched = tf.constant(view)
        tape.watch(watched)
        values = compute(network, watched, apply)
        output = values[network[-1].name]
    return {name: each.numpy() for name, each in tape.gradient(output, values).items()}


def test_a_unit_is_sent_back_from_its_own_node():
    """Nodes that it does not read get nothing, and are not there."""
    network, view = make_network(1), make_view(1)
    forward = run_forward(network, view)
    found = send_back(forward, forward.values["wide"], gradient_rule, "wide")
    assert set(found) == {"wide", "pool", "conv", INPUT}


def test_readers_add_up():
    """A node that is read twice gets what both send."""
    network = (Node("mean", (INPUT,), Mean()), Node("both", ("mean", "mean"), Concatenation()))
    forward = run_forward(network, np.ones((1, 2, 2, 1)))
    sent = tf_runtime.start().constant([[[[1.0, 10.0]]]], "float64")
    found = send_back(forward, sent, gradient_rule)
    assert found["mean"].numpy().item() == 11
    assert found[INPUT].numpy().ravel().tolist() == [2.75] * 4
