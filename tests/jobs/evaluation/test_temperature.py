"""Temperature, fitted on validation folds."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from jobs.evaluation.contexts import score_contexts
from jobs.evaluation.logits import logits
from jobs.evaluation.predictions import select
from jobs.evaluation.temperature import fit_temperature, scale_by_temperature
from tests.jobs.evaluation.exams import image


def values(rows):
    """Logits and labels."""
    return logits(np.array([row.probability for row in rows])), [row.sick for row in rows]


def test_it_is_scikit_learns_slope_without_intercept(predictions):
    """A logistic regression on the logit alone has the inverse of the temperature as its weight."""
    rows = select(predictions, weights="last", split="validation")
    x, sick = values(rows)
    model = LogisticRegression(C=1e9, fit_intercept=False, tol=1e-10).fit(x[:, None], sick)
    assert fit_temperature(rows) == pytest.approx(1 / model.coef_[0, 0], rel=1e-5)


def test_which_folds_it_comes_from(predictions, models):
    """Out of fold the others'; on the test set the model's own, with the same weights; all: all."""
    _, found = scale_by_temperature(predictions, models)
    last = select(predictions, weights="last", split="validation")
    others = [row for row in last if row.model != "fold1"]
    best = select(predictions, weights="best", split="validation", model="fold1")
    assert found["out_of_fold"]["fold1"] == fit_temperature(others)
    assert found["test"]["fold1"] == fit_temperature(best)
    assert found["test"]["all"] == fit_temperature(last)


def test_scaled_probabilities_by_hand(predictions, models):
    """The logit over the temperature; no model's ranking moves, and no label or name."""
    rows, found = scale_by_temperature(predictions, models)
    before = select(predictions, weights="best", split="test", model="fold0")
    after = select(rows, weights="best", split="test", model="fold0")
    expected = values(before)[0] / found["test"]["fold0"]
    assert values(after)[0] == pytest.approx(expected)
    same = [replace(row, probability=0.0) for row in predictions]
    assert [replace(row, probability=0.0) for row in rows] == same


def test_the_test_set_moves_no_temperature(predictions, models):
    """Whatever is said of it."""
    turned = [
        replace(row, sick=not row.sick, probability=1 - row.probability)
        if row.split == "test"
        else row
        for row in predictions
    ]
    before, after = (scale_by_temperature(rows, models)[1] for rows in (predictions, turned))
    assert before == after


def test_without_a_best_one_it_is_at_its_limit():
    """Classes that do not overlap would be divided by 0, those ranked in reverse by infinity."""
    rows = [image(n, probability=p, sick=p > 0.5) for n, p in enumerate((0.2, 0.4, 0.6, 0.8))]
    assert fit_temperature(rows) == pytest.approx(1 / 20, rel=1e-4)
    reverse = [replace(row, sick=not row.sick) for row in rows]
    assert fit_temperature(reverse) == pytest.approx(20, rel=1e-4)


def test_the_exam_is_fitted_on_unscaled_logits(predictions, models):
    """A regression scales by itself: temperature moves the images alone, and nothing else."""
    plain = score_contexts(predictions, models, "exam")
    scaled = score_contexts(predictions, models, "exam", "fitted")
    assert scaled[1] == plain[1]
    assert scaled[0].rows != plain[0].rows
