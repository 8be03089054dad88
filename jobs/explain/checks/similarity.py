"""How alike two heat maps are: rank correlation and structural similarity, inside the breast.

Both are of absolute values: where a sign alone changes, the same places stand out to a reader, and
a map of random signs would otherwise count as changed although it still draws the image's edges
(Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018, section 4).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jobs.common.types import Array, Bools, Floats

_WINDOW = 1.5  # standard deviation in pixels of the window: Wang et al. 2004, section III.B
_REACH = 5  # its radius in pixels: 11 x 11, as there
_K1, _K2 = 0.01, 0.03  # as there


class Similarity(NamedTuple):
    """How alike two heat maps are; 1 is the same, near 0 is nothing in common.

    Attributes:
        rank_correlation: Spearman's, from -1 to 1; 0 if a map is the same everywhere.
        ssim: the mean structural similarity, from -1 to 1.
    """

    rank_correlation: float
    ssim: float


class Drawn(NamedTuple):
    """A heat map and the breast that it lies on.

    Attributes:
        heatmap: (rows, columns) float32.
        breast: (rows, columns) bool.
    """

    heatmap: Array
    breast: Bools


def compare_maps(first: Array, second: Array, breast: Bools) -> Similarity:
    """How alike two heat maps of one view are.

    Args:
        first: (rows, columns) float32.
        second: of the same shape.
        breast: (rows, columns) bool: the pixels that count, at least one.
    """
    one, other = _unit(first, breast), _unit(second, breast)
    return Similarity(
        _rank_correlation(one[breast], other[breast]), float(ssim_map(one, other)[breast].mean())
    )


def compare_images(first: Drawn, second: Drawn) -> Similarity:
    """How alike maps of different images are.

    The second is brought to the first one's shape; where both have breast, they count.
    """
    shape = first.heatmap.shape
    both = first.breast & (_resized(second.breast.astype(np.float64), shape) >= 0.5)
    heatmap = _resized(second.heatmap.astype(np.float64), shape)
    return compare_maps(first.heatmap, heatmap, both if both.any() else first.breast)


def mean_similarity(found: Sequence[Similarity]) -> Similarity | None:
    """The means; None of nothing."""
    if not found:
        return None
    return Similarity(*(float(np.mean(values)) for values in zip(*found, strict=True)))


def ssim_map(first: Floats, second: Floats) -> Floats:
    """The structural similarity around each pixel of two pictures with values from 0 to 1.

    Source: Wang et al., IEEE Trans. Image Process. 13 (2004) 600, equation 13, with a Gaussian
    window; at the edges the pictures are mirrored.

    Returns:
        (rows, columns) float64, from -1 to 1.
    """
    mean_1, mean_2 = _blurred(first), _blurred(second)
    variance_1 = _blurred(first * first) - mean_1**2
    variance_2 = _blurred(second * second) - mean_2**2
    covariance = _blurred(first * second) - mean_1 * mean_2
    c1, c2 = _K1**2, _K2**2
    alike = (2 * mean_1 * mean_2 + c1) * (2 * covariance + c2)
    return alike / ((mean_1**2 + mean_2**2 + c1) * (variance_1 + variance_2 + c2))


def _blurred(values: Floats) -> Floats:
    from scipy import ndimage

    return ndimage.gaussian_filter(values, _WINDOW, radius=_REACH)


def _unit(heatmap: Array, breast: Bools) -> Floats:
    """Absolute values, from 0 to 1: the largest in the breast becomes 1."""
    values = np.abs(heatmap.astype(np.float64))
    largest = values[breast].max()
    return np.clip(values / largest, 0, 1) if largest > 0 else np.zeros_like(values)


def _rank_correlation(first: Floats, second: Floats) -> float:
    from scipy import stats

    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(stats.spearmanr(first, second).statistic)


def _resized(values: Floats, shape: tuple[int, ...]) -> Floats:
    from scipy import ndimage

    if values.shape == shape:
        return values
    factors = np.divide(shape, values.shape)
    return ndimage.zoom(values, factors, order=1, mode="nearest", grid_mode=True)
