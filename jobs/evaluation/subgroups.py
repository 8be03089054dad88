"""The AUC out of fold in parts of the images: by density, projection, category, finding and so on.

Only images of one fold are compared with each other, as each fold's model has a scale of its own.
So a part's AUC is the share of all such pairs that are ranked rightly.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from jobs.common.types import Floats
from jobs.config.names import LAST, VALIDATION
from jobs.evaluation.bootstrap import Resamples, concordance, divide
from jobs.evaluation.estimates import Estimate, plain_estimate
from jobs.evaluation.findings import Finding
from jobs.evaluation.levels import Cases, at_level, pool
from jobs.evaluation.metrics import patients_of_rarer_class
from jobs.evaluation.predictions import Prediction, select

WITHIN = "among these images"
AGAINST = "against all images of the other class"

_Rows = Sequence[Prediction]
_Names = Mapping[str, tuple[str, ...]]
"""Image id -> the parts that it belongs to."""


def compute_subgroups(
    rows: _Rows, resamples: Resamples, findings: Mapping[str, Finding] | None = None
) -> list[dict[str, Any]]:
    """The AUC of each part, with counts and intervals, per image.

    Args:
        rows: the predictions of all models, as `check_predictions` accepts them.
        resamples: of all patients.
        findings: of each image that has any; None if they are not known.

    Returns:
        As in metrics.json: groups with a `title`, `compared` (WITHIN or AGAINST) and `parts`, each
        with its `name`, how many images are `sick` and `healthy`, and the `auc`.
    """
    held_out = select(rows, weights=LAST, split=VALIDATION)

    def group(title: str, compared: str, names: _Names, order: Sequence[str]) -> dict[str, Any]:
        parts = [
            {"name": name, **_part(_choose(held_out, names, name, compared), resamples)}
            for name in order
        ]
        return {"title": title, "compared": compared, "parts": parts}

    groups = [group(title, compared, *_by(held_out, value)) for title, compared, value in _COLUMNS]
    if findings is not None:
        sick = [row for row in held_out if row.sick]
        kinds = {row.image_id: _kinds(findings.get(row.image_id)) for row in sick}
        order = sorted({kind for each in kinds.values() for kind in each})
        groups.append(group("Kind of finding", AGAINST, kinds, order))
        groups.append(group("Largest finding", AGAINST, *_by_extent(sick, findings)))
    return groups


_COLUMNS: tuple[tuple[str, str, Callable[[Prediction], str]], ...] = (
    ("Density", WITHIN, lambda row: str(row.density or "unknown")),
    ("Projection", WITHIN, lambda row: row.view),
    ("Side", WITHIN, lambda row: {"L": "left", "R": "right"}[row.side]),
    ("BI-RADS", AGAINST, lambda row: row.birads),
)


def stratified_auc(folds: Sequence[Cases], resamples: Resamples) -> Estimate:
    """The share of pairs within folds that are ranked rightly; NaN where there are none."""
    everybody = pool(folds)
    once = Resamples(resamples.patients, np.ones((1, len(resamples.patients))))
    value = _ranked_rightly(folds, once)[0]
    replicates = _ranked_rightly(folds, resamples)
    return Estimate(float(value), replicates, patients_of_rarer_class(everybody))


def _ranked_rightly(folds: Sequence[Cases], resamples: Resamples) -> Floats:
    right, pairs = np.sum(
        [
            concordance(part.sick, part.probability, resamples.weights(part.patient))
            for part in folds
        ],
        axis=0,
    )
    return divide(right, pairs)


def _part(rows: _Rows, resamples: Resamples) -> dict[str, Any]:
    models = sorted({row.model for row in rows})
    folds = [at_level((row for row in rows if row.model == model), "image") for model in models]
    sick = sum(row.sick for row in rows)
    auc = stratified_auc(folds, resamples)
    return {"sick": sick, "healthy": len(rows) - sick, "auc": plain_estimate(auc)}


def _choose(rows: _Rows, names: _Names, name: str, compared: str) -> _Rows:
    """The images of a part, and if it has one class only, all images of the other one."""
    inside = [row for row in rows if name in names.get(row.image_id, ())]
    if compared == WITHIN:
        return inside
    return [*inside, *(row for row in rows if row.sick != inside[0].sick)]


def _by(rows: _Rows, value: Callable[[Prediction], str]) -> tuple[_Names, Sequence[str]]:
    names = {row.image_id: (value(row),) for row in rows}
    return names, sorted({value(row) for row in rows})


def _kinds(finding: Finding | None) -> tuple[str, ...]:
    return finding.kinds if finding else ("nothing drawn",)


def _by_extent(sick: _Rows, findings: Mapping[str, Finding]) -> tuple[_Names, Sequence[str]]:
    """Thirds of the sick images with a finding, by its diameter."""
    extents = {
        row.image_id: findings[row.image_id].extent for row in sick if row.image_id in findings
    }
    if not extents:
        return {}, ()
    low, high = np.quantile(list(extents.values()), [1 / 3, 2 / 3])
    order = (f"up to {low:.0f} pixels", f"up to {high:.0f} pixels", f"over {high:.0f} pixels")
    thirds = {
        image: (order[int(extent > low) + int(extent > high)],) for image, extent in extents.items()
    }
    return thirds, [name for name in dict.fromkeys(order) if (name,) in thirds.values()]
