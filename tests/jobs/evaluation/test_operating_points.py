"""Points of the ROC curve: held against scikit-learn's curve, and against an arithmetic by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from jobs.evaluation.operating_points import sensitivity_at, specificity_at

SICK = np.array([True, True, True, True, False, False, False, False, False])
PROBABILITY = np.array([0.9, 0.8, 0.4, 0.1, 0.85, 0.5, 0.3, 0.2, 0.1])
ONCE = np.ones((1, 9))


def test_by_hand():
    """One false positive of five is a specificity of 0.8: then 0.8 and 0.9 are called sick."""
    assert sensitivity_at(0.8, SICK, PROBABILITY, ONCE) == pytest.approx([0.5])
    assert sensitivity_at(0.9, SICK, PROBABILITY, ONCE) == pytest.approx([0.25])
    assert specificity_at(0.75, SICK, PROBABILITY, ONCE) == pytest.approx([0.6])
    assert specificity_at(0.8, SICK, PROBABILITY, ONCE) == pytest.approx([0.0])


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=30),
    st.sampled_from([0.5, 0.8, 0.9, 0.95]),
)
def test_they_are_points_of_scikit_learn_s_curve(cases, rate):
    """The best point of `roc_curve` that reaches the rate, ties included; NaN with one class."""
    sick = np.array([truth for truth, _ in cases])
    probability = np.array([level / 6 for _, level in cases])
    once = np.ones((1, len(cases)))
    found = (
        sensitivity_at(rate, sick, probability, once)[0],
        specificity_at(rate, sick, probability, once)[0],
    )
    if sick.all() or not sick.any():
        assert np.isnan(found).all()
        return
    fpr, tpr, _ = roc_curve(sick, probability, drop_intermediate=False)
    assert found[0] == pytest.approx(tpr[1 - fpr >= rate - 1e-9].max())
    assert found[1] == pytest.approx((1 - fpr)[tpr >= rate - 1e-9].max())


def test_a_weight_counts_a_case_as_often():
    """A resample that draws a case twice has it twice."""
    weights = np.array([[2.0, 1, 0, 1, 1, 3, 1, 0, 1]])
    times = weights[0].astype(int)
    repeated = np.repeat(SICK, times), np.repeat(PROBABILITY, times), np.ones((1, times.sum()))
    for rate in (sensitivity_at, specificity_at):
        assert rate(0.8, SICK, PROBABILITY, weights) == pytest.approx(rate(0.8, *repeated))
