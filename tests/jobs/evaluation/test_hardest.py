"""The images that models rank worst."""

from dataclasses import replace

import pytest

from jobs.evaluation.hardest import find_hardest
from jobs.evaluation.predictions import Prediction, select


def _row(image_id, sick, probability, model="fold0"):
    return Prediction(
        *(model, "last", "validation", image_id, image_id * 16, "L", "CC"),
        *("5" if sick else "2", None, sick, probability),
    )


def test_a_fold_of_four_images():
    """The healthy image 2 is above one of two sick ones; the sick image 3 is below one of two."""
    rows = (
        _row("1", False, 0.1),
        _row("2", False, 0.7),
        _row("3", True, 0.6),
        _row("4", True, 0.9),
    )
    healthy, sick = find_hardest(rows, 2)
    assert [(hard.prediction.image_id, hard.misranked) for hard in healthy] == [
        ("2", 0.5),
        ("1", 0),
    ]
    assert [(hard.prediction.image_id, hard.misranked) for hard in sick] == [("3", 0.5), ("4", 0)]


def test_images_are_compared_within_their_fold():
    """Another fold's model has a scale of its own: its healthy image at 0.8 counts for nothing."""
    rows = (
        _row("1", False, 0.2),
        _row("2", True, 0.6),
        _row("3", False, 0.8, "fold1"),
        _row("4", True, 0.9, "fold1"),
    )
    _, (hardest, _) = find_hardest(rows, 2)
    assert (hardest.prediction.image_id, hardest.misranked) == ("2", 0)


@pytest.mark.parametrize(("probability", "misranked"), [(0.7, 0), (0.71, 1)])
def test_a_tie_is_not_misranked_for_a_sick_image(probability, misranked):
    """Only healthy images with higher probabilities count against it."""
    rows = (_row("1", False, probability), _row("2", True, 0.7))
    _, (sick,) = find_hardest(rows, 1)
    assert sick.misranked == misranked


def test_they_are_the_extremes_of_the_out_of_fold_predictions(predictions):
    """Healthy ones from the highest probability down, sick ones from the lowest up."""
    healthy, sick = find_hardest(predictions, 4)
    held_out = select(predictions, weights="last", split="validation")
    highest = sorted((row.probability for row in held_out if not row.sick), reverse=True)[:4]
    assert [hard.prediction.probability for hard in healthy] == highest
    lowest = sorted(row.probability for row in held_out if row.sick)[:4]
    assert [hard.prediction.probability for hard in sick] == lowest


def test_images_of_the_test_set_stay_unseen(predictions):
    """However wrong their predictions are."""
    rows = [
        replace(row, probability=1.0 - row.sick) if row.split == "test" else row
        for row in predictions
    ]
    healthy, sick = find_hardest(rows, 5)
    assert {hard.prediction.split for hard in (*healthy, *sick)} == {"validation"}


def test_a_small_study_shows_what_it_has(predictions):
    """Fewer images than asked for are all that there are."""
    some = [row for row in predictions if row.model == "fold0"]
    healthy, sick = find_hardest(some, 1000)
    assert len(healthy) + len(sick) == 48
