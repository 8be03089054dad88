"""Scores of new images are made of the models' own as the test set's figures were."""

import numpy as np
import pytest
from scipy.special import expit, logit

from jobs.evaluation.context_weights import WHOLE_EXAM, ContextWeights, Regression
from jobs.predict.calibration import Calibration, ScoredImage, join_models

THRESHOLDS = {level: {"fold0": 0.4, "fold1": 0.6} for level in ("image", "breast", "patient")}


def levels():
    return {
        level: {"test": {model: {"threshold": {"value": value}} for model, value in each.items()}}
        for level, each in THRESHOLDS.items()
    }


def image(name="a", side="L", probability=0.8):
    return ScoredImage(name, "exam", side, probability)


def test_a_temperature_divides_logits():
    """Where metrics.json has one of a model, it is that model's alone."""
    metrics = {"levels": levels(), "temperature": {"test": {"fold0": 2.0}}}
    found = Calibration.read(metrics, ["fold0", "fold1"])
    (warm,), (same,) = (found.calibrate(model, [image()]) for model in ("fold0", "fold1"))
    assert warm.probability == pytest.approx(expit(logit(0.8) / 2))
    assert same.probability == 0.8
    assert found.thresholds == THRESHOLDS and found.context == "none"


def test_an_exam_joins_its_images():
    """With context exam an image's score is its regression's, by the parts that it has."""
    own = Regression(0.5, np.array([[2.0]]), 10, 5)
    pair = Regression(-1.0, np.array([[1.0], [3.0]]), 10, 5)
    weights = ContextWeights(("probability",), {WHOLE_EXAM[2]: pair, WHOLE_EXAM[3]: own})
    fitted = {"test": {"regressions": weights.plain()}}
    metrics = {"levels": levels(), "exam": {"levels": levels(), "weights": fitted}}
    found = Calibration.read(metrics, ["fold0"])
    (alone,) = found.calibrate("fold0", [image()])
    assert alone.probability == pytest.approx(expit(0.5 + 2 * logit(0.8)))
    one, other = found.calibrate("fold0", [image("a"), image("b", probability=0.3)])
    assert one.probability == pytest.approx(expit(-1 + logit(0.8) + 3 * logit(0.3)))
    assert other.probability == pytest.approx(expit(-1 + logit(0.3) + 3 * logit(0.8)))


def test_models_are_joined_in_logits():
    """A model whose scores and threshold are shifted alike changes no call."""
    probabilities, thresholds = np.array([0.6, 0.3]), np.array([0.5, 0.4])
    found = join_models(probabilities, thresholds)
    assert found.probability == pytest.approx(expit(logit(probabilities).mean()))
    assert found.threshold == pytest.approx(expit(logit(thresholds).mean()))
    assert (found.least, found.most, found.is_sick) == (0.3, 0.6, False)
    shift = np.array([0.0, 3.0])
    moved = join_models(expit(logit(probabilities) + shift), expit(logit(thresholds) + shift))
    assert not moved.is_sick


def test_at_the_threshold_it_is_sick():
    """As in the figures, where a threshold is a score of an image that is called sick."""
    assert join_models(np.array([0.4]), np.array([0.4])).is_sick
