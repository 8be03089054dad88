"""Images in their views, with breast and lesions on the very pixels."""

from pathlib import Path

import numpy as np
import pytest

from jobs.artifacts.run import open_run
from jobs.data.dataset import open_dataset
from jobs.explain.checks.cases import TOWARDS_SICK, Case, explain_case, make_cases
from jobs.explain.method import Method
from jobs.explain.methods import METHODS
from jobs.explain.store import Explanation

ONES = np.ones((4, 4), np.float32)


def test_maps_that_are_there_are_not_made_again():
    """But for those that explain healthy, of methods that can explain sick."""
    case = Case("7", "0" * 16, True, "CC", ONES, ONES > 0, None, ONES > 0, ())
    asked = []

    def compute(target, view, **options):
        asked.append(options)
        return ONES

    def draw(name: str, logit: float, **own: str | float) -> np.ndarray:
        kept = Explanation("7", logit, None, {name: 2 * ONES})
        method = Method(name, name, "", signed=True, compute=compute)
        return explain_case(method, None, case, {name: own}, lambda _: kept)

    assert (draw("grad_cam", -1) == 2).all() and (draw("lrp", 1) == 2).all()
    assert not asked
    assert (draw("lrp", -1, towards="sick") == 2).all()
    assert not asked
    assert (draw("lrp", -1, hidden="flat") == 1).all()
    assert asked == [{"hidden": "flat", "towards": "sick"}]


@pytest.mark.parametrize("logit", [-1, 1])
def test_maps_of_healthy_are_not_taken_for_maps_of_sick(logit: float):
    """Whatever the model decides: those that were asked for are made again, towards sick."""
    case = Case("7", "0" * 16, True, "CC", ONES, ONES > 0, None, ONES > 0, ())
    asked = []

    def compute(target, view, **options):
        asked.append(options)
        return ONES

    kept = Explanation("7", logit, None, {"deep_taylor": -ONES})
    method = Method("deep_taylor", "", "", signed=True, compute=compute)
    options = {"deep_taylor": {"towards": "healthy"}}
    assert (explain_case(method, None, case, options, lambda _: kept) == 1).all()
    assert asked == [{"towards": "sick"}]


@pytest.mark.parametrize("name", ["first", "local"])
def test_masks_lie_on_the_view(trained_root: Path, name: str):
    """The breast is where the view is bright; lesions are in it, and only where one was drawn."""
    run = open_run(trained_root, name)
    dataset = open_dataset(trained_root, run.study)
    cases = list(make_cases(run.study, dataset, dataset.images[:6]))
    assert [case.image_id for case in cases] == [one.image_id for one in dataset.images[:6]]
    for case, image in zip(cases, dataset.images, strict=False):
        assert case.breast.shape == case.lesions.shape == case.view.shape
        assert case.view[case.breast].mean() > case.view[~case.breast].mean()
        assert (case.places is not None) == (name == "local")
        assert case.lesions.any() == bool(dataset.contours(image)) == bool(case.kinds)
        assert not case.lesions.any() or case.lesions[case.breast].any()
        assert (case.marked is not None) == (case.lesions & case.breast).any()


def test_options_are_of_methods_that_are_there():
    """Those that would otherwise explain healthy."""
    assert TOWARDS_SICK.keys() <= METHODS.keys()
    assert np.isin(list(TOWARDS_SICK), list(METHODS)).all()
