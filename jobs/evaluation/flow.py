"""The way of images and patients from the release to the labels, as STARD 2015 asks for.

Bossuyt et al. (2015), BMJ 351:h5527, item 19: flow of participants, using a diagram.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jobs.config.names import ALL, LAST, TEST, VALIDATION
from jobs.evaluation.predictions import Prediction, select

MOST_REASONS = 4
"""How many reasons are told apart; the rest is `other reasons`."""

OTHER_PROJECTION = "another projection"
"""The reason why a study with `views.select` has no use for an image."""


def describe_flow(
    rows: Sequence[Prediction],
    models: Sequence[str],
    notes: Mapping[str, Any],
    select_projection: bool = False,
) -> dict[str, Any]:
    """Counts of images and patients at each step.

    Args:
        rows: the predictions of all models, as `check_predictions` accepts them.
        models: fold0, fold1, ..., all.
        notes: those of the dataset's manifest; {} if it is not known.
        select_projection: whether the study uses images of one projection alone.

    Returns:
        As in metrics.json: `release` (None if not known), `left_out` with a reason each, `studied`,
        `folds` and `test`; each has `images` and `patients`, the last two `sick` and `healthy`.
    """
    folds = select(rows, weights=LAST, split=VALIDATION)
    tested = select(rows, weights=LAST, split=TEST, model=ALL)
    release, left_out = notes.get("release"), _reasons(notes.get("left_out", ()))
    studied = _count([*folds, *tested])
    if release and select_projection:
        gone = sum(each["images"] for each in left_out)
        others = release["images"] - gone - studied["images"]
        left_out.append({"reason": OTHER_PROJECTION, "images": others})
    return {
        "release": release,
        "left_out": left_out,
        "studied": studied,
        "folds": {**_by_label(folds), "number": sum(model != ALL for model in models)},
        "test": _by_label(tested),
    }


def _count(rows: Iterable[Prediction]) -> dict[str, int]:
    patients = [row.patient for row in rows]
    return {"images": len(patients), "patients": len(set(patients))}


def _by_label(rows: Sequence[Prediction]) -> dict[str, Any]:
    """A patient with a sick image is among the sick, and with a healthy one among the healthy."""
    sick = [row for row in rows if row.sick]
    healthy = [row for row in rows if not row.sick]
    return {**_count(rows), "sick": _count(sick), "healthy": _count(healthy)}


def _reasons(lines: Iterable[str]) -> list[dict[str, Any]]:
    """How many images were left out for which reason; a line is `FILE: REASON`."""
    reasons = Counter(line.partition(": ")[2] or "not readable" for line in lines)
    ranked = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    found = [{"reason": reason, "images": images} for reason, images in ranked[:MOST_REASONS]]
    if rest := sum(images for _, images in ranked[MOST_REASONS:]):
        found.append({"reason": "other reasons", "images": rest})
    return found
