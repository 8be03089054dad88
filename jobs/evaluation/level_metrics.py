"""The metrics of every model at one level, out of fold and on the test set.

Out-of-fold metrics come from the last epoch's weights, as nothing was chosen on that fold for
them; test metrics come from the best weights. Thresholds are chosen on validation folds only. Every
entry says which weights, split and threshold it is from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix

from jobs.common.types import Bools
from jobs.config.names import ALL, LAST, TEST, VALIDATION
from jobs.evaluation.bootstrap import Resamples
from jobs.evaluation.calibration import compute_calibration
from jobs.evaluation.decision_curve import compute_decision_curve
from jobs.evaluation.estimates import Estimate, plain_estimate, plain_number
from jobs.evaluation.heterogeneity import cochran_q
from jobs.evaluation.levels import Cases, at_level, pool
from jobs.evaluation.metrics import (
    average,
    estimate_metrics,
    patients_of_rarer_class,
)
from jobs.evaluation.predictions import Prediction, select, weights_on_test
from jobs.evaluation.rows import MEAN, OUT_OF_FOLD, POOLED
from jobs.evaluation.thresholds import youden_threshold


@dataclass(frozen=True)
class _Classified:
    """Cases, which of them are called sick (N,), by which weights, split and threshold."""

    cases: Cases
    called_sick: Bools
    estimates: Mapping[str, Estimate]
    weights: str
    split: str
    threshold: Mapping[str, Any] | None = None


def compute_level(
    rows: Sequence[Prediction], models: Sequence[str], level: str, resamples: Resamples
) -> dict[str, Any]:
    """The metrics of one level: `out_of_fold` and `test`, an entry for each model and summary.

    Args:
        rows: the predictions of all models, as `check_predictions` accepts them.
        models: fold0, fold1, ..., all.
        level: image, breast or patient.
        resamples: of all patients.
    """
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
        folds[fold] = _classify(cases, others, LAST, VALIDATION, resamples)
    cases = pool(held_out.values())
    called_sick = np.concatenate([part.called_sick for part in folds.values()])
    estimates = estimate_metrics(cases, called_sick, resamples)
    pooled = _Classified(cases, called_sick, estimates, LAST, VALIDATION)
    entries = {name: _entry(part, resamples) for name, part in {**folds, POOLED: pooled}.items()}
    mean = _mean_entry(list(folds.values()))
    entries[POOLED]["decision_curve"] = compute_decision_curve(cases, resamples)
    mean["heterogeneity"] = cochran_q([part.estimates["auc"] for part in folds.values()])
    return {**entries, MEAN: mean}


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
        classified[model] = _classify(cases, chosen_on, weights, TEST, resamples)
    entries = {model: _entry(part, resamples) for model, part in classified.items()}
    entries[ALL]["decision_curve"] = compute_decision_curve(classified[ALL].cases, resamples)
    return {**entries, MEAN: _mean_entry([classified[fold] for fold in held_out])}


def _classify(
    cases: Cases,
    chosen_on: Mapping[str, Cases],
    weights: str,
    split: str,
    resamples: Resamples,
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
    called_sick = cases.probability >= value
    estimates = estimate_metrics(cases, called_sick, resamples)
    return _Classified(cases, called_sick, estimates, weights, split, threshold)


def _entry(part: _Classified, resamples: Resamples) -> dict[str, Any]:
    cases = part.cases
    matrix = confusion_matrix(cases.sick, part.called_sick, labels=[False, True])
    (tn, fp), (fn, tp) = matrix.tolist()
    return {
        "weights": part.weights,
        "split": part.split,
        "threshold": part.threshold,
        "cases": len(cases.sick),
        "sick": int(cases.sick.sum()),
        "patients": len(np.unique(cases.patient)),
        "confusion": {"tn": tn, "fp": fp, "fn": fn, "tp": tp},
        "calibration": compute_calibration(cases, resamples),
        "figures": {name: plain_estimate(estimate) for name, estimate in part.estimates.items()},
    }


def _mean_entry(parts: Sequence[_Classified]) -> dict[str, Any]:
    """The mean of each metric over models, with its spread (deviation: n - 1)."""
    patients = patients_of_rarer_class(pool(part.cases for part in parts))
    figures = {}
    for name in parts[0].estimates:
        estimates = [part.estimates[name] for part in parts]
        values = np.array([estimate.value for estimate in estimates])
        figures[name] = {
            **plain_estimate(average(estimates, patients)),
            "deviation": plain_number(values.std(ddof=1)),
            "least": plain_number(values.min()),
            "most": plain_number(values.max()),
        }
    return {
        "weights": parts[0].weights,
        "split": parts[0].split,
        "models": len(parts),
        "figures": figures,
    }
