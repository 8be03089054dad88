"""Figures from predictions: what they are worth, at which threshold, within which interval.

Out-of-fold figures use the last epoch's weights, which nothing was chosen for on that fold; test
figures use the best ones. Thresholds are chosen on validation folds only. Every entry says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from jobs.common.progress import Watch, silent, tracked
from jobs.config.names import ALL, LAST, TEST, VALIDATION
from jobs.evaluation import bootstrap
from jobs.evaluation.bootstrap import Bools, Floats, Resamples
from jobs.evaluation.levels import LEVELS, Cases, at_level, pool
from jobs.evaluation.predictions import Prediction, select, weights_on_test

CALIBRATION_BINS = 5  # of equal size; more would hold too few sick images to be read
MEAN, POOLED = "mean", "pooled"


@dataclass(frozen=True)
class Measured:
    """A figure and its bootstrap replicates, (R,); NaN where it is undefined."""

    value: float
    replicates: Floats


@dataclass(frozen=True)
class Called:
    """Cases, which of them were called sick (N,), and by which weights, split and threshold."""

    cases: Cases
    sick: Bools
    weights: str
    split: str
    threshold: Mapping[str, Any] | None = None


def youden(cases: Cases) -> float:
    """The highest of the thresholds with the largest sensitivity + specificity - 1.

    A case is called sick where its probability is at least the threshold.
    """
    fpr, tpr, thresholds = sk.roc_curve(cases.sick, cases.probability, drop_intermediate=False)
    best = 1 + np.argmax((tpr - fpr)[1:])  # the first threshold is infinite: it calls nobody
    return float(thresholds[best])


def measure(cases: Cases, called: Bools, resamples: Resamples) -> dict[str, Measured]:
    """All figures of cases, of which `called` (N,) were called sick."""
    sick, probability = cases.sick, cases.probability
    weights = resamples.weights(cases.patient)

    def rate(value: float, right: Bools, among: Bools | None = None) -> Measured:
        return Measured(value, bootstrap.mean_of(right.astype(float), weights, among))

    def recall(truth: Bools, said: Bools) -> Measured:
        return rate(sk.recall_score(truth, said, zero_division=np.nan), said, truth)

    def precision(truth: Bools, said: Bools) -> Measured:
        return rate(sk.precision_score(truth, said, zero_division=np.nan), truth, said)

    found = {
        "auc": Measured(
            sk.roc_auc_score(sick, probability), bootstrap.auc(sick, probability, weights)
        ),
        "average_precision": Measured(
            sk.average_precision_score(sick, probability),
            bootstrap.average_precision(sick, probability, weights),
        ),
        "brier": Measured(
            sk.brier_score_loss(sick, probability),
            bootstrap.mean_of((probability - sick) ** 2, weights),
        ),
        "sensitivity": recall(sick, called),
        "specificity": recall(~sick, ~called),
        "ppv": precision(sick, called),
        "npv": precision(~sick, ~called),
        "accuracy": rate(sk.accuracy_score(sick, called), called == sick),
    }
    found["balanced_accuracy"] = _mean([found["sensitivity"], found["specificity"]])
    return found


def evaluate(
    rows: Sequence[Prediction],
    models: Sequence[str],
    *,
    seed: int,
    replicates: int,
    watch: Watch = silent,
) -> dict[str, Any]:
    """What metrics.json holds: JSON-ready, the same for the same rows in any order.

    Args:
        rows: of all models, checked.
        models: fold0, fold1, ..., all.
        seed: of the study.
        replicates: resamples of the bootstrap.
        watch: is told how many levels are done.
    """
    stratum_of = {row.patient: TEST if row.split == TEST else row.model for row in rows}
    resamples = bootstrap.draw(stratum_of, replicates, seed)
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
            for level in tracked("figures", LEVELS, watch)
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
        "out_of_fold": _out_of_fold(held_out, resamples),
        "test": _test(rows, models, level, held_out, resamples),
    }


def _out_of_fold(held_out: Mapping[str, Cases], resamples: Resamples) -> dict[str, Any]:
    """Each fold at the threshold of the other folds: its own would flatter its matrix."""
    folds = {}
    for fold, cases in held_out.items():
        others = {name: other for name, other in held_out.items() if name != fold}
        folds[fold] = _call(cases, others, LAST, VALIDATION)
    pooled = Called(
        pool(held_out.values()),
        np.concatenate([part.sick for part in folds.values()]),
        LAST,
        VALIDATION,
    )
    entries = {name: _entry(part, resamples) for name, part in {**folds, POOLED: pooled}.items()}
    return {**entries, MEAN: _means(list(folds.values()), resamples)}


def _test(
    rows: Sequence[Prediction],
    models: Sequence[str],
    level: str,
    held_out: Mapping[str, Cases],
    resamples: Resamples,
) -> dict[str, Any]:
    """Each model on the test set: a fold model at its own fold's threshold, `all` at the pooled.

    A threshold is of the weights that are called by it: a fold model's best ones. The all-data
    model has no validation; its last ones are called by the fold models' last ones' threshold.
    """
    called = {}
    for model in models:
        weights = weights_on_test(model)
        cases = at_level(select(rows, weights=weights, split=TEST, model=model), level)
        own = select(rows, weights=weights, split=VALIDATION, model=model)
        chosen_on = {model: at_level(own, level)} if own else held_out
        called[model] = _call(cases, chosen_on, weights, TEST)
    entries = {model: _entry(part, resamples) for model, part in called.items()}
    return {**entries, MEAN: _means([called[fold] for fold in held_out], resamples)}


def _call(cases: Cases, chosen_on: Mapping[str, Cases], weights: str, split: str) -> Called:
    """Calls cases at a threshold chosen on these models' predictions of their own folds."""
    seen = pool(chosen_on.values())
    value = youden(seen)
    threshold = {
        "value": value,
        "models": list(chosen_on),
        "weights": weights,
        "split": VALIDATION,
        "cases": len(seen.sick),
        "patients": len(np.unique(seen.patient)),
    }
    return Called(cases, cases.probability >= value, weights, split, threshold)


