"""The regressions that join the scores of an exam."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from jobs.evaluation.context_weights import (
    IMAGE_ALONE,
    WHOLE_EXAM,
    ContextWeights,
    Regression,
    fit_context,
    score_exams,
    score_terms,
)
from jobs.evaluation.exam_terms import PARTS, exam_terms
from tests.jobs.evaluation.exams import image

SCORES = ("probability",)


def some_terms(images=200, seed=1):
    """Terms with what depends on them, and a few that are missing."""
    rng = np.random.default_rng(seed)
    terms = rng.normal(size=(images, 3, 1)) * 1.5 - 0.5
    sick = rng.random(images) < 1 / (1 + np.exp(1 - terms[:, 0, 0] + 0.8 * terms[:, 2, 0]))
    terms[::7, 1] = np.nan
    terms[::5, 2] = np.nan
    return terms, sick


@pytest.fixture(scope="module")
def weights():
    """Fitted weights."""
    return fit_context(*some_terms(), SCORES, WHOLE_EXAM)


def test_weights_are_scikit_learns(weights):
    """Of each set of parts, on all images that have them, penalised per standard deviation."""
    terms, sick = some_terms()
    for parts, found in weights.regressions.items():
        x = terms[:, [PARTS.index(part) for part in parts], 0]
        there = ~np.isnan(x).any(axis=1)
        x, y = x[there], sick[there]
        deviation = x.std(axis=0)
        model = LogisticRegression(C=10, tol=1e-10, max_iter=1000)
        model.fit((x - x.mean(axis=0)) / deviation, y)
        assert (found.images, found.sick) == (len(y), y.sum())
        assert found.weights[:, 0] == pytest.approx(model.coef_[0] / deviation, abs=1e-4)
        expected = model.intercept_[0] - (model.coef_[0] / deviation * x.mean(axis=0)).sum()
        assert found.intercept == pytest.approx(expected, abs=1e-4)


def test_a_score_by_hand():
    """Each image has the regression of the parts that it has."""
    by_hand = ContextWeights(
        SCORES,
        {
            PARTS: Regression(-1.0, np.array([[2.0], [1.0], [-1.0]]), 9, 3),
            ("own",): Regression(0.5, np.array([[1.0]]), 9, 3),
        },
    )
    nan = np.nan
    terms = np.array([[1.0, 2.0, 3.0], [1.0, nan, 3.0], [1.0, nan, nan]])[:, :, None]
    expected = [1 / (1 + np.exp(-logit)) for logit in (-1 + 2 + 2 - 3, 1.5, 1.5)]
    assert score_terms(terms, by_hand) == pytest.approx(expected)


def test_one_image_alone_has_a_score(weights):
    """That of a regression on the image's own logit; it is not that of an exam with two breasts."""
    one = image(1, side="L", probability=0.8)
    alone = weights.regressions[("own",)]
    logit = alone.intercept + alone.weights[0, 0] * np.log(4)
    assert score_exams([one], weights)["1"] == pytest.approx(1 / (1 + np.exp(-logit)))
    both = score_exams([one, image(2, side="R", probability=0.1)], weights)
    assert both["1"] != score_exams([one], weights)["1"]


def test_exams_do_not_mix(weights):
    """Another patient's images change nothing."""
    exam = [image(1, side="L", probability=0.8), image(2, side="R", probability=0.3)]
    other = [image(3, patient="b", side="L", probability=0.9)]
    together = score_exams([*exam, *other], weights)
    assert together == {**score_exams(exam, weights), **score_exams(other, weights)}


def test_a_part_that_no_image_has_is_left_out():
    """Without other breasts there is no regression on them; an image that has one still scores."""
    terms, sick = some_terms()
    terms[:, 2] = np.nan
    found = fit_context(terms, sick, SCORES, WHOLE_EXAM)
    assert list(found.regressions) == [("own", "same_breast"), ("own",)]
    exam = exam_terms([image(1, side="L"), image(2, side="R")], SCORES)
    assert not np.isnan(score_terms(exam, found)).any()


def test_classes_that_never_overlap_have_finite_weights():
    """The penalty sees to it: without it, weights would grow for ever."""
    terms = np.linspace(-3, 3, 40)[:, None, None] * np.ones((1, 3, 1))
    found = fit_context(terms, terms[:, 0, 0] > 0, SCORES, WHOLE_EXAM)
    assert 0.5 < found.regressions[("own",)].weights[0, 0] < 20


def test_the_order_of_images_moves_no_digit(weights):
    """Weights are the same, bit for bit."""
    terms, sick = some_terms()
    order = np.random.default_rng(5).permutation(len(sick))
    again = fit_context(terms[order], sick[order], SCORES, WHOLE_EXAM)
    assert again.plain() == weights.plain()


@given(shift=st.floats(-2, 2), stretch=st.floats(0.2, 5))
def test_a_model_s_own_scale_moves_no_ranking(weights, shift, stretch):
    """Fold models have scales of their own: a score is linear in the logits of one model."""
    rng = np.random.default_rng(2)
    terms = rng.normal(size=(30, 3, 1))
    before, after = score_terms(terms, weights), score_terms(shift + stretch * terms, weights)
    assert (np.argsort(before) == np.argsort(after)).all()


def test_metrics_json_holds_all_that_is_needed(weights):
    """Written and read back, in another order of keys, the scores are the same, bit for bit."""
    document = json.loads(json.dumps(weights.plain(), sort_keys=True))
    exam = [image(1, side="L", probability=0.8), image(2, side="R", probability=0.3)]
    assert score_exams(exam, ContextWeights.from_plain(document)) == score_exams(exam, weights)


def test_scores_that_weights_join_must_be_there():
    """An image without the branch is not scored by weights that join it."""
    terms, sick = some_terms()
    both = np.concatenate([terms, terms**2], axis=2)
    found = fit_context(both, sick, ("probability", "calcifications"), IMAGE_ALONE)
    with pytest.raises(ValueError, match="join calcifications, which some images do not have"):
        score_exams([image(1)], found)
