"""Which of an image's candidates are calcifications, by the radiologist's contours."""

from collections.abc import Sequence

import numpy as np

from jobs.common.types import Array, Bools
from mammo_tfds.release.contours import Contour, mask

MARKED = ("calcification", "point")
"""Kinds of contours around single calcifications."""

CLUSTER = "cluster"
"""The kind of contours around many, not each of which has its own."""

YES, NO, UNKNOWN = 1, 0, -1

_REACH = 4  # pixels: a calcification's brightest pixel may lie so far outside its contour
_MARGIN = 13  # pixels: nearer ones have something of a calcification in their patches
_IN_CLUSTER = 8  # the brightest candidates in a cluster that count as calcifications


def is_calcification(contour: Contour) -> bool:
    """Whether a contour is around calcifications, one or many."""
    return contour.kind in (*MARKED, CLUSTER)


def label_candidates(
    candidates: Array, contours: Sequence[Contour], shape: tuple[int, int], sick: bool
) -> Array:
    """Labels an image's candidates.

    In a sick image without any contour all are unknown, as its calcifications may not be marked;
    so are a cluster's fainter candidates, and what lies close to a contour.

    Args:
        candidates: (n,) of CANDIDATE, the brightest first.
        contours: of the image.
        shape: the image's rows and columns.
        sick: whether the image is of the sick class.

    Returns:
        (n,) int8: YES, NO or UNKNOWN.
    """
    labels = np.full(len(candidates), UNKNOWN if sick and not contours else NO, np.int8)
    ours = [each for each in contours if is_calcification(each)]
    if not ours:
        return labels
    places = np.stack([candidates["row"], candidates["column"]], axis=1)
    labels[_near(mask(ours, shape), places, _MARGIN)] = UNKNOWN
    for cluster in (each for each in ours if each.kind == CLUSTER):
        inside = _near(mask([cluster], shape), places, 0)
        labels[np.flatnonzero(inside)[:_IN_CLUSTER]] = YES
    marked = [each for each in ours if each.kind in MARKED]
    labels[_near(mask(marked, shape), places, _REACH)] = YES
    return labels


def _near(covered: Bools, places: Array, reach: int) -> Bools:
    """Which places, (n, 2), have a covered pixel at most `reach` pixels away: (n,) bool."""
    steps = np.arange(-reach, reach + 1)
    down, across = (each.ravel() for each in np.meshgrid(steps, steps, indexing="ij"))
    within = np.hypot(down, across) <= reach
    rows = (places[:, :1] + down[within]).clip(0, covered.shape[0] - 1)
    columns = (places[:, 1:] + across[within]).clip(0, covered.shape[1] - 1)
    return covered[rows, columns].any(axis=1)
