"""Patches: where a unit is strongest, what is around it, and what in it excites the unit."""

import numpy as np
import pytest

from jobs.explain.exciting_patches import cut_patch, patch_side, placed_nodes, receptive_field
from jobs.explain.forward import run_forward
from jobs.explain.units import Unit
from jobs.model.graph import INPUT, Convolution, Network, Node, Pooling
from tests.jobs.explain.jacobian import linear_layer
from tests.jobs.explain.networks import make_network


def ones(rows: int, columns: int, stride: int = 1, average: int = 0) -> Convolution:
    """A convolution of one channel that adds up."""
    kernel, bias = np.ones((rows, columns, 1, 1), np.float32), np.zeros(1, np.float32)
    window = (average, average) if average else None
    return Convolution(kernel, bias, (stride, stride), "SAME", window)


SUM: Network = (Node("sum", (INPUT,), ones(3, 3)),)


@pytest.mark.parametrize(("row", "column"), [(10, 12), (0, 0), (19, 24), (7, 24)])
def test_a_patch_lies_around_the_strongest_place(row: int, column: int):
    """Its middle pixel is the place's centre; beyond the view's edges it is black."""
    view = np.full((1, 20, 25, 1), -1, np.float32)
    view[0, row, column] = 1
    # One pixel is bright, so that all windows with it are as strong: read the pixel alone.
    alone = (Node("pixel", (INPUT,), ones(1, 1)),)
    patch = cut_patch(run_forward(alone, view), Unit("pixel", 0), 5)
    assert patch.value == 1
    assert patch.centre == (row + 0.5, column + 0.5)
    assert np.argwhere(patch.pixels == 1).tolist() == [[2, 2]]
    assert (patch.pixels.sum(), patch.pixels.shape) == (1 - 24, (5, 5))
    assert np.argwhere(patch.deconvnet).tolist() == [[2, 2]]


def test_the_deconvnet_shows_what_the_place_sees():
    """Of a sum over nine pixels, those nine; the patch shows no other place's."""
    view = np.zeros((1, 20, 25, 1), np.float32)
    view[0, 5:8, 9:12] = 1
    view[0, 15, 20] = 5
    patch = cut_patch(run_forward(SUM, view), Unit("sum", 0), 7)
    assert patch.value == 9
    expected = np.zeros((7, 7))
    expected[2:5, 2:5] = 9
    assert patch.deconvnet.tolist() == expected.tolist()


def test_a_receptive_field_is_what_the_jacobian_reaches():
    """Strides, kernels and averages: as wide as the pixels that one place depends on."""
    layers = (ones(3, 3, 2), ones(1, 1, average=3), ones(5, 5))
    network = tuple(
        Node(f"{n}", (INPUT if n == 0 else f"{n - 1}",), each) for n, each in enumerate(layers)
    )
    jacobian, shape = np.eye(41 * 41), (41, 41, 1)
    for layer in layers:
        jacobian = linear_layer(layer, shape)[0] @ jacobian
        shape = (-(-shape[0] // layer.strides[0]), -(-shape[1] // layer.strides[1]), 1)
    middle = jacobian.reshape(*shape[:2], 41, 41)[shape[0] // 2, shape[1] // 2]
    assert np.ptp(np.nonzero(middle.any(axis=0))[0]) + 1 == receptive_field(network, "2") == 15


def test_a_patch_is_not_larger_than_the_view():
    """Nor than what is still seen as one picture."""
    pool = Pooling((64, 64), (64, 64), "VALID")
    deep = (*SUM, Node("pool", ("sum",), pool), Node("next", ("pool",), ones(3, 3)))
    assert patch_side(deep, Unit("sum", 0), (80, 75)) == 3
    assert patch_side(deep, Unit("next", 0), (80, 75)) == 75
    assert patch_side(deep, Unit("next", 0), (800, 750)) == 128


def test_units_after_a_mean_of_all_places_have_no_patch():
    """They see all of a view."""
    names = placed_nodes(make_network(1, "averaged"))
    assert "mixed" in names
    assert "pooling" not in names and "head_convolution" not in names
