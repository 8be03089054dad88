"""The images that were most wrong."""

from dataclasses import replace

from jobs.evaluation.hardest import most_wrong
from jobs.evaluation.predictions import select


def test_they_are_the_extremes_of_the_out_of_fold_predictions(predictions):
    """Healthy ones from the highest probability down, sick ones from the lowest up."""
    healthy, sick = most_wrong(predictions, 4)
    held_out = select(predictions, weights="last", split="validation")
    top = sorted((row.probability for row in held_out if not row.sick), reverse=True)[:4]
    assert [wrong.prediction.probability for wrong in healthy] == top
    bottom = sorted(row.probability for row in held_out if row.sick)[:4]
    assert [wrong.prediction.probability for wrong in sick] == bottom


def test_images_of_the_test_set_stay_unseen(predictions):
    """However wrong they are."""
    rows = [
        replace(row, probability=1.0 - row.sick) if row.split == "test" else row
        for row in predictions
    ]
    healthy, sick = most_wrong(rows, 5)
    assert {wrong.prediction.split for wrong in (*healthy, *sick)} == {"validation"}


def test_how_wrong_is_told_within_the_fold(predictions):
    """The share of the other class, in the same fold, that lies beyond the image."""
    for some in most_wrong(predictions, 3):
        for wrong in some:
            row = wrong.prediction
            others = [
                other.probability > row.probability
                for other in select(
                    predictions, weights="last", split="validation", model=row.model
                )
                if other.sick != row.sick
            ]
            share = sum(others) / len(others)
            assert wrong.beyond == (share if row.sick else 1 - share)


def test_fewer_images_than_asked_for_are_all_there_are(predictions):
    """A small study shows what it has."""
    some = [row for row in predictions if row.model == "fold0"]
    healthy, sick = most_wrong(some, 1000)
    assert len(healthy) + len(sick) == 48
