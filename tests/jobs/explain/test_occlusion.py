"""Occlusion: patches cover the view, and their falls are those of the whole network."""

import numpy as np
import pytest

from jobs.explain import occlusion
from jobs.explain.forward import run_forward
from jobs.explain.target import BLACK, ExplainedModel
from tests.jobs.explain.networks import make_network, make_view


@pytest.mark.parametrize("kind", ["conv_pool", "averaged", "local"])
def test_a_fall_is_that_of_the_whole_view(kind: str):
    """Patch by patch, of any head, at the edges too."""
    target, view = ExplainedModel(make_network(3, kind)), make_view(3)
    corners = occlusion.patch_corners(view.shape[1:3], 3, 1)
    found = occlusion.logit_falls(target, view, corners, 3, BLACK)
    logit = run_forward(target.network, view).logit
    for corner, fall in zip(np.clip(corners, 0, [5, 6]), found, strict=True):
        blackened = view.copy()
        blackened[0, corner[0] : corner[0] + 3, corner[1] : corner[1] + 3] = BLACK
        assert fall == pytest.approx(logit - run_forward(target.network, blackened).logit)


def test_a_black_patch_is_no_change():
    """What is black already costs nothing, and has 0."""
    target, view = ExplainedModel(make_network(3)), make_view(3)
    view[:, :, :4] = BLACK
    falls = occlusion.logit_falls(target, view, np.array([[0, 0], [2, 5]]), 4, BLACK)
    assert falls[0] == 0 != falls[1]


@pytest.mark.parametrize(
    ("size", "side", "steps"), [((8, 9), 3, 1), ((8, 9), 4, 2), ((5, 5), 9, 1)]
)
def test_patches_cover_every_pixel(size: tuple[int, int], side: int, steps: int):
    """Also where the view is no multiple of a patch, or smaller than one."""
    covered = np.zeros(size, int)
    for row, column in occlusion.patch_corners(size, side, steps):
        covered[max(0, row) : row + side, max(0, column) : column + side] += 1
    assert covered.min() >= 1
    assert covered.max() <= steps**2


def test_a_map_has_each_patchs_fall():
    """Without overlap a pixel has the fall of the one patch that covers it."""
    target, view = ExplainedModel(make_network(5)), make_view(5)
    found = occlusion.explain(target, view, patch=0.5)  # 4 of 9 pixels
    corners = occlusion.patch_corners(view.shape[1:3], 4, 1)
    falls = occlusion.logit_falls(target, view, corners, 4, BLACK)
    assert found[0, 0] == pytest.approx(falls[0])
    assert found[-1, -1] == pytest.approx(falls[-1])
