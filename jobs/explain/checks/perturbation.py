"""Insertion and deletion: what the model says while what a map holds for important comes or goes.

Source: Petsiuk et al., RISE, BMVC 2018, section 3.3. What takes the pixels' place matters (Samek et
al., IEEE TNNLS 28 (2017) 2660), so there are two fills: black, and the image itself without detail.

All of this is inside the breast, and the steps are shares of it: a share of the whole view would be
most of a breast that takes up half of it. What lies outside stays as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jobs.common.keyed_rng import rng
from jobs.common.types import Array, Bools, Floats
from jobs.explain.checks.baselines import breast_side

Scores = Callable[[Array], Floats]
"""The probability of sick of some views: (n, rows, columns, 1) float32 -> (n,)."""

STEPS = 4
_CELLS = 32  # along the longest side: single pixels would make patterns that no image has
_BLUR = 0.1  # standard deviation of the blurred fill, as a share of the breast's side


class Areas(NamedTuple):
    """The areas under both curves, of the probability of sick, for one fill.

    Attributes:
        insertion: from the fill to the image, the highest places first; higher is better.
        deletion: from the image to the fill, the highest places first; lower is better.
    """

    insertion: float
    deletion: float


def fills(view: Array, breast: Bools) -> Mapping[str, Array]:
    """What may take the pixels' place, by name: (rows, columns) float32 each."""
    from scipy import ndimage

    blurred = ndimage.gaussian_filter(view.astype(np.float64), _BLUR * breast_side(breast))
    return {"black": np.full_like(view, -1), "blurred": blurred.astype(np.float32)}


def perturb(
    scores: Scores,
    view: Array,
    breast: Bools,
    heatmaps: Mapping[str, Array],
    fill: Array,
    key: str,
) -> dict[str, Areas]:
    """Replaces cells of the breast by a fill, step by step, in the order of each map.

    Args:
        scores: the model's.
        view: (rows, columns) float32.
        breast: (rows, columns) bool, at least one pixel.
        heatmaps: by name, (rows, columns) float32; a cell's rank is that of its mean in the breast.
        fill: (rows, columns) float32.
        key: of the order of cells that are equal.
    """
    fill = np.where(breast, fill, view)
    empty, full = scores(_stack([fill, view])).tolist()
    found = {}
    for name, heatmap in heatmaps.items():
        rank = _ranks(heatmap, breast, key)
        shown = [rank < share for share in np.linspace(0, 1, STEPS + 1)[1:-1]]
        inserted = [np.where(mask, view, fill) for mask in shown]
        deleted = [np.where(mask, fill, view) for mask in shown]
        between = scores(_stack([*inserted, *deleted])).tolist()
        rising, falling = between[: len(shown)], between[len(shown) :]
        found[name] = Areas(_area([empty, *rising, full]), _area([full, *falling, empty]))
    return found


def _stack(views: Sequence[Array]) -> Array:
    return np.stack(views).astype(np.float32)[..., np.newaxis]


def _ranks(heatmap: Array, breast: Bools, key: str) -> Floats:
    """Each pixel's cell's rank: 0 of the cell with the highest mean, towards 1 of the lowest.

    A cell counts as much as it has pixels of the breast; 0 is of pixels outside, too.
    """
    found, cell, counts = np.unique(_cells(breast), return_inverse=True, return_counts=True)
    sums = np.bincount(cell, heatmap[breast].astype(np.float64))
    noise = rng("equal cells", key).permutation(len(found))
    order = np.lexsort((noise, -sums / counts))
    before = np.cumsum(counts[order]) - counts[order]
    share = np.empty(len(found))
    share[order] = before / counts.sum()
    rank = np.zeros(heatmap.shape)
    rank[breast] = share[cell]
    return rank


def _cells(breast: Bools) -> Array:
    """The number of the cell of each pixel of the breast: (n,)."""
    side = max(1, -(-max(breast.shape) // _CELLS))
    rows, columns = np.nonzero(breast)
    return rows // side * _CELLS + columns // side


def _area(curve: list[float]) -> float:
    return float(np.trapezoid(curve, dx=1 / (len(curve) - 1)))
