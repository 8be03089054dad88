"""The forest plot: a row for each model and each summary."""

import pytest

from jobs.evaluation.bootstrap import Interval
from jobs.evaluation.study_metrics import compute_study_metrics
from jobs.plots.forest import ForestDisplay
from jobs.plots.svg import to_svg


@pytest.fixture(scope="module")
def level(predictions, models):
    """A level of a study's metrics."""
    return compute_study_metrics(predictions, models, seed=20, replicates=100)["levels"]["image"]


@pytest.fixture(scope="module")
def display(level):
    """Its forest."""
    return ForestDisplay.from_metrics(level)


def test_fold_models_come_first_then_what_sums_them_up(display):
    """Summaries stand out."""
    (_, out_of_fold), (_, test) = display.groups
    names = ["fold 0", "fold 1", "fold 2", "mean of folds"]
    assert [row.name for row in out_of_fold] == [*names, "pooled"]
    assert [row.name for row in test] == [*names, "all-data model"]
    assert [row.summary for row in test] == [False, False, False, True, True]


def test_rows_hold_the_numbers_of_metrics_json(display, level):
    """The area and its interval."""
    (_, rows), _ = display.groups
    auc = level["out_of_fold"]["pooled"]["figures"]["auc"]
    assert rows[-1].value == auc["value"]
    assert rows[-1].interval == Interval(auc["low"], auc["high"], auc["skipped"])


def test_a_row_says_why_there_is_no_interval(display):
    """Beside the area, in the picture and in the words; a row without one moves no axis."""
    (_, out_of_fold), (_, test) = display.groups
    reasons = [row.interval.reason for row in out_of_fold]
    assert reasons == ["few patients"] * 3 + [None] * 2
    text = f"Test set, all-data model: {test[-1].value:.2f}, few patients"
    assert text in display.alt_text()
    alone = ForestDisplay((("Test set", test),))
    assert "few patients" in to_svg(alone, "alone")


def test_folds_are_in_order_beyond_ten(level):
    """fold10 comes after fold2, also from a metrics.json whose keys are sorted."""
    part = level["out_of_fold"]
    folds = {"fold10": part["fold0"], "fold2": part["fold1"], "mean": part["mean"]}
    (_, rows), _ = ForestDisplay.from_metrics({**level, "out_of_fold": folds}).groups
    assert [row.name for row in rows] == ["fold 2", "fold 10", "mean of folds"]


def test_parts_of_the_images_have_their_counts():
    """Sick and healthy images in brackets; a part without an area says so, and moves no axis."""
    auc = {"value": 0.7, "low": 0.6, "high": 0.8, "skipped": 0, "reason": None}
    none = {"value": None, "low": None, "high": None, "skipped": 9, "reason": "few patients"}
    parts = [
        {"name": "1", "sick": 8, "healthy": 41, "auc": auc},
        {"name": "4", "sick": 0, "healthy": 3, "auc": none},
    ]
    display = ForestDisplay.from_subgroups([{"title": "Density", "parts": parts}])
    ((title, rows),) = display.groups
    assert title == "Density" and [row.name for row in rows] == ["1 (8, 41)", "4 (0, 3)"]
    assert display.alt_text().endswith(
        "Density, 1 (8, 41): 0.70, 0.60 to 0.80; Density, 4 (0, 3): none, few patients"
    )
    assert "few patients" in to_svg(display, "parts")
