"""The rows of tables and plots of areas."""

import pytest

from jobs.evaluation.rows import PARTS, SUMMARIES, SUMMARY_ROWS
from jobs.evaluation.study_metrics import compute_study_metrics


@pytest.fixture(scope="module")
def level(predictions, models):
    """A level of a study's metrics."""
    return compute_study_metrics(predictions, models, seed=20, replicates=100)["levels"]["breast"]


def test_all_that_sums_up_a_study_has_a_row(level, models):
    """Each entry of metrics.json is a fold model's or in one of the rows, and each row is there."""
    found = {(part, name) for part in level for name in level[part] if not name.startswith("fold")}
    assert {(row.part, row.name) for row in SUMMARY_ROWS} == found
    assert set(PARTS) == set(level)
    assert set(SUMMARIES).isdisjoint(models[:-1])


def test_a_rows_title():
    """Its part and its entry in words."""
    assert [row.title for row in SUMMARY_ROWS] == [
        "Out of fold, mean of folds",
        "Out of fold, pooled",
        "Test set, mean of folds",
        "Test set, all-data model",
    ]
