"""What metrics.json holds: the metrics of every model of a study, at each level, on each split.

Out-of-fold metrics come from the last epoch's weights, as nothing was chosen on that fold for
them; test metrics come from the best weights. Thresholds are chosen on validation folds only. Every
entry says which weights, split and threshold it is from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix

from jobs.common.progress import Watch, silent, track
from jobs.common.types import Bools
from jobs.config.names import ALL, LAST, TEST, VALIDATION
from jobs.evaluation import bootstrap
from jobs.evaluation.bootstrap import Resamples, resample_patients
from jobs.evaluation.calibration import compute_calibration
from jobs.evaluation.levels import LEVELS, Cases, at_level, pool
from jobs.evaluation.metrics import Estimate, average, estimate_metrics, patients_of_rarer_class
from jobs.evaluation.predictions import Prediction, select, weights_on_test
from jobs.evaluation.rows import MEAN, OUT_OF_FOLD, POOLED
from jobs.evaluation.thresholds import youden_threshold


@dataclass(frozen=True)
class _Classified:
    """Cases, which of them are called sick (N,), and by which weights, split and threshold."""

    cases: Cases
    called_sick: Bools
    weights: str
    split: str
    threshold: Mapping[str, Any] | None = None


def compute_study_metrics(
    rows: Sequence[Prediction],
    models: Sequence[str],
    *,
    seed: int,
    replicates: int,
    watch: Watch = silent,
) -> dict[str, Any]:
    """What metrics.json holds: JSON-ready, and the same for the same rows in any order.

    Args:
        rows: the predictions of all models, as `check_predictions` accepts them.
        models: fold0, fold1, ..., all.
        seed: the study's seed.
        replicates: resamples of the bootstrap.
        watch: is called with the number of levels that are done.

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
    return {
        "format": 2,
        "bootstrap": {
            "unit": "patient",
            "replicates": replicates,
            "seed": seed,
            "confidence": bootstrap.CONFIDENCE,
            "fewest_patients": bootstrap.FEWEST_PATIENTS,
        },
        "threshold_rule": "youden",
        "levels": {
            level: _level(rows, models, level, resamples)
            for level in track("figures", LEVELS, watch)
        },
    }


def _level(
    rows: Sequence[Prediction], models: Sequence[str], level: str, resamples: Resamples
) -> dict[str, Any]:
    held_out = {
        fold: at_level(select(rows, weights=LAST, split=VALIDATION, model=fold), level)
        for fold in models
        if fold != ALL
    }
    return {
        OUT_OF_FOLD: _out_of_fold(held_out, resamples),
        TEST: _test(rows, models, level, held_out, resamples),
    }


def _out_of_fold(held_out: Mapping[str, Cases], resamples: Resamples) -> dict[str, Any]:
    """Each fold at the threshold of the other folds: with its own it would look too good."""
    folds = {}
    for fold, cases in held_out.items():
        others = {name: other for name, other in held_out.items() if name != fold}
        folds[fold] = _classify(cases, others, LAST, VALIDATION)
    pooled = _Classified(
        pool(held_out.values()),
        np.concatenate([part.called_sick for part in folds.values()]),
        LAST,
        VALIDATION,
    )
    entries = {name: _entry(part, resamples) for name, part in {**folds, POOLED: pooled}.items()}
    return {**entries, MEAN: _mean_entry(list(folds.values()), resamples)}


def _test(
    rows: Sequence[Prediction],
    models: Sequence[str],
    level: str,
    held_out: Mapping[str, Cases],
    resamples: Resamples,
) -> dict[str, Any]:
    """Each model on the test set: a fold model at its own fold's threshold, `all` at the pooled.

    A threshold is chosen with the weights that it is used with: a fold model's best ones. The
    all-data model has no validation fold: its last weights get the threshold of the fold models'
    last weights.
    """
    classified = {}
    for model in models:
        weights = weights_on_test(model)
        cases = at_level(select(rows, weights=weights, split=TEST, model=model), level)
        own = select(rows, weights=weights, split=VALIDATION, model=model)
        chosen_on = {model: at_level(own, level)} if own else held_out
        classified[model] = _classify(cases, chosen_on, weights, TEST)
    entries = {model: _entry(part, resamples) for model, part in classified.items()}
    return {**entries, MEAN: _mean_entry([classified[fold] for fold in held_out], resamples)}


def _classify(
    cases: Cases, chosen_on: Mapping[str, Cases], weights: str, split: str
) -> _Classified:
    """Calls cases sick at the threshold of these models' predictions of their validation folds."""
    seen = pool(chosen_on.values())
    value = youden_threshold(seen)
    threshold = {
        "value": value,
        "models": list(chosen_on),
        "weights": weights,
        "split": VALIDATION,
        "cases": len(seen.sick),
        "patients": len(np.unique(seen.patient)),
    }
    return _Classified(cases, cases.probability >= value, weights, split, threshold)


def _entry(part: _Classified, resamples: Resamples) -> dict[str, Any]:
    cases = part.cases
    matrix = confusion_matrix(cases.sick, part.called_sick, labels=[False, True])
    (tn, fp), (fn, tp) = matrix.tolist()
    estimates = estimate_metrics(cases, part.called_sick, resamples)
    return {
        "weights": part.weights,
        "split": part.split,
        "threshold": part.threshold,
        "cases": len(cases.sick),
        "sick": int(cases.sick.sum()),
        "patients": len(np.unique(cases.patient)),
        "confusion": {"tn": tn, "fp": fp, "fn": fn, "tp": tp},
        "calibration": compute_calibration(cases),
        "figures": {name: _plain(estimate) for name, estimate in estimates.items()},
    }


def _mean_entry(parts: Sequence[_Classified], resamples: Resamples) -> dict[str, Any]:
    """The mean of each metric over models, with its spread (deviation: n - 1)."""
    each = [estimate_metrics(part.cases, part.called_sick, resamples) for part in parts]
    patients = patients_of_rarer_class(pool(part.cases for part in parts))
    figures = {}
    for name in each[0]:
        estimates = [found[name] for found in each]
        values = np.array([estimate.value for estimate in estimates])
        figures[name] = {
            **_plain(average(estimates, patients)),
            "deviation": _number(values.std(ddof=1)),
            "least": _number(values.min()),
            "most": _number(values.max()),
        }
    return {
        "weights": parts[0].weights,
        "split": parts[0].split,
        "models": len(parts),
        "figures": figures,
    }


def _plain(estimate: Estimate) -> dict[str, Any]:
    return {"value": _number(estimate.value), **asdict(estimate.interval)}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
