"""ROC curves and their average: what they hold is tested, not their picture."""

import numpy as np
import pytest

from jobs.evaluation.levels import Cases
from jobs.plots.roc import GRID, Roc


def _cases(probability, sick=(1, 1, 0, 0)):
    patient = np.arange(len(sick)).astype(str)
    return Cases(patient, np.array(sick, bool), np.array(probability, float))


PERFECT = _cases([0.9, 0.8, 0.2, 0.1])
TURNED = _cases([0.1, 0.2, 0.8, 0.9])


def test_the_average_is_vertical():
    """At each false positive rate the mean of the folds' sensitivities, with their deviation."""
    roc = Roc.of({"fold0": PERFECT, "fold1": TURNED})
    assert roc.mean[:-1] == pytest.approx(0.5)
    assert roc.mean[-1] == 1
    assert roc.deviation[:-1] == pytest.approx(np.std([0, 1], ddof=1))
    assert roc.mean_auc == 0.5


def test_the_average_of_one_curve_twice_is_that_curve():
    """No spread, and the steps' upper ends."""
    cases = _cases([0.9, 0.4, 0.6, 0.1])
    roc = Roc.of({"fold0": cases, "fold1": cases})
    assert (roc.deviation == 0).all()
    assert roc.mean[GRID < 0.5] == pytest.approx(0.5)
    assert roc.mean[GRID >= 0.5] == pytest.approx(1)


def test_the_one_beside_is_not_averaged():
    """The all-data model's curve stands beside the folds'."""
    roc = Roc.of({"fold0": PERFECT, "fold1": PERFECT}, ("all", TURNED))
    assert roc.mean_auc == 1 and roc.beside.auc == 0
    assert "mean area 1.00; all-data: 0.00" in roc.says()
