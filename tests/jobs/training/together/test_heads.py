"""What heads that are trained together have in common, and the weights of their views."""

import numpy as np
import pytest

from jobs.config.overrides import list_keys
from jobs.config.study import Study
from jobs.training.together.heads import FREE, balance, common_settings
from tests.jobs.training.together.arrays import STUDY, changed

SICK = np.array([True, False, False, False, False])
TRAINED = np.array([True, True, True, True, False])


def test_balanced_classes_weigh_the_same_as_a_whole():
    """With the mean 1 over the views that are trained on, and 0 elsewhere."""
    weights = balance(changed("train", class_weights="balanced"), SICK, TRAINED)
    assert weights.tolist() == pytest.approx([2, 2 / 3, 2 / 3, 2 / 3, 0])


def test_without_balance_each_view_weighs_the_same():
    assert balance(STUDY, SICK, TRAINED).tolist() == [1, 1, 1, 1, 0]


def test_what_is_free_is_a_key_and_not_in_common():
    """All other keys, figures aside, are: a batch has one size, one kind of head, one order."""
    assert set(FREE) <= list_keys(Study).keys()
    free = changed("train", epochs=7, learning_rate=0.5, weight_decay=0.2)
    assert common_settings(free) == common_settings(STUDY)
    assert common_settings(changed("head", hidden=9)) != common_settings(STUDY)
