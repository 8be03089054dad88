"""The same predictions scored against other labels, so that others' figures can be matched.

The models are not trained again: they were trained on the study's own labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jobs.config.names import ALL, LAST, TEST, VALIDATION
from jobs.evaluation.bootstrap import Resamples
from jobs.evaluation.estimates import Estimate, plain_estimate
from jobs.evaluation.levels import Cases, at_level, pool
from jobs.evaluation.metrics import PROBABILITY_METRICS, average, patients_of_rarer_class
from jobs.evaluation.predictions import Prediction, select
from jobs.evaluation.rows import MEAN, POOLED

_Rows = Sequence[Prediction]
LEVELS = ("image", "breast")


@dataclass(frozen=True)
class Labels:
    """BI-RADS categories that count as sick, and as healthy; images of the others are left out.

    Attributes:
        title: as others name it.
    """

    title: str
    sick: tuple[int, ...]
    healthy: tuple[int, ...]


OTHERS = (
    Labels("4 to 6 against 1 to 3", (4, 5, 6), (1, 2, 3)),
    Labels("4 to 6 against 1 and 2, 3 left out", (4, 5, 6), (1, 2)),
    Labels("5 and 6 against 1 and 2, 3 and 4 left out", (5, 6), (1, 2)),
)


def score_other_labels(
    rows: _Rows, models: Sequence[str], resamples: Resamples
) -> list[dict[str, Any]]:
    """The AUC against each of OTHERS, at each of LEVELS.

    Args:
        rows: the predictions of all models, as `check_predictions` accepts them.
        models: fold0, fold1, ..., all.
        resamples: of all patients.

    Returns:
        As in metrics.json: the `title`; whether they are the study's `own`; and of each level how
        many cases out of fold are `sick` and `healthy`, and the AUC: the `mean` of the folds, and
        `pooled`, out of fold; and `all`, the all-data model's on the test set.
    """
    held_out = select(rows, weights=LAST, split=VALIDATION)
    tested = select(rows, weights=LAST, split=TEST, model=ALL)
    folds = [model for model in models if model != ALL]
    return [
        {
            "title": labels.title,
            "own": relabel(rows, labels, "image") == list(rows),
            "levels": {
                level: _score(held_out, tested, folds, labels, level, resamples) for level in LEVELS
            },
        }
        for labels in OTHERS
    ]


def _score(
    held_out: _Rows,
    tested: _Rows,
    folds: Sequence[str],
    labels: Labels,
    level: str,
    resamples: Resamples,
) -> dict[str, Any]:
    outside = relabel(held_out, labels, level)
    parts = [at_level((row for row in outside if row.model == fold), level) for fold in folds]
    pooled = pool(parts)
    mean = average([_auc(part, resamples) for part in parts], patients_of_rarer_class(pooled))
    test = at_level(relabel(tested, labels, level), level)
    return {
        "sick": int(pooled.sick.sum()),
        "healthy": int((~pooled.sick).sum()),
        MEAN: plain_estimate(mean),
        POOLED: plain_estimate(_auc(pooled, resamples)),
        ALL: plain_estimate(_auc(test, resamples)),
    }


def relabel(rows: _Rows, labels: Labels, level: str) -> list[Prediction]:
    """The images of the cases whose worst category is one of the labels', with that label."""
    worst: dict[tuple[str, ...], str] = {}
    for row in rows:
        case = _case(row, level)
        worst[case] = max(worst.get(case, ""), row.birads)  # as text, "4" < "4a" < "4b" < "5"
    kept = []
    for row in rows:
        category = int(worst[_case(row, level)][0])
        if category in labels.sick + labels.healthy:
            kept.append(replace(row, sick=category in labels.sick))
    return kept


def _case(row: Prediction, level: str) -> tuple[str, ...]:
    return (row.patient, row.side) if level == "breast" else (row.image_id,)


def _auc(cases: Cases, resamples: Resamples) -> Estimate:
    """NaN where the cases are of one class."""
    weights = resamples.weights(cases.patient)
    if cases.sick.all() or not cases.sick.any():
        return Estimate(np.nan, np.full(len(weights), np.nan), 0)
    value = PROBABILITY_METRICS["auc"](cases, weights)
    return Estimate(*value, patients_of_rarer_class(cases))
