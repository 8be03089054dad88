"""The metrics of cases, each with the bootstrap replicates that its interval comes from.

To add a metric, write a function beside those below and name it in PROBABILITY_METRICS or
THRESHOLD_METRICS. `mammo evaluate` then writes it into metrics.json for every level, model and
split, with its interval, and `estimate_metric` knows it by its name. To show it in the report's
table, name it in SHOWN_METRICS of jobs/report/page.py as well. Raise
EVALUATION_FORMAT in jobs/artifacts/run.py, or runs that were evaluated before count as up to date.

A metric is its value, as scikit-learn computes it where it can, and the same computed on weighted
cases for all resamples at once; jobs/evaluation/bootstrap.py has what these are made of.
"""

import functools
from collections.abc import Callable, Sequence

import numpy as np
from sklearn import metrics as sk

from jobs.common.types import Bools, Floats
from jobs.evaluation import bootstrap
from jobs.evaluation.bootstrap import Resamples, resample_patients
from jobs.evaluation.estimates import Estimate
from jobs.evaluation.levels import Cases, at_level
from jobs.evaluation.operating_points import FIXED, sensitivity_at, specificity_at
from jobs.evaluation.predictions import Prediction
from jobs.evaluation.recalibration import calibration_intercept, calibration_slope

Values = tuple[float, Floats]
"""A metric's value, and its values in the resamples, (R,); NaN where it is undefined."""


def auc(cases: Cases, weights: Floats) -> Values:
    """The area under the ROC curve."""
    value = sk.roc_auc_score(cases.sick, cases.probability)
    return value, bootstrap.auc(cases.sick, cases.probability, weights)


def average_precision(cases: Cases, weights: Floats) -> Values:
    """The area under the precision-recall curve, by steps."""
    value = sk.average_precision_score(cases.sick, cases.probability)
    return value, bootstrap.average_precision(cases.sick, cases.probability, weights)


def brier(cases: Cases, weights: Floats) -> Values:
    """The mean squared error of the probabilities."""
    value = sk.brier_score_loss(cases.sick, cases.probability)
    return value, bootstrap.weighted_mean((cases.probability - cases.sick) ** 2, weights)


def _vectorised(
    metric: Callable[[Bools, Floats, Floats], Floats], cases: Cases, weights: Floats
) -> Values:
    """A metric that is computed on weighted cases alone: its value counts each case once."""
    once = np.ones((1, len(cases.sick)))
    return (
        float(metric(cases.sick, cases.probability, once)[0]),
        metric(cases.sick, cases.probability, weights),
    )


def sensitivity(sick: Bools, called_sick: Bools, weights: Floats) -> Values:
    """The share of the sick cases that are called sick."""
    return _recall(sick, called_sick, weights)


def specificity(sick: Bools, called_sick: Bools, weights: Floats) -> Values:
    """The share of the healthy cases that are called healthy."""
    return _recall(~sick, ~called_sick, weights)


def ppv(sick: Bools, called_sick: Bools, weights: Floats) -> Values:
    """The share of the cases called sick that are sick."""
    return _precision(sick, called_sick, weights)


def npv(sick: Bools, called_sick: Bools, weights: Floats) -> Values:
    """The share of the cases called healthy that are healthy."""
    return _precision(~sick, ~called_sick, weights)


def accuracy(sick: Bools, called_sick: Bools, weights: Floats) -> Values:
    """The share of all cases that are called correctly."""
    right = (called_sick == sick).astype(float)
    return sk.accuracy_score(sick, called_sick), bootstrap.weighted_mean(right, weights)


def balanced_accuracy(sick: Bools, called_sick: Bools, weights: Floats) -> Values:
    """The mean of sensitivity and specificity."""
    return _mean([sensitivity(sick, called_sick, weights), specificity(sick, called_sick, weights)])


PROBABILITY_METRICS: dict[str, Callable[[Cases, Floats], Values]] = {
    "auc": auc,
    "average_precision": average_precision,
    "brier": brier,
    "calibration_intercept": functools.partial(_vectorised, calibration_intercept),
    "calibration_slope": functools.partial(_vectorised, calibration_slope),
    **{
        f"{rate}_at_{100 * fixed:.0f}": functools.partial(_vectorised, functools.partial(at, fixed))
        for rate, at in (("sensitivity", sensitivity_at), ("specificity", specificity_at))
        for fixed in FIXED
    },
}
"""Metrics of the probabilities: functions of the cases and of their weights, (R, N)."""

THRESHOLD_METRICS: dict[str, Callable[[Bools, Bools, Floats], Values]] = {
    "sensitivity": sensitivity,
    "specificity": specificity,
    "ppv": ppv,
    "npv": npv,
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
}
"""Metrics at a threshold: functions of who is sick, (N,), who is called so, (N,), and weights."""


