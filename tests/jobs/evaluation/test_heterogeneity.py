"""Whether folds differ by more than chance."""

import numpy as np
import pytest
from scipy.stats import chi2

from jobs.evaluation.estimates import Estimate
from jobs.evaluation.heterogeneity import cochran_q


def estimate(value, deviation, patients=20):
    """A value whose resamples have that standard deviation."""
    spread = np.array([-1.0, 1.0] * 50)
    return Estimate(value, value + deviation * spread / spread.std(ddof=1), patients)


def test_by_hand():
    """Weights 1/variance: (0.8 * 100 + 0.6 * 25) / 125 = 0.76; Q = 100 * 0.0016 + 25 * 0.0256."""
    found = cochran_q([estimate(0.8, 0.1), estimate(0.6, 0.2)])
    assert found["q"] == pytest.approx(0.8)
    assert found["degrees"] == 1
    assert found["p"] == pytest.approx(chi2.sf(0.8, 1))


def test_chance_is_noticed_as_often_as_it_should_be():
    """Of 2,000 studies of five equal folds, 5 in 100 have p below 0.05."""
    generator = np.random.default_rng(0)
    studies = generator.normal(0.7, 0.05, (2000, 5))
    below = [cochran_q([estimate(value, 0.05) for value in one])["p"] < 0.05 for one in studies]
    assert np.mean(below) == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("other", [estimate(0.7, 0.1, patients=4), estimate(0.7, 0.0)])
def test_where_it_cannot_be_told(other):
    """A fold with fewer than five patients of a class, or the same value in every resample."""
    assert cochran_q([estimate(0.8, 0.1), other]) is None
