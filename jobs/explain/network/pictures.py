"""Pictures of a network's arrays: grids of small grey pictures, as PNG."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from jobs.common.types import Array
from jobs.model.graph import INPUT, Convolution, Network

_GAP = 2  # pixels between pictures, white
_WHITE = 255


def picture_filters(network: Network, side: int = 48) -> Array:
    """The filters that read the view, on a grid: (rows, columns) uint8.

    Each is scaled for itself: middle grey is 0, so that its sign is seen.

    Args:
        side: how many pixels a filter's longer side has at least.
    """
    convolutions = [node.operation for node in network if INPUT in node.inputs]
    kernels = [each.kernel for each in convolutions if isinstance(each, Convolution)]
    filters = [kernel[..., 0, channel] for kernel in kernels for channel in range(kernel.shape[3])]
    return tile([_enlarge(_signed(each), side) for each in filters])


def picture_maps(values: Array, channels: Sequence[int], side: int = 96) -> Array:
    """Some channels' maps of one view on a grid: (rows, columns) uint8; black is each one's least.

    Args:
        values: (h, w, channels) of a node.
        side: how many pixels a map's longer side has at least.
    """
    return tile([_enlarge(grey(values[..., channel]), side) for channel in channels])


def tile(pictures: Sequence[Array], columns: int | None = None) -> Array:
    """Pictures of one size on a grid, row after row: (rows, columns) uint8.

    Args:
        pictures: (rows, columns) uint8 each.
        columns: how many stand in a row; as many as make a square, by default.

    Examples:
        >>> tile([np.zeros((4, 4), np.uint8)] * 3, columns=2).shape
        (10, 10)
    """
    columns = columns or int(np.ceil(np.sqrt(len(pictures))))
    rows, (height, width) = -(-len(pictures) // columns), pictures[0].shape
    whole = np.full((rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP), _WHITE)
    for number, picture in enumerate(pictures):
        top, left = (number // columns) * (height + _GAP), (number % columns) * (width + _GAP)
        whole[top : top + height, left : left + width] = picture
    return whole.astype(np.uint8)


def grey(values: Array, low: float | None = None, high: float | None = None) -> Array:
    """Values as grey levels: `low` is black, `high` is white; their own least and most, by default.

    Returns:
        (rows, columns) uint8.
    """
    low = float(values.min()) if low is None else low
    high = float(values.max()) if high is None else high
    unit = (values - low) / max(high - low, 1e-12)
    return np.rint(255 * unit.clip(0, 1)).astype(np.uint8)


def png(picture: Array) -> bytes:
    """A picture as a file: (rows, columns) uint8."""
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG", optimize=True)
    return content.getvalue()


def _signed(values: Array) -> Array:
    most = float(np.abs(values).max())
    return grey(values, -most, most)


def _enlarge(picture: Array, side: int) -> Array:
    times = max(1, -(-side // max(picture.shape)))
    return picture.repeat(times, axis=0).repeat(times, axis=1)
