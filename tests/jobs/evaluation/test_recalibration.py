"""Calibration intercept and slope, held against scikit-learn and against the truth."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from jobs.evaluation.recalibration import calibration_intercept, calibration_slope


def study(slope=1.0, intercept=0.0, cases=400, seed=3):
    """Labels that have the probability expit(intercept + slope * logit), and the probabilities."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(-1, 1.5, cases)
    return generator.random(cases) < expit(intercept + slope * logits), expit(logits)


def test_the_slope_is_scikit_learn_s():
    """The same maximum of the likelihood, with and without weights."""
    sick, probability = study(slope=0.5, intercept=-0.4)
    weights = np.stack([np.ones(400), np.random.default_rng(1).integers(0, 4, 400)]).astype(float)
    found = calibration_slope(sick, probability, weights)
    for weight, slope in zip(weights, found, strict=True):
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
        model.fit(logit(probability)[:, None], sick, sample_weight=weight)
        assert slope == pytest.approx(model.coef_[0, 0], abs=1e-6)


def test_the_intercept_makes_the_means_agree():
    """Probabilities that are shifted by it have the mean of the labels."""
    sick, probability = study(slope=1.3, intercept=0.8)
    (intercept,) = calibration_intercept(sick, probability, np.ones((1, 400)))
    assert expit(logit(probability) + intercept).mean() == pytest.approx(sick.mean())


@pytest.mark.parametrize("level", [1e-9, 0.001, 0.02, 0.9, 0.98, 1 - 1e-9])
def test_probabilities_that_are_far_off_have_an_intercept(level):
    """A quarter is sick, and the model says nearly 0 of all, or nearly 1: the page can say so."""
    sick = np.arange(40) % 4 == 0
    probability = expit(logit(level) + np.random.default_rng(5).normal(0, 0.1, 40))
    (intercept,) = calibration_intercept(sick, probability, np.ones((1, 40)))
    clipped = np.clip(probability, 1e-7, 1 - 1e-7)
    assert expit(logit(clipped) + intercept).mean() == pytest.approx(0.25)


@pytest.mark.parametrize("wrong", [1, 4, 10])
def test_a_model_that_is_sure_and_wrong_has_a_slope(wrong):
    """Probabilities of 0 and 1 alone: the slope follows from the share that is sick in each."""
    said = np.repeat([False, True], 20)
    sick = said.copy()
    sick[:wrong] ^= True
    sick[-wrong:] ^= True
    (slope,) = calibration_slope(sick, said.astype(float), np.ones((1, 40)))
    far = logit(1 - 1e-7)
    assert slope == pytest.approx(logit(1 - wrong / 20) / far, abs=1e-6)


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.5, 0.0), (1.0, 1.0)])
def test_the_truth_is_found(slope, intercept):
    """20,000 cases show how the labels were drawn, within three standard errors or so."""
    sick, probability = study(slope, intercept, cases=20_000)
    once = np.ones((1, 20_000))
    assert calibration_slope(sick, probability, once) == pytest.approx([slope], abs=0.05)
    if slope == 1:
        found = calibration_intercept(sick, probability, once)
        assert found == pytest.approx([intercept], abs=0.06)


def test_what_has_no_maximum_is_undefined():
    """Classes that do not overlap have no finite slope; one class alone has neither."""
    sick, probability = np.array([False, False, True, True]), np.array([0.1, 0.2, 0.7, 0.9])
    once = np.ones((1, 4))
    assert np.isnan(calibration_slope(sick, probability, once)).all()
    assert np.isfinite(calibration_intercept(sick, probability, once)).all()
    for nobody in (np.zeros(4, bool), np.ones(4, bool)):
        assert np.isnan(calibration_intercept(nobody, probability, once)).all()
        assert np.isnan(calibration_slope(nobody, probability, once)).all()


def test_probabilities_of_0_and_1_are_no_error():
    """They have no logit, and are taken as nearly 0 and 1."""
    sick, probability = study(cases=50)
    probability[:2] = 0.0, 1.0
    assert np.isfinite(calibration_slope(sick, probability, np.ones((1, 50)))).all()
