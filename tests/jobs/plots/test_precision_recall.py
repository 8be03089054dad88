"""Precision-recall curves: what they hold."""

import pytest
from matplotlib.figure import Figure

from jobs.plots.precision_recall import PrecisionRecallDisplay
from jobs.plots.svg import to_svg
from tests.jobs.plots.small_cases import cases_of

GOOD = cases_of([0.9, 0.3, 0.2, 0.1], sick=(1, 0, 0, 0))
SECOND = cases_of([0.5, 0.8, 0.2, 0.1], sick=(1, 0, 0, 0))


def test_the_pooled_curve_stands_out():
    """All folds' predictions together, with their share of the sick."""
    display = PrecisionRecallDisplay.from_predictions({"fold0": GOOD, "fold1": SECOND})
    assert [curve.average for curve in display.folds] == [1.0, 0.5]
    assert display.main.name == "pooled" and display.prevalence == 0.25
    assert display.main.average == pytest.approx(1 / 2 + 1 / 2 * 2 / 3)


def test_the_all_data_model_stands_out():
    """On the test set, with that set's share of the sick."""
    tested = cases_of([0.9, 0.8], sick=(1, 0))
    display = PrecisionRecallDisplay.from_predictions({"fold0": GOOD}, tested)
    assert display.main.name == "all" and display.prevalence == 0.5
    assert display.alt_text().endswith("fold 0 1.00, all-data 1.00; prevalence 0.50")


def test_the_prevalence_is_named_in_the_legend():
    """With its number."""
    display = PrecisionRecallDisplay.from_predictions({"fold0": GOOD})
    assert "prevalence  0.25" in to_svg(display, "curve")
    display.draw(Figure().subplots())
