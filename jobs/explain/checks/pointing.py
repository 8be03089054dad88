"""Where a heat map points, held against the contours: pointing game, relevance inside, outside.

All arrays are of one view: (rows, columns), maps float32, masks bool.
"""

import numpy as np

from jobs.common.types import Array, Bools, Floats
from jobs.explain.checks.baselines import breast_side

TOLERANCE = 0.05
"""Of the pointing game, as a share of the breast's side: 5 mm where that is 100 mm."""

_SMOOTHING = 0.02  # of each map, as a share of the breast's side


def tolerance_of(breast: Bools) -> float:
    """How far from a lesion a map may point, in pixels of the view."""
    return TOLERANCE * breast_side(breast)


def grow(lesions: Bools, radius: float) -> Bools:
    """The pixels in lesions, and those whose distance from one is at most `radius` pixels."""
    from scipy import ndimage

    if not lesions.any():
        return np.zeros_like(lesions)
    distance: Floats = ndimage.distance_transform_edt(~lesions)
    return distance <= radius


def pointing_game(heatmap: Array, lesions: Bools, breast: Bools) -> float:
    """Whether the map's highest point is at a lesion, or within the tolerance of one.

    The map is smoothed before, every method's alike: a single pixel of a gradient says little.
    Where several pixels are highest, the share of them that are at a lesion.

    Source: Zhang et al., Top-down neural attention by excitation backprop, ECCV 2016, section 4.2.

    Returns:
        1 is a hit, 0 a miss.
    """
    from scipy import ndimage

    sigma = _SMOOTHING * breast_side(breast)
    smooth = ndimage.gaussian_filter(heatmap.astype(np.float64), sigma, mode="nearest")
    highest = smooth == smooth.max()
    return float(grow(lesions, tolerance_of(breast))[highest].mean())


def pointing_chance(lesions: Bools, breast: Bools) -> float:
    """How often a point somewhere in the breast is a hit: lesions, with tolerance, of its area."""
    return float(grow(lesions, tolerance_of(breast))[breast].mean())


def lesion_share(lesions: Bools, breast: Bools) -> float:
    """The lesions' share of the breast's area: what `relevance_inside` is by chance."""
    return float(lesions[breast].mean())


def relevance_inside(heatmap: Array, lesions: Bools) -> float:
    """The share of the relevance for sick, the positive values, that is in lesions; NaN of none."""
    return _share(np.clip(heatmap.astype(np.float64), 0, None), lesions)


def energy_outside(heatmap: Array, breast: Bools) -> float:
    """The share of the map's energy, its absolute values, outside of the breast; NaN of none."""
    return _share(np.abs(heatmap.astype(np.float64)), ~breast)


def _share(values: Floats, inside: Bools) -> float:
    whole = values.sum()
    return float(values[inside].sum() / whole) if whole > 0 else float("nan")
