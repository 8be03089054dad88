"""Net benefit by the probability from which somebody acts."""

import numpy as np
import pytest

from jobs.evaluation.bootstrap import resample_patients
from jobs.evaluation.decision_curve import THRESHOLDS, compute_decision_curve, net_benefits
from jobs.evaluation.levels import Cases


def cases(sick, probability):
    patient = np.arange(len(sick)).astype(str)
    return Cases(patient, np.array(sick, bool), np.array(probability, float))


def curve(of):
    resamples = resample_patients(dict.fromkeys(of.patient, "test"), 100, 20)
    return {each["threshold"]: each for each in compute_decision_curve(of, resamples)}


def test_by_hand():
    """Vickers and Elkin (2006): TP / n - FP / n * t / (1 - t). Here at 0.2: 2 / 4 - 1 / 4 / 4."""
    found = curve(cases([1, 1, 0, 0], [0.8, 0.3, 0.4, 0.1]))
    assert found[0.2]["net_benefit"]["value"] == pytest.approx(0.5 - 0.25 * 0.25)
    assert found[0.2]["all"] == pytest.approx(0.5 - 0.5 * 0.25)
    assert found[0.95]["net_benefit"]["value"] == 0  # nobody is called sick


def test_acting_on_all_is_what_a_model_that_always_says_1_gives():
    """The curve of acting on all, and that model's."""
    for each in curve(cases([1, 0, 0, 0, 0], [1.0] * 5)).values():
        assert each["net_benefit"]["value"] == pytest.approx(each["all"])


def test_a_perfect_model_s_is_the_share_of_the_sick():
    """At each threshold."""
    found = curve(cases([1, 0, 0, 0], [1.0, 0.0, 0.0, 0.0])).values()
    assert {each["net_benefit"]["value"] for each in found} == {0.25}


def test_a_case_counts_as_often_as_its_weight():
    """A weight of two is the case twice."""
    few = cases([1, 0, 0], [0.7, 0.6, 0.2])
    twice = cases([1, 0, 0, 0], [0.7, 0.6, 0.6, 0.2])
    weighted = net_benefits(few, np.array([[1.0, 2.0, 1.0]]))
    assert weighted == pytest.approx(net_benefits(twice, np.ones((1, 4))))
    assert weighted.shape == (1, len(THRESHOLDS))


def test_intervals_are_over_patients():
    """Of many patients it has an interval that holds the value."""
    rng = np.random.default_rng(1)
    sick = rng.random(200) < 0.3
    of = cases(sick, np.clip(0.3 + 0.3 * sick + rng.normal(0, 0.2, 200), 0, 1))
    found = curve(of)[0.3]["net_benefit"]
    assert found["low"] < found["value"] < found["high"]
