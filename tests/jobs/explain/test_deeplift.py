"""DeepLIFT: closed forms, a slow reference, and that differences add up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.explain import deeplift
from jobs.explain.backward import send_back
from jobs.explain.forward import run_forward
from jobs.explain.target import ExplainedModel
from jobs.model.graph import INPUT, Convolution, Highest, Node, Pooling
from tests.jobs.explain.jacobian import linear_layer
from tests.jobs.explain.layers import convolutions
from tests.jobs.explain.networks import make_network, make_view


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(("conv_pool", "averaged")))
def test_the_parts_add_up_to_the_difference(seed: int, kind: str):
    """Summation to delta (section 3.1): the logit less the reference's, at any reference."""
    target = ExplainedModel(make_network(seed, kind))
    view, other = make_view(seed), make_view(seed + 1)
    found = deeplift.explain(target, view, other)
    logits = [run_forward(target.network, each).logit for each in (view, other)]
    assert found.sum() == pytest.approx(logits[0] - logits[1], rel=1e-9, abs=1e-9)
    assert not deeplift.explain(target, view, view).any()


def test_a_local_heads_places_stay_those_of_the_view():
    """The parts' sum is the difference that these places make."""
    network, view = make_network(4, "local"), make_view(4)
    target, other = ExplainedModel(network), make_view(5)
    here, there = run_forward(network, view), run_forward(network, other)
    node = next(node for node in network if isinstance(node.operation, Highest))
    logits, others = (each.values[node.inputs[0]].numpy()[0] for each in (here, there))
    total = 0.0
    for member in range(logits.shape[-1]):
        inside = np.argwhere(node.operation.places)
        inside = sorted(inside.tolist(), key=lambda at: -logits[at[0], at[1], member])
        chosen = inside[: node.operation.count]
        total += np.mean([logits[y, x, member] - others[y, x, member] for y, x in chosen])
    found = deeplift.explain(target, view, other).sum()
    assert found == pytest.approx(total / logits.shape[-1])


def test_a_neuron_has_the_closed_form():
    """ReLU(x - 1) from 0 to 3 gains 2 of its input's 3: the multiplier is 2/3, the gradient 1."""
    layer = Convolution(np.ones((1, 1, 1, 1)), -np.ones(1))
    network = (
        Node("neuron", (INPUT,), layer),
        Node("logit", ("neuron",), Convolution(np.ones((1, 1, 1, 1)), np.zeros(1), relu=False)),
    )
    found = send_back_one(network, np.full((1, 1, 1, 1), 3.0), np.zeros((1, 1, 1, 1)))
    assert found.item() == pytest.approx(2 / 3)


def test_a_pooling_follows_who_rose_and_who_fell():
    """Of 1, 5 after 4, 0: the second one's rise to 5, above the reference's largest 4, counts."""
    network = (Node("logit", (INPUT,), Pooling((1, 2), (1, 2), "VALID")),)
    view, other = (np.array(v, float).reshape(1, 1, 2, 1) for v in ([1, 5], [4, 0]))
    assert send_back_one(network, view, other).ravel().tolist() == [0, 1 / 5]
    assert send_back_one(network, other, view).ravel().tolist() == [0, 1 / 5]


@settings(max_examples=25)
@given(layer=convolutions())
def test_a_layer_is_that_of_its_jacobian(layer: tuple):
    """Each output's slope between both inputs, times the layer's Jacobian; in loops, float64."""
    convolution, value = layer
    rng = np.random.default_rng(0)
    other = rng.uniform(-1, 1, value.shape)
    node = Node("layer", (INPUT,), convolution)
    forward, linear = deeplift.run_both((node,), np.concatenate([value, other]))
    multiplier = rng.normal(size=forward.output[:1].shape)
    rule = deeplift.rescale(linear)
    (found,) = rule(node, [forward.view], forward.output, multiplier)
    jacobian, bias = linear_layer(convolution, value.shape[1:])
    expected = np.zeros(jacobian.shape[1])
    for row, b, each in zip(jacobian, bias, multiplier.ravel(), strict=True):
        before, after = row @ value.ravel() + b, row @ other.ravel() + b
        slope = 1.0
        if convolution.relu:
            slope = (max(before, 0) - max(after, 0)) / (before - after)
        expected += each * slope * row
    assert found.numpy().ravel() == pytest.approx(expected, rel=1e-9, abs=1e-9)


def send_back_one(network: tuple, view: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The multipliers of a network's output of one value."""
    forward, linear = deeplift.run_both(network, np.concatenate([view, other]))
    return send_back(forward, np.ones((1, 1, 1, 1)), deeplift.rescale(linear))[INPUT].numpy()
