"""Images become breasts and patients."""

import numpy as np
import pytest

from jobs.evaluation.levels import at_level, pool
from jobs.evaluation.predictions import Prediction


def _row(image_id, patient, side, sick, probability):
    return Prediction(
        "all", "last", "test", image_id, patient * 16, side, "CC", "2", None, sick, probability
    )


ROWS = (
    _row("1", "a", "L", True, 0.9),
    _row("2", "a", "L", False, 0.5),
    _row("3", "a", "R", False, 0.2),
    _row("4", "b", "R", False, 0.4),
)


@pytest.mark.parametrize(
    ("level", "patients", "sick", "probability"),
    [
        ("image", "aaab", [True, False, False, False], [0.9, 0.5, 0.2, 0.4]),
        ("breast", "aab", [True, False, False], [0.7, 0.2, 0.4]),
        ("patient", "ab", [True, False], [0.7, 0.4]),
    ],
)
def test_levels(level, patients, sick, probability):
    """A breast is the mean of its images, a patient the worse breast; sick if any image is."""
    cases = at_level(ROWS, level)
    assert cases.patient.tolist() == [letter * 16 for letter in patients]
    assert cases.sick.tolist() == sick
    assert cases.probability == pytest.approx(probability)


@pytest.mark.parametrize("level", ["image", "breast", "patient"])
def test_the_order_of_rows_does_not_matter(level, predictions):
    """The same rows in any order are the same cases, bit for bit."""
    rows = [row for row in predictions if row.model == "all"]
    one, other = at_level(rows, level), at_level(rows[::-1], level)
    assert np.array_equal(one.probability, other.probability)
    assert np.array_equal(one.patient, other.patient)


def test_pooling_keeps_every_case():
    """The cases of all parts, in their order."""
    part = at_level(ROWS, "image")
    both = pool([part, part])
    assert both.probability.tolist() == part.probability.tolist() * 2
    assert len(both.patient) == len(both.sick) == 8


@pytest.mark.parametrize("level", ["image", "breast", "patient"])
def test_two_predictions_of_an_image_are_refused(level):
    """Those of two models, or of two kinds of weights, are not to be mixed."""
    with pytest.raises(ValueError, match="image 4 has two predictions: select one model"):
        at_level((*ROWS, _row("4", "b", "R", False, 0.6)), level)
