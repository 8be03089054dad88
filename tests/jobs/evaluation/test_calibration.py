"""Calibration: mean probabilities against shares of the sick."""

import numpy as np
import pytest

from jobs.evaluation.calibration import CALIBRATION_BINS, compute_calibration
from jobs.evaluation.levels import Cases


@pytest.fixture
def cases():
    """Ten cases for each bin, of which 0, 2, 4, 6 and 8 are sick."""
    sick = np.concatenate([np.arange(10) < 2 * number for number in range(CALIBRATION_BINS)])
    probability = np.repeat([0.1, 0.3, 0.5, 0.7, 0.9], 10) + np.tile(np.arange(10), 5) / 1000
    return Cases(np.arange(50).astype(str), sick, probability)


def test_bins_are_of_equal_size_and_rise(cases):
    """Each bin has its own mean probability and its own share of the sick."""
    bins = compute_calibration(cases)["bins"]
    means = [each["mean_probability"] for each in bins]
    assert means == pytest.approx([0.1045, 0.3045, 0.5045, 0.7045, 0.9045])
    assert [each["share_sick"] for each in bins] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])


def test_the_same_over_all_cases(cases):
    """Two numbers for all cases together."""
    found = compute_calibration(cases)
    assert found["mean_probability"] == pytest.approx(0.5045)
    assert found["share_sick"] == pytest.approx(0.4)
