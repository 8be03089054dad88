"""Each operation's transpose against its Jacobian, by loops, in float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.explain.forward import run_forward
from jobs.explain.transpose import highest_shares, transpose
from jobs.model import tf_runtime
from jobs.model.graph import Highest, Node, Pooling
from tests.jobs.explain.jacobian import linear_layer
from tests.jobs.explain.layers import convolutions


@settings(max_examples=25)
@given(layer=convolutions())
def test_a_convolution_is_its_jacobian_turned(layer: tuple):
    """Strides, paddings, averages: whatever its ReLU does."""
    convolution, value = layer
    node = Node("layer", ("",), convolution)
    forward = run_forward((node,), value)
    sent = np.random.default_rng(0).normal(size=forward.output.shape)
    (found,) = transpose(node, [forward.view], forward.output, sent)
    jacobian, _ = linear_layer(convolution, value.shape[1:])
    assert found.numpy().ravel() == pytest.approx(jacobian.T @ sent.ravel(), abs=1e-9)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), padding=st.sampled_from(("SAME", "VALID")))
def test_a_pooling_sends_to_where_its_largest_values_were(seed: int, padding: str):
    """Windows that overlap and share a largest value add up."""
    rng = np.random.default_rng(seed)
    value = rng.normal(size=(1, 7, 6, 2))
    pooling = Pooling((3, 3), (2, 2), padding)
    node = Node("pool", ("",), pooling)
    forward = run_forward((node,), value)
    output = forward.output.numpy()
    sent = rng.normal(size=output.shape)
    expected = np.zeros_like(value)
    for place in np.ndindex(output.shape):
        expected[value == output[place]] += sent[place]
    (found,) = transpose(node, [forward.view], forward.output, sent)
    assert found.numpy() == pytest.approx(expected)


def test_the_highest_places_share_equally():
    """Of each channel its own highest ones, and never one outside."""
    value = np.array([[5.0, 1], [4, 9], [3, 2], [8, 8]]).reshape(1, 2, 2, 2)
    places = np.array([[True, True], [True, False]])
    shares = highest_shares(Highest(places, 2), tf_runtime.start().constant(value)).numpy()
    assert shares.reshape(4, 2).tolist() == [[0.5, 0], [0.5, 0.5], [0, 0.5], [0, 0]]
