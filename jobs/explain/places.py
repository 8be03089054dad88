"""Where the places of each node lie in a view, and their values spread over it."""

from collections.abc import Sequence

import numpy as np

from jobs.common.types import Array, Floats
from jobs.model.graph import Convolution, Network, Node, Pooling, compute
from jobs.model.shapes import Grid


def place_grids(network: Network, size: tuple[int, int]) -> dict[str, Grid]:
    """The grid of each node's places by its name.

    A place's centre is the middle of what it sees, as in `jobs.model.shapes.layer_grid`.

    Args:
        network: a base: all its nodes have places. What is padded has stride 1, as in all of ours;
            with another, the padding would depend on the side's length.
        size: (rows, columns) of a view.
    """
    return compute(network, Grid(size, 1, 0.5), _grid)


def _grid(node: Node, inputs: Sequence[Grid]) -> Grid:
    operation, before = node.operation, inputs[0]
    if isinstance(operation, Convolution):
        size = operation.kernel.shape[:2]
    elif isinstance(operation, Pooling):
        size = operation.size
    else:
        return before
    stride = operation.strides[0]
    if operation.padding == "VALID":
        pad, shape = 0, [(n - k) // stride + 1 for n, k in zip(before.shape, size, strict=True)]
    elif stride == 1:
        pad, shape = (size[0] - 1) // 2, list(before.shape)
    else:
        raise ValueError(f"{node.name} is padded and has stride {stride}; its stride must be 1")
    offset = before.offset + before.stride * ((size[0] - 1) / 2 - pad)
    return Grid((shape[0], shape[1]), before.stride * stride, offset)


def spread(values: Array, grid: Grid, size: tuple[int, int]) -> Array:
    """Places' values at every pixel of a view, linear between the places' centres.

    Beyond the outermost centres, the nearest counts.

    Args:
        values: (h, w) of places.
        grid: where they lie.
        size: (rows, columns) of the view.

    Returns:
        (rows, columns) float32.

    Examples:
        >>> import numpy as np
        >>> spread(np.array([[0.0, 1.0]]), Grid((1, 2), 2, 1.0), (1, 4)).tolist()
        [[0.0, 0.25, 0.75, 1.0]]
    """
    down, across = (
        _weights(count, grid, length) for count, length in zip(values.shape, size, strict=True)
    )
    return (down @ values @ across.T).astype(np.float32)


def _weights(count: int, grid: Grid, length: int) -> Floats:
    """(length, count): each pixel's shares of the places along one side."""
    at = ((np.arange(length) + 0.5 - grid.offset) / grid.stride).clip(0, count - 1)
    return np.maximum(0, 1 - np.abs(at[:, None] - np.arange(count)))


def view_size(view: Array) -> tuple[int, int]:
    """(rows, columns) of a view, (1, rows, columns, 1)."""
    _, rows, columns, _ = view.shape
    return rows, columns
