"""Whether training went on for too long."""

import numpy as np
import pytest

from jobs.evaluation.history import History
from jobs.evaluation.overfitting import describe_training


def history(loss, validation_loss):
    return History(np.array(loss), np.array(validation_loss), np.zeros(len(validation_loss)))


def test_the_generalisation_loss():
    """The last validation loss over the least one, minus 1, while the training loss falls on."""
    found = describe_training({"fold0": history([0.7, 0.5, 0.3], [0.6, 0.5, 0.55])})["fold0"]
    assert found["generalisation_loss"] == pytest.approx(0.1)
    assert found["least_epoch"] == 2 and found["epochs"] == 3 and found["fell_on"]


def test_a_training_that_falls_to_its_end():
    """Its last epoch is its best one."""
    found = describe_training({"fold0": history([0.7, 0.5], [0.6, 0.5])})["fold0"]
    assert found["generalisation_loss"] == 0 and not found["fell_on"]


def test_a_model_without_a_validation_fold_is_left_out():
    """The all-data model."""
    assert describe_training({"all": history([0.7, 0.5], [])}) == {}
