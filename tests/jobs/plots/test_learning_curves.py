"""Learning curves hold what they draw."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from jobs.evaluation.history import History
from jobs.plots.learning_curves import LearningCurvesDisplay
from jobs.plots.svg import to_svg

NONE = np.array([])


@pytest.fixture
def histories():
    """Two epochs of a fold model, and of the all-data model, which has no validation fold."""
    fold = History(np.array([0.8, 0.6]), np.array([0.7, 0.6]), np.array([0.5, 0.75]))
    return {"fold0": fold, "all": History(np.array([0.8, 0.6]), NONE, NONE)}


def test_a_model_without_a_validation_fold_has_one_line_of_loss(histories):
    """Training losses are solid, validation losses dashed."""
    display = LearningCurvesDisplay.from_losses(histories)
    assert [(line.model, line.dashed) for line in display.lines] == [
        ("fold0", False),
        ("all", False),
        ("fold0", True),
    ]
    assert display.lines[2].values.tolist() == [0.7, 0.6]


def test_a_model_without_a_validation_fold_has_no_auc(histories):
    """The others' best epochs are marked."""
    display = LearningCurvesDisplay.from_validation_aucs(histories)
    assert [(line.model, line.marked) for line in display.lines] == [("fold0", 2)]


def test_the_alt_text_says_where_each_line_ends(histories):
    """It is the label of the element."""
    element = to_svg(LearningCurvesDisplay.from_validation_aucs(histories), "auc")
    assert "fold 0 ends at 0.75" in ET.fromstring(element).get("aria-label")
