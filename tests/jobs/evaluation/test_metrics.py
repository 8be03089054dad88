"""The metrics of cases, with intervals."""

import numpy as np
import pytest

from jobs.evaluation.bootstrap import resample_patients
from jobs.evaluation.estimates import Estimate
from jobs.evaluation.levels import Cases
from jobs.evaluation.metrics import (
    PROBABILITY_METRICS,
    THRESHOLD_METRICS,
    average,
    estimate_metric,
    estimate_metrics,
    patients_of_rarer_class,
)
from jobs.evaluation.predictions import select
from jobs.evaluation.study_metrics import compute_study_metrics

CASES = Cases(
    patient=np.array(["a", "a", "b", "c", "d", "e"]),
    sick=np.array([True, True, True, False, False, False]),
    probability=np.array([0.9, 0.7, 0.2, 0.4, 0.2, 0.1]),
)
RESAMPLES = resample_patients(dict.fromkeys("abcde", "test"), 50, seed=0)


def test_metrics_of_a_hand_made_case():
    """Three sick cases and three healthy ones, of which three are called sick at 0.3."""
    found = estimate_metrics(CASES, CASES.probability >= 0.3, RESAMPLES)
    expected = {
        "auc": 7.5 / 9,
        "average_precision": 2 / 3 + 1 / 3 * 3 / 5,
        "brier": np.mean([0.01, 0.09, 0.64, 0.16, 0.04, 0.01]),
        "sensitivity_at_80": 2 / 3,
        "sensitivity_at_90": 2 / 3,
        "sensitivity_at_95": 2 / 3,
        "specificity_at_80": 1 / 3,
        "specificity_at_90": 1 / 3,
        "specificity_at_95": 1 / 3,
        "sensitivity": 2 / 3,
        "specificity": 2 / 3,
        "ppv": 2 / 3,
        "npv": 2 / 3,
        "accuracy": 4 / 6,
        "balanced_accuracy": 2 / 3,
    }
    assert {name: found[name].value for name in expected} == pytest.approx(expected)
    assert found.keys() - expected == {"calibration_intercept", "calibration_slope"}


@pytest.mark.parametrize("name", [*PROBABILITY_METRICS, *THRESHOLD_METRICS])
def test_a_value_and_its_replicates_are_the_same_metric(name: str):
    """In a resample that draws each patient once, a metric has its value."""
    once = resample_patients(dict.fromkeys("abcde", "test"), 1, seed=0)
    once.counts[:] = 1
    found = estimate_metrics(CASES, CASES.probability >= 0.3, once)[name]
    assert found.replicates == pytest.approx([found.value])


def test_a_predictive_value_of_nobody_is_undefined():
    """Where nobody is called sick there is no positive predictive value, rather than a zero."""
    cases = Cases(np.array(["a", "b"]), np.array([True, False]), np.array([0.2, 0.1]))
    resamples = resample_patients({"a": "test", "b": "test"}, 10, seed=0)
    found = estimate_metrics(cases, np.array([False, False]), resamples)
    assert np.isnan(found["ppv"].value) and found["npv"].value == 0.5


def test_patients_are_counted_not_images():
    """Two patients have sick images, three have healthy ones."""
    assert patients_of_rarer_class(CASES) == 2


def test_the_average_is_over_values_and_over_replicates():
    """Each resample's mean is one replicate: the models share their patients."""
    parts = [Estimate(0.5, np.array([0.4, 0.6]), 7), Estimate(0.7, np.array([0.8, 0.4]), 9)]
    found = average(parts, patients=12)
    assert (found.value, found.patients) == (pytest.approx(0.6), 12)
    assert found.replicates == pytest.approx([0.6, 0.5])


@pytest.mark.parametrize("level", ["image", "breast", "patient"])
def test_one_metric_is_the_one_of_metrics_json(predictions, models, level):
    """`estimate_metric` gives the value and the interval that a study's evaluation gives."""
    metrics = compute_study_metrics(predictions, models, seed=20, replicates=100)
    held_out = select(predictions, weights="last", split="validation")
    found = estimate_metric(held_out, "auc", level=level, replicates=100, seed=20)
    entry = metrics["levels"][level]["out_of_fold"]["pooled"]["figures"]["auc"]
    assert (found.value, found.interval.low, found.interval.high) == (
        entry["value"],
        entry["low"],
        entry["high"],
    )


def test_a_metric_at_a_threshold(predictions):
    """The share of the sick images with at least that probability."""
    rows = select(predictions, model="all", weights="last", split="test")
    sick = [row.probability >= 0.4 for row in rows if row.sick]
    found = estimate_metric(rows, "sensitivity", threshold=0.4)
    assert found.value == pytest.approx(np.mean(sick))


@pytest.mark.parametrize(
    ("metric", "message"),
    [("auroc", "must be one of auc, .*; got 'auroc'"), ("ppv", "ppv needs a threshold")],
)
def test_what_cannot_be_computed_is_refused(predictions, metric, message):
    """With the names that there are, or with what is missing."""
    rows = select(predictions, model="all", weights="last", split="test")
    with pytest.raises(ValueError, match=message):
        estimate_metric(rows, metric)


def test_two_models_at_once_are_refused(predictions):
    """An image's two predictions are no case; the message says what to do."""
    rows = select(predictions, weights="best", split="test")
    with pytest.raises(ValueError, match="has two predictions: select one model"):
        estimate_metric(rows, "auc")
