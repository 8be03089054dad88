"""Where the breast lies in a mammogram, and where labels, markers and film borders do."""

from dataclasses import dataclass

import numpy as np

from jobs.common.types import Array, Bools, Floats

_GRID = 256  # longest side, in cells, of the coarse image in which the breast is found
_OPENING = 4  # cells; labels and film borders are thinner than twice this, a breast is not
_MARGIN = 2  # cells around the breast, so that it includes the skin line and the nipple


@dataclass(frozen=True)
class Box:
    """Rows [top, bottom) and columns [left, right), in pixels.

    Attributes:
        mirrored: whether left and right change places in what is made of this part of an image.

    Examples:
        >>> from jobs.views import Box
        >>> Box(top=100, left=0, bottom=900, right=500).shape
        (800, 500)
    """

    top: int
    left: int
    bottom: int
    right: int
    mirrored: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.bottom - self.top, self.right - self.left


@dataclass(frozen=True)
class Breast:
    """The breast in one image.

    Attributes:
        box: around it with a small margin, in the image's pixels.
        mask: (rows, columns) bool, coarse: True where a cell of `cell` x `cell` pixels is breast.
        cell: the side of a cell, in pixels.
        others: (rows, columns) bool, coarse: what is bright and not breast (labels, borders).
        coarse: (rows, columns) float64: the cells' means.

    Examples:
        >>> import numpy as np
        >>> from jobs.views import find_breast
        >>> breast = find_breast(np.zeros((512, 256), np.uint16))
        >>> breast.cell, breast.mask.shape
        (2, (256, 128))
    """

    box: Box
    mask: Bools
    cell: int
    others: Bools
    coarse: Floats

    @property
    def at_right(self) -> bool:
        """Whether more of it lies in the right half of the image than in the left one."""
        half = self.mask.shape[1] // 2
        return int(self.mask[:, -half:].sum()) > int(self.mask[:, :half].sum())


def find_breast(image: Array) -> Breast:
    """Finds the breast: the largest bright piece that is not thin.

    Args:
        image: (H, W) uint16, larger is brighter.

    Returns:
        The breast. If nothing is brighter than the background, its box is the whole image.

    Examples:
        >>> import numpy as np
        >>> from jobs.views import find_breast
        >>> image = np.zeros((400, 300), np.uint16)
        >>> image[100:300, :150] = 2000
        >>> find_breast(image).box
        Box(top=96, left=0, bottom=304, right=154, mirrored=False)
    """
    from scipy import ndimage

    cell = cell_side(image.shape)
    coarse = block_mean(image, cell)
    bright = coarse > _threshold(coarse)
    disk = _disk(_OPENING)
    pieces, count = ndimage.label(ndimage.binary_opening(bright, disk))
    if not count:
        whole = Box(0, 0, *image.shape)
        return Breast(whole, np.ones_like(bright), cell, np.zeros_like(bright), coarse)
    sizes = ndimage.sum_labels(np.ones_like(coarse), pieces, np.arange(1, count + 1))
    core = pieces == 1 + int(np.argmax(sizes))
    # The opening cuts the nipple off: grow back, within what is bright.
    mask = ndimage.binary_dilation(core, disk) & bright
    mask = ndimage.binary_fill_holes(mask | core)
    others = bright & ~ndimage.binary_dilation(mask, _disk(_MARGIN))
    return Breast(_box(mask, cell, image.shape), mask, cell, others, coarse)


def cell_side(shape: tuple[int, ...]) -> int:
    """The side of a coarse cell, in pixels, of an image of `shape` (rows, columns)."""
    return -(-max(shape) // _GRID)


def erase_others(image: Array, breast: Breast, box: Box | None = None) -> Array:
    """Sets labels, markers and film borders to the background's value, in a copy.

    Args:
        image: (H, W) uint16.
        breast: as found in the image.
        box: the part of the image to return; None is the whole image.

    Returns:
        (h, w) uint16.
    """
    from scipy import ndimage

    box = box or Box(0, 0, *image.shape)
    cleaned = image[box.top : box.bottom, box.left : box.right].copy()
    if not breast.others.any():
        return cleaned
    # The others lie outside the breast's margin: grown by as much, they do not reach the breast.
    grown = ndimage.binary_dilation(breast.others, _disk(_MARGIN))
    outside = ~(breast.mask | grown)
    background = np.median(breast.coarse[outside]) if outside.any() else image.min()
    for row in np.flatnonzero(grown.any(axis=1)).tolist():
        first, last = (max(0, each * breast.cell - box.top) for each in (row, row + 1))
        columns = np.repeat(grown[row], breast.cell)[box.left : box.right]
        cleaned[first:last, columns] = np.uint16(background)
    return cleaned


def block_mean(image: Array, cell: int) -> Floats:
    """The means of `cell` x `cell` blocks; those at the end may be smaller.

    Args:
        image: (H, W) uint16.
        cell: a block's side in pixels, below 2**16, so that a column's sum fits into a uint32.

    Returns:
        (ceil(H / cell), ceil(W / cell)) float64.
    """
    rows, columns = (np.arange(0, length, cell) for length in image.shape)
    sums = np.zeros((len(rows), image.shape[1]), np.uint32)
    for first in range(cell):  # the first row of all blocks, then the second: whole rows are fast
        part = image[first::cell]
        sums[: len(part)] += part
    sums = np.add.reduceat(sums, columns, 1, np.float64)
    heights = np.diff(np.append(rows, image.shape[0]))
    widths = np.diff(np.append(columns, image.shape[1]))
    return sums / np.outer(heights, widths)


def _threshold(coarse: Floats) -> float:
    """Between background and breast: Otsu's threshold, on a cube-root scale from the darkest cell.

    Fat is much darker than glands: on a linear or square-root scale the gap between those two can
    be the widest, and fat would count as background.

    Source: Otsu, IEEE Trans. Syst. Man Cybern. 9 (1979) 62.
    """
    darkest = coarse.min()
    values = np.cbrt(coarse - darkest)
    counts, edges = np.histogram(values, bins=256, range=(0.0, max(float(values.max()), 1.0)))
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = sums / below - (sums[-1] - sums) / above
    between = np.nan_to_num(below * above * gap**2)
    return float(darkest + edges[1 + int(np.argmax(between))] ** 3)


def _disk(radius: int) -> Bools:
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return x * x + y * y <= radius * radius


def _box(mask: Bools, cell: int, shape: tuple[int, ...]) -> Box:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)).tolist() for axis in (1, 0))
    return Box(
        top=max(0, (rows[0] - _MARGIN) * cell),
        left=max(0, (columns[0] - _MARGIN) * cell),
        bottom=min(shape[0], (rows[-1] + 1 + _MARGIN) * cell),
        right=min(shape[1], (columns[-1] + 1 + _MARGIN) * cell),
    )
