"""The patches of a dataset that excite a unit most, and what in them does.

Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014, figure 2: a
unit's strongest places, one an image, and the deconvnet of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs.common.types import Array
from jobs.explain.backward import send_back
from jobs.explain.deconvnet import deconvnet_rule
from jobs.explain.forward import Forward
from jobs.explain.places import place_grids, view_size
from jobs.explain.target import BLACK
from jobs.explain.units import Unit, unit_relevance
from jobs.model.graph import (
    Concatenation,
    Convolution,
    Highest,
    Mean,
    Network,
    Node,
    Pooling,
    compute,
)

LARGEST = 128
"""How many pixels of a view a patch has at most, along each side."""


@dataclass(frozen=True)
class Patch:
    """What a unit sees at the place of a view where it is strongest.

    Attributes:
        value: the unit's, there.
        centre: (row, column) in the view, in pixels.
        pixels: (side, side) float32 in [-1, 1]: the view around it, black beyond its edges.
        deconvnet: (side, side) float32: what of it excites the unit.
    """

    value: float
    centre: tuple[float, float]
    pixels: Array
    deconvnet: Array


def cut_patch(forward: Forward, unit: Unit, side: int) -> Patch:
    """The patch of a view, around the place where a unit is strongest.

    Args:
        forward: of one view through a network that has the unit.
        side: of the patch, in pixels: see `patch_side`.
    """
    view = forward.view.numpy()
    grid = place_grids(forward.network, view_size(view))[unit.node]
    has = unit_relevance(forward, unit)
    values = has.numpy()[0, ..., unit.channel]
    row, column = np.unravel_index(np.argmax(values), values.shape)
    centre = (grid.offset + int(row) * grid.stride, grid.offset + int(column) * grid.stride)
    back = send_back(forward, has, deconvnet_rule, unit.node)[""].numpy()[0, ..., 0]
    return Patch(
        float(values[row, column]),
        centre,
        _crop(view[0, ..., 0], centre, side, BLACK),
        _crop(back, centre, side, 0),
    )


def patch_side(network: Network, unit: Unit, size: tuple[int, int]) -> int:
    """How large a patch is: as what a place of the unit sees, the view, or LARGEST: the least."""
    return min(receptive_field(network, unit.node), LARGEST, *size)


def placed_nodes(network: Network) -> list[str]:
    """The names of the nodes that a mean of all places does not come before."""
    names: list[str] = []
    for node in network:
        if isinstance(node.operation, Mean | Highest):
            break
        names.append(node.name)
    return names


def receptive_field(network: Network, node: str) -> int:
    """How many pixels of a view, along each side, a place of a node sees.

    Examples:
        >>> import numpy as np
        >>> three = Convolution(np.zeros((3, 3, 1, 1), np.float32), np.zeros(1, np.float32))
        >>> two = Pooling((2, 2), (2, 2), "VALID")
        >>> nodes = (Node("a", ("",), three), Node("b", ("a",), two), Node("c", ("b",), three))
        >>> [receptive_field(nodes, name) for name in "abc"]
        [3, 4, 8]
    """
    before = network[: [each.name for each in network].index(node) + 1]
    return compute(before, (1, 1), _field)[node][0]


def _field(node: Node, inputs: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """A node's receptive field, and how far its places lie apart, both in pixels."""
    operation = node.operation
    side, stride = max(inputs)
    if isinstance(operation, Convolution):
        rows = operation.kernel.shape[0] + (operation.average[0] - 1 if operation.average else 0)
        return side + (
            max(rows, operation.kernel.shape[1]) - 1
        ) * stride, stride * operation.strides[0]
    if isinstance(operation, Pooling):
        return side + (operation.size[0] - 1) * stride, stride * operation.strides[0]
    assert isinstance(operation, Concatenation), f"{node.name} sees all of a view"
    return side, stride


def _crop(values: Array, centre: tuple[float, float], side: int, beyond: float) -> Array:
    """(side, side) around a point; `beyond` is what lies outside."""
    half = -(-side // 2) + 1
    padded = np.pad(values, half, constant_values=beyond)
    top, left = (int(np.floor(at - side / 2 + 0.5)) + half for at in centre)
    top, left = (
        min(max(0, at), length - side) for at, length in zip((top, left), padded.shape, strict=True)
    )
    return padded[top : top + side, left : left + side]
