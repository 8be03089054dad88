"""Insertion and deletion beside a random map's."""

import json

import numpy as np
import pytest

from jobs.explain.checks.cases import Case
from jobs.explain.checks.faithfulness import Perturbed, perturb_case, summarise_perturbed
from jobs.explain.checks.perturbation import STEPS


def case(number: int) -> Case:
    view = np.full((64, 64), -0.5, np.float32)
    view[16:32, 16:32] = 1
    breast = np.ones((64, 64), bool)
    return Case(str(number), f"{number:016x}", True, "CC", view, breast, None, view == 1, ("mass",))


def lesion_seen(views: np.ndarray) -> np.ndarray:
    return (views[:, 16:32, 16:32, 0] == 1).mean(axis=(1, 2))


def test_a_map_of_the_lesion_beats_a_random_one():
    """With an interval over patients; the random map has nothing over itself."""
    found = [
        perturb_case(lesion_seen, one, {"lesion": one.lesions.astype(np.float32)})
        for one in map(case, range(6))
    ]
    summary = summarise_perturbed(found, 200, seed=20)
    assert summary.keys() == {"lesion", "random"}
    assert summary["lesion"]["over_random"]["low"] > 0.5
    assert summary["random"]["over_random"]["value"] == 0
    assert summary["lesion"]["insertion"]["black"] == pytest.approx(1 - 0.5 / STEPS)
    assert summary["lesion"]["deletion"]["blurred"] == pytest.approx(0.5 / STEPS)


def test_it_is_read_as_it_was_kept():
    """After a kill, from JSON."""
    found = perturb_case(lesion_seen, case(1), {})
    assert Perturbed.read(json.loads(json.dumps(found))) == found


def test_of_no_image_there_is_nothing():
    """No sick image."""
    assert summarise_perturbed([], 200, seed=20) == {}
