"""The cases that two runs both scored."""

from dataclasses import replace

import pytest

from jobs.common.errors import DataError
from jobs.compare.pairing import pair_rows, pair_summary
from jobs.config.names import LAST, VALIDATION
from jobs.evaluation.predictions import select
from jobs.evaluation.rows import SUMMARY_ROWS

MEAN_OF_FOLDS, POOLED, TEST_MEAN, TEST_ALL = SUMMARY_ROWS


def held_out(rows):
    return select(rows, weights=LAST, split=VALIDATION)


def test_only_what_both_scored_is_paired(predictions):
    """Images of one run alone are left out, in both; the order of rows does not matter."""
    rows = held_out(predictions)
    paired = pair_rows(rows[:-3], rows[:1:-1])
    assert {row.image_id for row in paired.first} == {row.image_id for row in rows[2:-3]}
    assert [row.image_id for row in paired.first] == [row.image_id for row in paired.second]


def test_other_labels_are_refused(predictions):
    """A difference between runs that answer other questions would mean nothing."""
    rows = held_out(predictions)
    other = [replace(rows[0], sick=not rows[0].sick), *rows[1:]]
    with pytest.raises(DataError, match=r"only runs with the same labels.*data\.sick"):
        pair_rows(rows, other)


def test_other_patients_are_refused(predictions):
    """The same numbers on another release are other images; the patient is not named."""
    rows = held_out(predictions)
    with pytest.raises(DataError, match="another patient") as caught:
        pair_rows(rows, [replace(row, patient="0" * 16) for row in rows])
    assert rows[0].patient not in str(caught.value)


def test_a_part_for_each_model(predictions):
    """A mean has a part for each fold, or fold model; what is pooled, or of one model, has one."""
    lengths = [len(pair_summary(predictions, predictions, row)) for row in SUMMARY_ROWS]
    assert lengths == [3, 1, 3, 1]


def test_other_folds_have_no_mean(predictions):
    """Where images changed folds, only the pooled figure can be compared."""
    moved = [
        replace(row, model={"fold0": "fold1", "fold1": "fold0"}.get(row.model, row.model))
        if row.split == VALIDATION
        else row
        for row in predictions
    ]
    assert pair_summary(predictions, moved, MEAN_OF_FOLDS) == []
    assert len(pair_summary(predictions, moved, POOLED)[0].first) == len(held_out(predictions))


def test_other_numbers_of_folds_have_no_mean(predictions):
    """Three fold models on the test set are not compared with two, one model each is."""
    fewer = [row for row in predictions if row.model != "fold2"]
    assert pair_summary(predictions, fewer, TEST_MEAN) == []
    assert len(pair_summary(predictions, fewer, TEST_ALL)) == 1


def test_nothing_in_common(predictions):
    """Runs without a common image have no figures to compare."""
    other = [replace(row, image_id=f"9{row.image_id}") for row in predictions]
    assert [pair_summary(predictions, other, row) for row in SUMMARY_ROWS] == [[]] * 4
