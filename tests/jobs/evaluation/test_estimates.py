"""A value with its resamples, in words and as JSON."""

import numpy as np

from jobs.evaluation.estimates import Estimate, plain_estimate, plain_number


def test_an_estimate_in_words():
    """Value and interval, or why there is none."""
    replicates = np.linspace(0.5, 0.9, 101)
    assert str(Estimate(0.7, replicates, patients=30)) == "0.70 (0.51 to 0.89)"
    assert str(Estimate(0.7, replicates, patients=3)) == "0.70 (few patients)"


def test_json_has_no_nan():
    """An undefined value is null."""
    assert plain_number(np.float64(0.5)) == 0.5 and plain_number(np.nan) is None
    found = plain_estimate(Estimate(np.nan, np.full(10, np.nan), patients=30))
    assert found == {
        "value": None,
        "low": None,
        "high": None,
        "skipped": 10,
        "reason": "mostly undefined",
    }
