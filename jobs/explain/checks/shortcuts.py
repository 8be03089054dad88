"""Shortcuts: how well the same model tells sick from healthy by what has no lesion in it.

Where an AUC here is well above 0.5, the model can have learnt the site, the machine or the way of
positioning. A model that was given view markers alone has reached 0.691 (arXiv 2303.16417).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from jobs.common.types import Array, Bools
from jobs.evaluation.bootstrap import auc, resample_patients
from jobs.evaluation.estimates import Estimate, plain_estimate

BLACK = -1.0
_GREY = 0.0
_MUSCLE = (0.5, 0.45)  # of the breast's rows and columns, where the pectoral muscle may be in MLO

LEFT: Mapping[str, str] = {
    "whole": "the view as it is",
    "background": "the background alone, the breast as dark as it",
    "silhouette": "the silhouette alone, grey on black",
    "pectoral": "the upper corner at the chest wall alone (the muscle, in MLO views)",
}
"""What is left of a view, by name."""


class Scored(NamedTuple):
    """An image's logits.

    Attributes:
        logits: by what is left of its view; without `pectoral`, if it is no MLO view.
    """

    patient: str
    sick: bool
    logits: Mapping[str, float]


def reduce_view(view: Array, breast: Bools, projection: str) -> dict[str, Array]:
    """A view, and what is left of it.

    Args:
        view: (rows, columns) float32 in [-1, 1].
        breast: (rows, columns) bool.
        projection: CC, MLO or FB.

    Returns:
        By the names in LEFT: (rows, columns) float32.
    """
    around = np.median(view[~breast]) if (~breast).any() else BLACK
    left = {
        "whole": view,
        "background": np.where(breast, around, view),
        "silhouette": np.where(breast, _GREY, BLACK),
    }
    if projection == "MLO":
        left["pectoral"] = np.where(muscle_region(breast), view, BLACK)
    return {name: each.astype(np.float32) for name, each in left.items()}


def muscle_region(breast: Bools) -> Bools:
    """The triangle of the breast in the upper corner at the chest wall.

    It stands for the pectoral muscle, whose outline is not known: it holds all of a usual one, and
    some tissue.
    """
    rows, columns = np.nonzero(breast)
    top, bottom, left, right = rows.min(), rows.max(), columns.min(), columns.max()
    width = right - left + 1
    at_left = breast[:, left : left + width // 2].sum() >= breast[:, right - width // 2 :].sum()
    y, x = np.indices(breast.shape)
    down = (y - top) / max(1, _MUSCLE[0] * (bottom - top + 1))
    inward = (x - left if at_left else right - x) / max(1, _MUSCLE[1] * width)
    return breast & (down + inward < 1)


def shortcut_aucs(
    scored: Sequence[Scored], replicates: int, seed: int
) -> dict[str, dict[str, Any]]:
    """The AUC of each part that is left of the views, with the intervals over patients.

    Returns:
        By the names in LEFT: `images`, `sick`, `auc` as a plain estimate, and `what` is left. Not
        of parts for which one class has no image.
    """
    found = {}
    for name, what in LEFT.items():
        there = [each for each in scored if name in each.logits]
        sick = np.array([each.sick for each in there], bool)
        if sick.all() or not sick.any():
            continue
        patients = np.array([each.patient for each in there])
        logits = np.array([each.logits[name] for each in there])
        drawn = resample_patients(dict.fromkeys(patients.tolist(), "all"), replicates, seed)
        value = float(auc(sick, logits, np.ones((1, len(sick))))[0])
        rarer = min(len(np.unique(patients[sick == truth])) for truth in (False, True))
        estimate = Estimate(value, auc(sick, logits, drawn.weights(patients)), rarer)
        found[name] = {
            "what": what,
            "images": len(there),
            "sick": int(sick.sum()),
            "auc": plain_estimate(estimate),
        }
    return found