def estimate_metric(
    rows: Sequence[Prediction],
    metric: str = "auc",
    *,
    level: str = "image",
    threshold: float | None = None,
    replicates: int = 1000,
    seed: int = 20,
) -> Estimate:
    """A metric of predictions with its interval over patients, as in metrics.json.

    Args:
        rows: at most one prediction of each image: `select` one model, weights and split. The
            validation predictions of all fold models together give the pooled metric.
        metric: a name in PROBABILITY_METRICS or THRESHOLD_METRICS.
        level: image, breast or patient.
        threshold: needed for THRESHOLD_METRICS: a case is called sick if its probability is at
            least this.
        replicates: how many resamples.
        seed: of the resamples; 20 is the default study's.

    Raises:
        ValueError: there is no such metric, it needs a threshold, or an image has two predictions.

    Examples:
        A dozen patients with an image each, half of them sick:

        >>> from jobs.evaluation import Prediction, estimate_metric
        >>> scores = [0.1, 0.2, 0.15, 0.4, 0.3, 0.6, 0.35, 0.7, 0.8, 0.55, 0.9, 0.65]
        >>> rows = [
        ...     Prediction(
        ...         *("all", "last", "test", str(n), f"{n:016x}", "L", "CC"),
        ...         *("2" if n < 6 else "5", 3, n >= 6, score),
        ...     )
        ...     for n, score in enumerate(scores)
        ... ]
        >>> auc = estimate_metric(rows, "auc")
        >>> print(auc)
        0.92 (0.72 to 1.00)
        >>> print(estimate_metric(rows, "sensitivity", threshold=0.5))
        0.83 (0.50 to 1.00)
    """
    if metric not in (*PROBABILITY_METRICS, *THRESHOLD_METRICS):
        known = ", ".join([*PROBABILITY_METRICS, *THRESHOLD_METRICS])
        raise ValueError(f"metric must be one of {known}; got {metric!r}")
    if metric in THRESHOLD_METRICS and threshold is None:
        raise ValueError(f"{metric} needs a threshold; youden_threshold chooses one")
    resamples = resample_patients(
        {row.patient: row.dataset_split for row in rows}, replicates, seed
    )
    cases = at_level(rows, level)
    called_sick = cases.probability >= (np.inf if threshold is None else threshold)
    return estimate_metrics(cases, called_sick, resamples)[metric]


def estimate_metrics(cases: Cases, called_sick: Bools, resamples: Resamples) -> dict[str, Estimate]:
    """All metrics of cases, by their names.

    Args:
        cases: N cases, sick ones and healthy ones among them.
        called_sick: (N,) which of them are called sick.
        resamples: of the cases' patients, and of others if there are more.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Cases, estimate_metrics, resample_patients
        >>> cases = Cases(
        ...     patient=np.array(["a", "b", "c", "d"]),
        ...     sick=np.array([True, True, False, False]),
        ...     probability=np.array([0.8, 0.3, 0.4, 0.1]),
        ... )
        >>> resamples = resample_patients(dict.fromkeys("abcd", "test"), replicates=100, seed=20)
        >>> found = estimate_metrics(cases, cases.probability >= 0.5, resamples)
        >>> print(found["auc"], found["specificity"], sep="; ")
        0.75 (few patients); 1.00 (few patients)
    """
    weights = resamples.weights(cases.patient)
    values = {name: metric(cases, weights) for name, metric in PROBABILITY_METRICS.items()}
    for name, at_threshold in THRESHOLD_METRICS.items():
        values[name] = at_threshold(cases.sick, called_sick, weights)
    patients = patients_of_rarer_class(cases)
    return {name: Estimate(*value, patients) for name, value in values.items()}


def average(estimates: Sequence[Estimate], patients: int) -> Estimate:
    """The mean of a metric over models; `patients` as in `Estimate`, over all of their cases."""
    return Estimate(*_mean([(each.value, each.replicates) for each in estimates]), patients)


def patients_of_rarer_class(cases: Cases) -> int:
    """How many patients have sick cases, or healthy ones if these are fewer."""
    return min(len(np.unique(cases.patient[cases.sick == truth])) for truth in (False, True))


def _recall(truth: Bools, called: Bools, weights: Floats) -> Values:
    value = sk.recall_score(truth, called, zero_division=np.nan)
    return value, bootstrap.weighted_mean(called.astype(float), weights, truth)


def _precision(truth: Bools, called: Bools, weights: Floats) -> Values:
    value = sk.precision_score(truth, called, zero_division=np.nan)
    return value, bootstrap.weighted_mean(truth.astype(float), weights, called)


def _mean(values: Sequence[Values]) -> Values:
    return (
        float(np.mean([value for value, _ in values])),
        np.mean([replicates for _, replicates in values], axis=0),
    )
