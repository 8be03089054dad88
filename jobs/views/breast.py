"""Where the breast lies in a mammogram, apart from labels, markers and film borders."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

_GRID = 256  # longest side, in cells, of the coarse image in which the breast is found
_OPENING = 4  # cells; labels and film borders are thinner than twice this, a breast is not
_MARGIN = 2  # cells around the breast, so that the skin line and the nipple are inside


@dataclass(frozen=True)
class Box:
    """Rows [top, bottom) and columns [left, right), in pixels."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.bottom - self.top, self.right - self.left


@dataclass(frozen=True)
class Breast:
    """The breast in one image.

    Attributes:
        box: the smallest box around it, in the image's pixels.
        mask: (rows, columns) bool, coarse: True where a cell of `cell` x `cell` pixels is breast.
        cell: the side of a cell, in pixels.
        others: (rows, columns) bool, coarse: what is bright and not breast (labels, borders).
        coarse: (rows, columns) float64: the cells' means.
    """

    box: Box
    mask: np.ndarray
    cell: int
    others: np.ndarray
    coarse: np.ndarray


def find_breast(image: np.ndarray) -> Breast:
    """Finds the breast as the largest bright piece that is neither thin nor a label.

    Args:
        image: (H, W) uint16, larger is brighter.

    Returns:
        The breast. Where nothing stands out of the background, the box is the whole image.
    """
    cell = -(-max(image.shape) // _GRID)
    coarse = block_mean(image, cell)
    bright = coarse > _threshold(coarse)
    disk = _disk(_OPENING)
    pieces, count = ndimage.label(ndimage.binary_opening(bright, disk))
    if not count:
        whole = Box(0, 0, *image.shape)
        return Breast(whole, np.ones_like(bright), cell, np.zeros_like(bright), coarse)
    sizes = ndimage.sum_labels(np.ones_like(coarse), pieces, np.arange(1, count + 1))
    core = pieces == 1 + int(np.argmax(sizes))
    # The opening rounds the nipple off: grow back, within what is bright.
    mask = ndimage.binary_dilation(core, disk) & bright
    mask = ndimage.binary_fill_holes(mask | core)
    others = bright & ~ndimage.binary_dilation(mask, _disk(_MARGIN))
    return Breast(_box(mask, cell, image.shape), mask, cell, others, coarse)


def without_others(image: np.ndarray, breast: Breast, box: Box | None = None) -> np.ndarray:
    """A copy of a box of the image whose labels, markers and film borders are background.

    Args:
        image: (H, W) uint16.
        box: None is the whole image.

    Returns:
        (h, w) uint16, the box's.
    """
    box = box or Box(0, 0, *image.shape)
    cleaned = image[box.top : box.bottom, box.left : box.right].copy()
    if not breast.others.any():
        return cleaned
    # The others begin beyond the breast's margin, so grown by that they do not reach it.
    grown = ndimage.binary_dilation(breast.others, _disk(_MARGIN))
    outside = ~(breast.mask | grown)
    background = np.median(breast.coarse[outside]) if outside.any() else image.min()
    for row in np.flatnonzero(grown.any(axis=1)).tolist():
        first, last = (max(0, each * breast.cell - box.top) for each in (row, row + 1))
        columns = np.repeat(grown[row], breast.cell)[box.left : box.right]
        cleaned[first:last, columns] = np.uint16(background)
    return cleaned


def block_mean(image: np.ndarray, cell: int) -> np.ndarray:
    """The means of `cell` x `cell` blocks, the last row and column of blocks of what is there.

    Args:
        image: (H, W) uint16; `cell` rows of it add up to a uint32.

    Returns:
        (ceil(H / cell), ceil(W / cell)) float64.
    """
    rows, columns = (np.arange(0, length, cell) for length in image.shape)
    sums = np.zeros((len(rows), image.shape[1]), np.uint32)
    for first in range(cell):  # all blocks' first rows, then their second: faster by whole rows
        part = image[first::cell]
        sums[: len(part)] += part
    sums = np.add.reduceat(sums, columns, 1, np.float64)
    heights = np.diff(np.append(rows, image.shape[0]))
    widths = np.diff(np.append(columns, image.shape[1]))
    return sums / np.outer(heights, widths)


def _threshold(coarse: np.ndarray) -> float:
    """Between background and breast: Otsu's on a cube-root scale above the darkest cell.

    Fat is dark beside glands: on a linear or square-root scale the gap between those two can be
    the wider one, and the fat would count as background.

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


def _disk(radius: int) -> np.ndarray:
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return x * x + y * y <= radius * radius


def _box(mask: np.ndarray, cell: int, shape: tuple[int, ...]) -> Box:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)).tolist() for axis in (1, 0))
    return Box(
        top=max(0, (rows[0] - _MARGIN) * cell),
        left=max(0, (columns[0] - _MARGIN) * cell),
        bottom=min(shape[0], (rows[-1] + 1 + _MARGIN) * cell),
        right=min(shape[1], (columns[-1] + 1 + _MARGIN) * cell),
    )
