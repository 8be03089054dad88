"""ROC curves and their average: what they hold is tested, not their picture."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from jobs.plots.roc import GRID, RocDisplay
from tests.jobs.plots.small_cases import cases_of

PERFECT = cases_of([0.9, 0.8, 0.2, 0.1], sick=(1, 1, 0, 0))
TURNED = cases_of([0.1, 0.2, 0.8, 0.9], sick=(1, 1, 0, 0))


def test_the_average_is_vertical():
    """At each false positive rate the mean of the folds' sensitivities, with their deviation."""
    display = RocDisplay.from_predictions({"fold0": PERFECT, "fold1": TURNED})
    assert display.mean[:-1] == pytest.approx(0.5)
    assert display.mean[-1] == 1
    assert display.deviation[:-1] == pytest.approx(np.std([0, 1], ddof=1))
    assert display.mean_auc == 0.5


def test_the_average_of_one_curve_twice_is_that_curve():
    """No spread, and the steps' upper ends."""
    cases = cases_of([0.9, 0.4, 0.6, 0.1], sick=(1, 1, 0, 0))
    display = RocDisplay.from_predictions({"fold0": cases, "fold1": cases})
    assert (display.deviation == 0).all()
    assert display.mean[GRID < 0.5] == pytest.approx(0.5)
    assert display.mean[GRID >= 0.5] == pytest.approx(1)


def test_the_all_data_model_is_not_averaged():
    """Its curve is drawn beside the folds'."""
    folds = {"fold0": PERFECT, "fold1": PERFECT}
    display = RocDisplay.from_predictions(folds, all_data=TURNED)
    assert display.mean_auc == 1 and display.all_data.auc == 0
    assert display.alt_text().endswith("fold 1 1.00, average 1.00, all-data 0.00")


def test_one_model_alone_can_be_drawn():
    """It is its own average, without a spread."""
    display = RocDisplay.from_predictions({"fold0": PERFECT})
    assert (display.deviation == 0).all() and display.mean_auc == 1
    display.draw(Figure().subplots())


def test_the_chosen_threshold_is_marked():
    """A case is called sick if its probability is at least the threshold."""
    cases = cases_of([0.9, 0.4, 0.6, 0.1], sick=(1, 1, 0, 0))
    display = RocDisplay.from_predictions({"fold0": cases}, thresholds={"fold0": 0.6})
    assert display.folds[0].chosen == (0.5, 0.5)
    assert display.alt_text().endswith("at the chosen threshold: fold 0 0.50 and 0.50")
    assert RocDisplay.from_predictions({"fold0": cases}).folds[0].chosen is None
