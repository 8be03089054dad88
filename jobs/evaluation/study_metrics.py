"""What metrics.json holds: what predictions, histories and the dataset's manifest give."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from jobs.common.progress import Watch, silent, track
from jobs.config.names import ALL, BEST, LAST, VALIDATION
from jobs.evaluation import bootstrap
from jobs.evaluation.bootstrap import resample_patients
from jobs.evaluation.cautions import find_cautions
from jobs.evaluation.contexts import Scores, score_contexts
from jobs.evaluation.findings import read_findings
from jobs.evaluation.flow import describe_flow
from jobs.evaluation.history import History
from jobs.evaluation.level_metrics import compute_level
from jobs.evaluation.levels import LEVELS, at_level
from jobs.evaluation.other_labels import score_other_labels
from jobs.evaluation.overfitting import describe_training
from jobs.evaluation.predictions import Prediction, select
from jobs.evaluation.subgroups import compute_subgroups


def compute_study_metrics(
    rows: Sequence[Prediction],
    models: Sequence[str],
    *,
    seed: int,
    replicates: int,
    context: str = "none",
    temperature: str = "none",
    histories: Mapping[str, History] | None = None,
    notes: Mapping[str, Any] | None = None,
    augment_first: bool = False,
    select_projection: bool = False,
    watch: Watch = silent,
) -> dict[str, Any]:
    """What metrics.json holds: JSON-ready, and the same for the same rows in any order.

    Args:
        rows: the predictions of all models, as `check_predictions` accepts them.
        models: fold0, fold1, ..., all.
        seed: the study's seed.
        replicates: resamples of the bootstrap.
        context: `evaluate.context`.
        temperature: `evaluate.temperature`.
        histories: of each model, by its name, for whether training overfits; None if not known.
        notes: those of the dataset's manifest, for what the release was; None if not known.
        augment_first: whether views were split into folds, not patients: a caution then says so.
        select_projection: whether images of one projection alone are used; the flow says so.
        watch: is called with the number of levels, of all contexts, that are done.

    Returns:
        `levels`, of each image alone, and beside it of each other context (`branch`, `exam`) the
        same with its `weights`. What has only one place, as `subgroups`, is of the last of them.

    Examples:
        A study of two folds, with six patients in each split and one image of each patient:

        >>> from jobs.evaluation import Prediction, compute_study_metrics
        >>> def predict(model, weights, split, first):
        ...     for n, score in enumerate([0.1, 0.3, 0.6, 0.4, 0.7, 0.9]):
        ...         yield Prediction(
        ...             *(model, weights, split, str(first + n), f"{first + n:016x}", "L", "CC"),
        ...             *("2" if n < 3 else "5", 3, n >= 3, score),
        ...         )
        >>> rows = [*predict("all", "last", "test", 0)]
        >>> for fold, first in (("fold0", 100), ("fold1", 200)):
        ...     for weights in ("best", "last"):
        ...         rows += predict(fold, weights, "validation", first)
        ...         rows += predict(fold, weights, "test", 0)
        >>> found = compute_study_metrics(rows, ["fold0", "fold1", "all"], seed=20, replicates=100)
        >>> entry = found["levels"]["patient"]["out_of_fold"]["mean"]
        >>> entry["weights"], entry["split"], round(entry["figures"]["auc"]["value"], 3)
        ('last', 'validation', 0.889)
    """
    resamples = resample_patients(
        {row.patient: row.dataset_split for row in rows}, replicates, seed
    )
    notes = notes or {}
    alone, *joined = contexts = score_contexts(rows, models, context, temperature)
    steps = [(each, level) for each in contexts for level in LEVELS]
    levels: dict[str, dict[str, Any]] = {each.context: {} for each in contexts}
    for each, level in track("figures", steps, watch):
        levels[each.context][level] = compute_level(each.rows, models, level, resamples)
    shown = contexts[-1].rows
    metrics = {
        "format": 3,
        "bootstrap": {
            "unit": "patient",
            "replicates": replicates,
            "seed": seed,
            "confidence": bootstrap.CONFIDENCE,
            "fewest_patients": bootstrap.FEWEST_PATIENTS,
        },
        "threshold_rule": "youden",
        **_part(alone, levels),
        **{each.context: _part(each, levels) for each in joined},
        "epochs": {kind: _mean_auc(rows, models, kind) for kind in (BEST, LAST)},
        "subgroups": compute_subgroups(shown, resamples, read_findings(notes)),
        "other_labels": score_other_labels(shown, models, resamples),
        "synthetic": notes.get("synthetic"),
        "flow": describe_flow(rows, models, notes, select_projection),
        "training": describe_training(histories or {}),
    }
    if augment_first:
        metrics["order"] = "augment-first"
    return {**metrics, "cautions": find_cautions(metrics)}


def _part(scores: Scores, levels: Mapping[str, Any]) -> dict[str, Any]:
    return {"levels": levels[scores.context], **scores.fitted}


def _mean_auc(rows: Sequence[Prediction], models: Sequence[str], weights: str) -> float | None:
    """The mean AUC per image of the fold models on their own folds, None without predictions."""
    parts = [
        at_level(select(rows, weights=weights, split=VALIDATION, model=fold), "image")
        for fold in models
        if fold != ALL
    ]
    if not all(len(part.sick) for part in parts):
        return None
    return float(np.mean([roc_auc_score(part.sick, part.probability) for part in parts]))
