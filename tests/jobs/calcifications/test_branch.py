"""A trained branch, from pixels to a logit, and as a file."""

import numpy as np
import pytest

from jobs.calcifications.branch import CalcificationBranch, branch_content, read_branch
from jobs.calcifications.clusters import MEASURES
from jobs.config.sections import BranchesConfig
from tests.jobs.calcifications.test_detector import DETECTOR
from tests.specks import specked_image

CONFIG = BranchesConfig(calcifications=True, proposals=40, candidates=8)
COUNT = len(MEASURES)
REGRESSION = {
    "centre": np.linspace(0, 1, COUNT),
    "scale": np.linspace(1, 2, COUNT),
    "coefficients": np.linspace(-1, 1, COUNT),
    "intercept": np.float64(0.5),
}
BRANCH = CalcificationBranch(CONFIG, [DETECTOR, DETECTOR], REGRESSION)


def test_a_file_has_all_of_a_branch(tmp_path):
    """A branch that was written and read gives the same logit, to the last bit."""
    path = tmp_path / "branch.npz"
    path.write_bytes(branch_content(BRANCH))
    assert read_branch(path, CONFIG).logit(specked_image()) == BRANCH.logit(specked_image())
    assert branch_content(read_branch(path, CONFIG)) == branch_content(BRANCH)


def test_the_detectors_are_averaged():
    """Two equal ones say what one says."""
    one = CalcificationBranch(CONFIG, [DETECTOR], REGRESSION)
    assert one.logit(specked_image()) == pytest.approx(BRANCH.logit(specked_image()))


def test_an_image_without_candidates_has_a_logit():
    """The regression's, at measures of 0."""
    standard = -REGRESSION["centre"] / REGRESSION["scale"]
    expected = standard @ REGRESSION["coefficients"] + 0.5
    assert BRANCH.logit(np.zeros((4, 4), np.uint16)) == pytest.approx(expected)
