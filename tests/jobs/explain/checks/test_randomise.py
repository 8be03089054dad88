"""Random layers from the top down."""

import numpy as np
import pytest

from jobs.explain.checks.randomise import HEAD, blocks, randomise, spaced
from jobs.model.graph import Concatenation, Convolution, Mean, Network, Node

ONE = np.ones((1, 1, 2, 2), np.float32)
BIAS = np.full(2, 3, np.float32)


def network() -> Network:
    return (
        Node("stem", ("",), Convolution(ONE, BIAS)),
        Node("left", ("stem",), Convolution(ONE, BIAS)),
        Node("right", ("stem",), Convolution(ONE, BIAS)),
        Node("mixed0", ("left", "right"), Concatenation()),
        Node("head_convolution", ("mixed0",), Convolution(np.ones((1, 1, 4, 1)), np.ones(1))),
        Node("mean", ("head_convolution",), Mean()),
        Node("logit", ("mean",), Convolution(np.ones((1, 1, 1, 1)), np.ones(1), relu=False)),
    )


def test_blocks_end_with_concatenations():
    """From the output to the input; what is behind the last one is the head."""
    assert blocks(network()) == [
        (HEAD, {"head_convolution", "logit"}),
        ("mixed0", {"stem", "left", "right"}),
    ]


def test_in_a_plain_network_each_convolution_is_a_block():
    """As the small networks that are trained from scratch."""
    plain = (network()[0], Node("logit", ("stem",), Convolution(ONE, BIAS, relu=False)))
    assert [name for name, _ in blocks(plain)] == ["logit", "stem"]


def test_only_the_named_ones_are_redrawn():
    """New kernels of He's size, no bias, the same for the same seed; the rest is the very same."""
    plain = network()
    changed = randomise(plain, frozenset({"stem"}), seed=20)
    assert all(one is other for one, other in zip(plain[1:], changed[1:], strict=True))
    operation = changed[0].operation
    assert isinstance(operation, Convolution)
    assert (operation.bias == 0).all()
    assert not np.array_equal(operation.kernel, ONE)
    again = randomise(plain, frozenset({"stem"}), seed=20)[0].operation
    assert isinstance(again, Convolution)
    assert np.array_equal(operation.kernel, again.kernel)
    assert (plain[0].operation.kernel == 1).all()


def test_the_signal_keeps_its_size():
    """He's rule: outputs of a ReLU layer have the second moment of its inputs."""
    wide = Node("wide", ("",), Convolution(np.ones((1, 1, 400, 400), np.float32), np.zeros(400)))
    (drawn,) = randomise((wide,), frozenset({"wide"}), seed=20)
    assert isinstance(drawn.operation, Convolution)
    assert drawn.operation.kernel.var() == pytest.approx(2 / 400, rel=0.02)


def test_spaced_names_have_both_ends():
    """The head alone, and the whole network, are always among them."""
    assert spaced(list("abcdefg"), 3) == ["a", "d", "g"]
    assert spaced(list("ab"), 4) == ["a", "b"]
