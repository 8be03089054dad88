"""Heat maps that know nothing of any model: what an explanation has to be better than.

They know where the breast is. The edge filter leaves its outline out: with it, it would point at
nothing else, and be easily beaten.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

from jobs.common.keyed_rng import rng
from jobs.common.types import Array, Bools, Floats

Baseline = Callable[[Array, Bools, int | str], Array]
"""Of a view (rows, columns), its breast and a key: a heat map (rows, columns) float32."""

_BLOB = 0.25  # standard deviation of the centred blob, as a share of the breast's side
_DETAIL = 0.02  # what the filters smooth away, as a share of it
_WIDEST = 0.25  # of a bright blob, as a share of it; masses on film are up to a fifth


def breast_side(breast: Bools) -> float:
    """The side in pixels of a square with the breast's area: what lengths are shares of."""
    return math.sqrt(max(1, int(breast.sum())))


def random_map(view: Array, breast: Bools, key: int | str) -> Array:
    """Noise inside the breast."""
    noise = rng("random map", key).random(view.shape, np.float32)
    return noise * breast


def centred_blob(view: Array, breast: Bools, key: int | str) -> Array:
    """A blob at the middle of the breast: what a map gets that shows the same for every image."""
    rows, columns = np.nonzero(breast)
    y, x = (np.arange(length) for length in view.shape)
    square = (y[:, None] - rows.mean()) ** 2 + (x - columns.mean()) ** 2
    return np.exp(-square / (2 * (_BLOB * breast_side(breast)) ** 2)).astype(np.float32)


def edge_filter(view: Array, breast: Bools, key: int | str) -> Array:
    """How steep the brightness is, inside the breast and off its outline."""
    from scipy import ndimage

    detail = max(1.0, _DETAIL * breast_side(breast))
    steep = ndimage.gaussian_gradient_magnitude(view.astype(np.float64), detail)
    return (steep * _inner(breast, 3 * detail)).astype(np.float32)


def bright_blobs(view: Array, breast: Bools, key: int | str) -> Array:
    """White top-hat: what is brighter than its surroundings, and narrower than masses are."""
    from scipy import ndimage

    side = breast_side(breast)
    smooth = ndimage.gaussian_filter(view.astype(np.float64), max(1.0, _DETAIL * side))
    width = max(3, round(_WIDEST * side))
    found = ndimage.white_tophat(smooth, size=(width, width))
    return (found * _inner(breast, _DETAIL * side)).astype(np.float32)


BASELINES: Mapping[str, Baseline] = {
    "random": random_map,
    "centred_blob": centred_blob,
    "edge_filter": edge_filter,
    "bright_blobs": bright_blobs,
}
"""By the names that stand in localisation.csv."""

BASELINE_TITLES: Mapping[str, str] = {
    "random": "a random map",
    "centred_blob": "a blob at the breast's middle",
    "edge_filter": "an edge filter",
    "bright_blobs": "bright blobs (top-hat)",
}


def _inner(breast: Bools, distance: float) -> Bools:
    """The breast without what is nearer to its outline than a distance in pixels; all, if none is.

    The view's own edge is no outline: the breast goes on there.
    """
    from scipy import ndimage

    padded = np.pad(breast, 1, mode="edge")
    inner: Floats = ndimage.distance_transform_edt(padded)[1:-1, 1:-1]
    left = inner > distance
    return left if left.any() else breast
