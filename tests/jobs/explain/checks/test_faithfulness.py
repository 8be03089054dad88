"""Insertion and deletion beside those of maps that know no model."""

import json

import numpy as np
import pytest

from jobs.explain.checks.baselines import BASELINES, centred_blob
from jobs.explain.checks.cases import Case
from jobs.explain.checks.expectations import FAITHFUL, PASSES
from jobs.explain.checks.faithfulness import Perturbed, perturb_case, summarise_perturbed
from jobs.explain.checks.perturbation import STEPS
from jobs.explain.checks.verdicts import judge


def case(number: int) -> Case:
    view = np.full((64, 64), -0.5, np.float32)
    view[16:32, 16:32] = 1
    breast = np.ones((64, 64), bool)
    return Case(str(number), f"{number:016x}", True, "CC", view, breast, None, view == 1, ("mass",))


def lesion_seen(views: np.ndarray) -> np.ndarray:
    return (views[:, 16:32, 16:32, 0] == 1).mean(axis=(1, 2))


def test_a_map_of_the_lesion_beats_every_baseline():
    """With an interval over patients; baselines are not held against each other."""
    found = [
        perturb_case(lesion_seen, one, {"lesion": one.lesions.astype(np.float32)})
        for one in map(case, range(6))
    ]
    summary = summarise_perturbed(found, 200, seed=20)
    assert summary.keys() == {"lesion", *BASELINES}
    over = summary["lesion"]["over"]
    assert over.keys() == BASELINES.keys()
    assert over["random"]["low"] > 0.5
    assert all(over[name]["value"] > 0 for name in ("centred_blob", "edge_filter"))
    assert "over" not in summary["random"]
    assert summary["lesion"]["insertion"]["black"] == pytest.approx(1 - 0.5 / STEPS)
    assert summary["lesion"]["deletion"]["blurred"] == pytest.approx(0.5 / STEPS)


def test_a_map_that_knows_no_model_is_not_faithful():
    """It may beat a random one, whose cells are scattered, but it has nothing over itself."""
    found = [
        perturb_case(lesion_seen, one, {"blob": centred_blob(one.view, one.breast, one.image_id)})
        for one in map(case, range(6))
    ]
    summary = summarise_perturbed(found, 200, seed=20)
    assert summary["blob"]["over"]["centred_blob"]["value"] == 0
    outcome = judge({"perturbation": summary["blob"]})[FAITHFUL]
    assert outcome.verdict != PASSES


def test_it_is_read_as_it_was_kept():
    """After a kill, from JSON."""
    found = perturb_case(lesion_seen, case(1), {})
    assert Perturbed.read(json.loads(json.dumps(found))) == found


def test_of_no_image_there_is_nothing():
    """No sick image."""
    assert summarise_perturbed([], 200, seed=20) == {}
