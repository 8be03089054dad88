"""Calibration: mean probabilities against shares of the sick."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from jobs.evaluation.bootstrap import resample_patients
from jobs.evaluation.calibration import CALIBRATION_BINS, compute_calibration
from jobs.evaluation.levels import Cases


@pytest.fixture
def cases():
    """Ten cases for each bin, of which 0, 2, 4, 6 and 8 are sick."""
    sick = np.concatenate([np.arange(10) < 2 * number for number in range(CALIBRATION_BINS)])
    probability = np.repeat([0.1, 0.3, 0.5, 0.7, 0.9], 10) + np.tile(np.arange(10), 5) / 1000
    return Cases(np.arange(50).astype(str), sick, probability)


def compute(cases):
    """The calibration with a hundred resamples."""
    return compute_calibration(
        cases, resample_patients(dict.fromkeys(cases.patient, "test"), 100, seed=20)
    )


def test_bins_are_of_equal_size_and_rise(cases):
    """Each bin has its own mean probability and its own share of the sick, with their counts."""
    bins = compute(cases)["bins"]
    means = [each["mean_probability"] for each in bins]
    assert means == pytest.approx([0.1045, 0.3045, 0.5045, 0.7045, 0.9045])
    assert [each["share_sick"] for each in bins] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    assert [(each["cases"], each["sick"]) for each in bins] == [
        (10, 0),
        (10, 2),
        (10, 4),
        (10, 6),
        (10, 8),
    ]


def test_bins_are_scikit_learn_s():
    """`calibration_curve` with quantiles, ties included."""
    generator = np.random.default_rng(5)
    probability = np.round(generator.random(83), 1)
    cases = Cases(np.arange(83).astype(str), generator.random(83) < probability, probability)
    shares, means = calibration_curve(
        cases.sick, probability, n_bins=CALIBRATION_BINS, strategy="quantile"
    )
    bins = compute(cases)["bins"]
    assert [each["share_sick"] for each in bins] == pytest.approx(shares)
    assert [each["mean_probability"] for each in bins] == pytest.approx(means)


def test_a_bin_s_interval_is_over_patients():
    """Around the share; a bin with fewer than five patients of a class has a reason instead."""
    sick = np.tile(np.arange(10) < 5, CALIBRATION_BINS)
    sick[:4] = False
    probability = np.repeat([0.1, 0.3, 0.5, 0.7, 0.9], 10)
    few, *rest = compute(Cases(np.arange(50).astype(str), sick, probability))["bins"]
    assert few["interval"]["reason"] == "few patients"
    for each in rest:
        assert each["interval"]["low"] < each["share_sick"] == 0.5 < each["interval"]["high"]


def test_the_same_over_all_cases(cases):
    """Two numbers for all cases together."""
    found = compute(cases)
    assert found["mean_probability"] == pytest.approx(0.5045)
    assert found["share_sick"] == pytest.approx(0.4)