def _entry(part: Called, resamples: Resamples) -> dict[str, Any]:
    cases = part.cases
    (tn, fp), (fn, tp) = sk.confusion_matrix(cases.sick, part.sick, labels=[False, True]).tolist()
    figures, patients = measure(cases, part.sick, resamples), _fewest_patients([part])
    return {
        "weights": part.weights,
        "split": part.split,
        "threshold": part.threshold,
        "cases": len(cases.sick),
        "sick": int(cases.sick.sum()),
        "patients": len(np.unique(cases.patient)),
        "confusion": {"tn": tn, "fp": fp, "fn": fn, "tp": tp},
        "calibration": _calibration(cases),
        "figures": {name: _estimate(measured, patients) for name, measured in figures.items()},
    }


def _calibration(cases: Cases) -> dict[str, Any]:
    """Mean probability against the share that is sick, over all cases and in equal bins."""
    shares, means = calibration_curve(
        cases.sick, cases.probability, n_bins=CALIBRATION_BINS, strategy="quantile"
    )
    return {
        "mean_probability": float(cases.probability.mean()),
        "share_sick": float(cases.sick.mean()),
        "bins": [
            {"mean_probability": mean, "share_sick": share}
            for mean, share in zip(means.tolist(), shares.tolist(), strict=True)
        ],
    }


def _means(parts: Sequence[Called], resamples: Resamples) -> dict[str, Any]:
    """The mean of each figure over models, with its spread (deviation: n - 1)."""
    each = [measure(part.cases, part.sick, resamples) for part in parts]
    patients = _fewest_patients(parts)
    figures = {}
    for name in each[0]:
        some = [measured[name] for measured in each]
        values = np.array([measured.value for measured in some])
        figures[name] = {
            **_estimate(_mean(some), patients),
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


def _mean(some: Sequence[Measured]) -> Measured:
    return Measured(
        float(np.mean([measured.value for measured in some])),
        np.mean([measured.replicates for measured in some], axis=0),
    )


def _fewest_patients(parts: Sequence[Called]) -> int:
    """How many patients have cases of the class of which fewer do, over all parts."""
    cases = pool(part.cases for part in parts)
    return min(len(np.unique(cases.patient[cases.sick == truth])) for truth in (False, True))


def _estimate(measured: Measured, patients: int) -> dict[str, Any]:
    interval = asdict(bootstrap.interval(measured.replicates, patients))
    return {"value": _number(measured.value), **interval}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
