"""Pictures that excite a unit: as much as one layer's closed form allows, and always the same."""

import numpy as np
import pytest

from jobs.explain.activation_maximisation import Settings, before_relu, maximise
from jobs.explain.units import Unit
from jobs.model.graph import INPUT, Concatenation, Convolution, Network, Node
from tests.jobs.explain.networks import make_network

SIZE = (12, 11)
BARE = Settings(steps=60, rate=0.3, variation=0, jitter=0, fourier=False)


def one_layer(seed: int = 0) -> tuple[Network, np.ndarray]:
    """A linear layer of two filters, and its kernel."""
    kernel = np.random.default_rng(seed).normal(size=(3, 3, 1, 2)).astype(np.float32)
    layer = Convolution(kernel, np.zeros(2, np.float32), padding="SAME", relu=False)
    return (Node("layer", (INPUT,), layer),), kernel


@pytest.mark.parametrize("fourier", [False, True])
def test_a_linear_unit_reaches_its_closed_form(fourier: bool):
    """At most the sum of its weights' sizes, where each pixel has its weight's sign."""
    network, kernel = one_layer()
    settings = Settings(steps=200, rate=0.3, variation=0, jitter=0, fourier=fourier)
    found = maximise(network, Unit("layer", 1), SIZE, best=1, seed=3, settings=settings)
    most = np.abs(kernel[..., 1]).sum()
    assert 0.95 * most < found.value <= most + 1e-4
    assert found.picture.shape == SIZE
    assert np.abs(found.picture).max() <= 1


def test_its_value_is_that_of_the_whole_picture():
    """The highest over all places, of the picture as it is."""
    network, kernel = one_layer()
    found = maximise(network, Unit("layer", 0), SIZE, best=1, seed=3, settings=BARE)
    padded = np.pad(found.picture, 1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    assert found.value == pytest.approx((windows * kernel[..., 0, 0]).sum((2, 3)).max(), rel=1e-4)


def test_the_same_seed_gives_the_same_picture():
    """Bit for bit; another seed, another picture."""
    network, _ = one_layer()
    settings = Settings(steps=5)
    first, again, other = (
        maximise(network, Unit("layer", 0), SIZE, best=1, seed=seed, settings=settings).picture
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_variation_makes_it_smooth():
    """The more differences between neighbours cost, the smaller they are."""
    network, _ = one_layer()
    smooth, rough = (
        maximise(
            network,
            Unit("layer", 0),
            SIZE,
            best=1,
            seed=1,
            settings=Settings(steps=60, rate=0.1, variation=cost, jitter=0, fourier=False),
        ).picture
        for cost in (50, 0)
    )
    assert np.abs(np.diff(smooth)).mean() < np.abs(np.diff(rough)).mean() / 2


def test_what_comes_after_a_unit_is_not_used():
    """A head that is for views of another size does not matter."""
    network = tuple(
        Node(node.name, node.inputs, _float32(node.operation)) for node in make_network(1)
    )
    found = maximise(network, Unit("wide", 0), (20, 20), best=1, seed=1, settings=Settings(steps=3))
    assert found.picture.shape == (20, 20)


def test_a_unit_that_nothing_excites_yet_is_excited():
    """It is sought before its ReLU, also where the unit is one of a concatenation."""
    kernel = np.random.default_rng(0).normal(size=(3, 3, 1, 2)).astype(np.float32)
    layer = Convolution(kernel, np.full(2, -1, np.float32), padding="SAME")
    network = (
        Node("first", (INPUT,), layer),
        Node("second", (INPUT,), layer),
        Node("both", ("first", "second"), Concatenation()),
    )
    used, unit = before_relu(network, Unit("both", 3))
    assert (unit, used[-1].name, used[-1].operation.relu) == (Unit("second", 1), "second", False)
    found = maximise(network, Unit("both", 3), SIZE, best=1, seed=3, settings=BARE)
    assert found.value > 0.9 * (np.abs(kernel[..., 1]).sum() - 1)


def _float32(operation):
    if not isinstance(operation, Convolution):
        return operation
    kernel, bias = operation.kernel.astype(np.float32), operation.bias.astype(np.float32)
    return Convolution(
        kernel, bias, operation.strides, operation.padding, operation.average, operation.relu
    )
