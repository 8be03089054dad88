"""The models' predictions must belong to one study."""

from dataclasses import replace

import pytest

from jobs.common.errors import DataError
from jobs.evaluation.checks import check_predictions, required_predictions
from jobs.evaluation.predictions import weights_on_test


def _changed(rows, where, **changes):
    return [replace(row, **changes) if where(row) else row for row in rows]


def test_a_whole_study_passes(predictions, models):
    """The synthetic study is as a study should be."""
    check_predictions(predictions, models)


def test_a_patient_in_two_splits_is_refused(predictions, models):
    """Overlap between splits is an error; the message names an image, never the patient."""
    tested = next(row for row in predictions if row.split == "test")
    held_out = next(row for row in predictions if row.model == "fold1" and row.split != "test")
    rows = _changed(
        predictions, lambda row: row.image_id == held_out.image_id, patient=tested.patient
    )
    with pytest.raises(DataError, match=r"is in fold1 and test: splits must not share") as caught:
        check_predictions(rows, models)
    assert tested.patient not in str(caught.value)


def test_an_image_that_two_models_describe_differently_is_refused(predictions, models):
    """The label of an image is one."""
    one = next(row for row in predictions if row.split == "test" and row.model == "fold0")
    rows = _changed(
        predictions, lambda row: row.image_id == one.image_id and row.model == "all", birads="0"
    )
    with pytest.raises(
        DataError, match=f"image {one.image_id}: two models describe it differently"
    ):
        check_predictions(rows, models)


def test_a_missing_model_is_named(predictions, models):
    """Figures are not made of some of the models."""
    rows = [row for row in predictions if row.model != "fold2"]
    with pytest.raises(DataError, match="fold2's validation predictions with its last weights are"):
        check_predictions(rows, models)


def test_models_tested_on_different_images_are_refused(predictions, models):
    """Test figures are of one test set."""
    one = next(row for row in predictions if row.split == "test")
    rows = [r for r in predictions if not (r.model == "fold2" and r.image_id == one.image_id)]
    with pytest.raises(DataError, match="fold2 and fold0 were tested on different images"):
        check_predictions(rows, models)


def test_a_split_without_the_sick_is_refused(predictions, models):
    """A fold without a sick patient has no ROC: said, not skipped."""
    rows = _changed(
        predictions, lambda row: row.model == "fold1" and row.split == "validation", sick=False
    )
    with pytest.raises(DataError, match=r"fold1's validation .* hold no sick patient"):
        check_predictions(rows, models)


def test_metrics_come_from_weights_not_chosen_on_their_split():
    """Out-of-fold: the last epoch; test: the best, and for `all`, which has none, the last.

    The best ones' threshold and temperature come from their validation fold.
    """
    needed = (("last", "validation"), ("best", "validation"), ("best", "test"))
    assert required_predictions("fold3") == needed
    assert required_predictions("all") == (("last", "test"),)
    assert (weights_on_test("fold0"), weights_on_test("all")) == ("best", "last")


def test_calcifications_are_in_all_predictions_or_in_none(predictions, models):
    """Scores that only some images have cannot be joined; the first blank one is named."""
    check_predictions([replace(row, calcifications=0.5) for row in predictions], models)
    rows = [replace(predictions[0], calcifications=0.5), *predictions[1:]]
    with pytest.raises(DataError, match=f"blank, the first is .* image {rows[1].image_id}"):
        check_predictions(rows, models)
