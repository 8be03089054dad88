"""Calibration to a site by temperature and shift."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from jobs.evaluation.bootstrap import resample_patients
from jobs.evaluation.levels import Cases
from jobs.evaluation.site_calibration import (
    SiteCalibration,
    cross_calibrate,
    describe_site,
    fit_site,
)


def site(seed=1, patients=1500, temperature=2.0, shift=-1.5):
    """Cases whose model is off by a temperature and a shift that are known."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 2, patients)
    sick = rng.random(patients) < expit(x / temperature + shift)
    return Cases(np.arange(patients).astype(str), sick, expit(x))


def test_it_finds_what_is_off():
    """Within what 1,500 cases can tell."""
    found = fit_site(site())
    assert found.temperature == pytest.approx(2.0, rel=0.2)
    assert found.shift == pytest.approx(-1.5, abs=0.2)


def test_it_is_a_logistic_regression_without_a_penalty():
    """Slope and intercept are scikit-learn's."""
    cases = site(patients=300)
    model = LogisticRegression(C=np.inf, tol=1e-10)
    model.fit(logit(cases.probability)[:, None], cases.sick)
    found = fit_site(cases)
    assert 1 / found.temperature == pytest.approx(model.coef_[0, 0], rel=1e-4)
    assert found.shift == pytest.approx(model.intercept_[0], rel=1e-4)


def test_few_people_give_a_shift_alone():
    """Below 20 of the rarer class a slope is too uncertain."""
    found = fit_site(site(patients=60))
    assert found.temperature == 1.0
    assert found.shift < -0.5


def test_ranks_no_better_than_chance_have_no_temperature():
    """A model that ranks in reverse is not turned round."""
    cases = site()
    reverse = Cases(cases.patient, cases.sick, 1 - cases.probability)
    assert fit_site(reverse).temperature == 1.0


@given(st.floats(0.1, 10), st.floats(-5, 5), st.lists(st.floats(0.001, 0.999), min_size=2))
def test_no_ranking_changes(temperature, shift, probabilities):
    """Whatever the temperature and the shift."""
    given = np.sort(np.array(probabilities))
    assert (np.diff(SiteCalibration(temperature, shift).apply(given)) >= 0).all()


def test_another_prevalence():
    """Saerens et al. (2002): odds are multiplied by the ratio of the odds of being sick."""
    there = SiteCalibration(1.0, 0.0).to_prevalence(0.5, 0.1)
    odds = expit(0.3) / (1 - expit(0.3)) / 9
    assert there.apply(np.array([expit(0.3)])) == pytest.approx(odds / (1 + odds))


def test_a_fit_does_not_flatter():
    """Each case's own people are not in the fit that calibrates it.

    Calibrated on themselves, the mean of the probabilities is exactly the share of the sick.
    """
    cases = site(patients=100)
    own = fit_site(cases).apply(cases.probability)
    assert own.mean() == pytest.approx(cases.sick.mean(), abs=1e-6)
    crossed = cross_calibrate(cases, seed=20)
    assert abs(crossed.probability.mean() - cases.sick.mean()) > 1e-4
    assert ((crossed.probability - cases.sick) ** 2).mean() > ((own - cases.sick) ** 2).mean()


def test_people_stay_together():
    """Two cases of one person are calibrated by the same fit."""
    once = site(patients=100)
    twice = Cases(*(np.repeat(each, 2) for each in (once.patient, once.sick, once.probability)))
    found = cross_calibrate(twice, seed=20).probability
    assert np.array_equal(found[::2], found[1::2])


def test_intervals_hold_the_truth():
    """Over people, of both."""
    cases = site()
    resamples = resample_patients(dict.fromkeys(cases.patient, "site"), 200, 20)
    found = describe_site(cases, resamples)
    assert found["temperature"]["low"] < 2.0 < found["temperature"]["high"]
    assert found["shift"]["low"] < -1.5 < found["shift"]["high"]
