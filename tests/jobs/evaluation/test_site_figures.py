"""What probabilities are worth at a site, before and after."""

import json
from dataclasses import replace

import numpy as np
import pytest

from jobs.evaluation.site_cases import SiteCases
from jobs.evaluation.site_figures import compute_site_figures
from tests.jobs.evaluation.test_site_calibration import site


@pytest.fixture(scope="module")
def found():
    cases = SiteCases({"exam": site(patients=400)}, 0)
    return compute_site_figures(cases, None, replicates=100, seed=20)["levels"]["exam"]


def test_calibrating_mends_what_was_off(found):
    """The Brier score falls; the intercept's and the slope's intervals then hold 0 and 1."""
    before, after = found["before"]["figures"], found["after"]["figures"]
    assert after["brier"]["value"] < before["brier"]["value"]
    assert before["calibration_slope"]["high"] < 1
    assert after["calibration_slope"]["low"] < 1 < after["calibration_slope"]["high"]
    assert after["calibration_intercept"]["low"] < 0 < after["calibration_intercept"]["high"]


def test_net_benefit_is_not_less(found):
    """At a threshold at which the probabilities were too high, acting by them was harmful."""
    curves = [
        {each["threshold"]: each["net_benefit"]["value"] for each in found[when]["decision_curve"]}
        for when in ("before", "after")
    ]
    assert curves[0][0.5] < 0 <= curves[1][0.5]


def test_thresholds_reach_their_specificity(found):
    """On these cases, by the calibrated probability; the sensitivity is that of the ROC curve."""
    for point in found["thresholds"]:
        name = f"sensitivity_at_{100 * point['specificity']:.0f}"
        own = found["before"]["figures"][name]["value"]
        assert point["sensitivity"] == pytest.approx(own)
        assert 0 < point["threshold"] <= 1


def test_another_prevalence_moves_the_shift_alone():
    """What is to be used is shifted; the figures stay those of the cases."""
    cases = SiteCases({"exam": site(patients=200)}, 0)
    own, rare = (
        compute_site_figures(cases, share, replicates=100, seed=20)["levels"]["exam"]
        for share in (None, 0.01)
    )
    assert rare["calibration"]["temperature"] == own["calibration"]["temperature"]
    assert rare["calibration"]["shift"] < own["calibration"]["shift"] - 1
    assert rare["after"] == own["after"]
    json.dumps(rare, allow_nan=False)


def test_a_prevalence_is_that_of_exams():
    """Images and breasts are shifted as much as these, not to the same share."""
    exams = site(patients=200)
    many = exams.sick | (np.arange(len(exams.sick)) % 2 == 0)
    cases = SiteCases({"image": replace(exams, sick=many), "exam": exams}, 0)
    own, rare = (compute_site_figures(cases, x, replicates=10, seed=20) for x in (None, 0.01))
    moved = [
        rare["levels"][level]["calibration"]["shift"] - own["levels"][level]["calibration"]["shift"]
        for level in ("exam", "image")
    ]
    share = exams.sick.mean()
    assert moved == pytest.approx([np.log(0.01 / 0.99) - np.log(share / (1 - share))] * 2)
    assert rare["prevalence_of"] == "exam"
