"""Smooth displacements: as large as is said, nothing folded, and undone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import BSpline

from jobs.views.elastic import CONTROL_POINTS, deform, displacements, undo


def control_of(seed: int, largest: float = 0.05) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-largest, largest, CONTROL_POINTS)


@settings(max_examples=20)
@given(seed=st.integers(0, 999), largest=st.floats(0, 0.05))
def test_a_displacement_is_at_most_what_is_said_and_is_undone(seed, largest):
    """Anywhere in the region or beyond, where it fades."""
    points = np.random.default_rng(seed).uniform(-1, 2, (500, 2))
    moved = displacements(control_of(seed, largest), points)
    assert np.abs(moved).max() <= largest
    back = undo(control_of(seed, largest), points + moved)
    np.testing.assert_allclose(back, points, atol=1e-7)


def test_it_is_a_cubic_b_spline():
    """SciPy's, of uniform knots, whose control points begin one interval before the region."""
    control = control_of(1)
    knots = np.arange(-3, CONTROL_POINTS[1] + 1) / 4
    points = np.random.default_rng(2).uniform(0, 1, (50, 2))
    found = displacements(control, points)
    for axis in (0, 1):
        lines = BSpline(knots, control[axis], 3)(points[:, 1])
        expected = [BSpline(knots, line, 3)(x) for line, x in zip(lines, points[:, 0], strict=True)]
        np.testing.assert_allclose(found[:, axis], expected, atol=1e-12)


@pytest.mark.parametrize("worst", [1, -1])
def test_nothing_folds_at_the_largest(worst):
    """With control points that alternate, the worst case, the order of pixels stays."""
    signs = (-1.0) ** np.add.outer(np.arange(7), np.arange(7))
    control = np.stack([signs, -signs]) * 0.05 * worst
    y, x = np.mgrid[:200, :200] / 199
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    shown = (points + displacements(control, points)).reshape(200, 200, 2)
    across, down = np.diff(shown, axis=1)[:-1], np.diff(shown, axis=0)[:, :-1]
    assert (across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0] > 0).all()


def test_no_displacement_changes_nothing():
    """The pixels are the same, in a new array; those that come from beyond are black."""
    pixels = np.random.default_rng(0).integers(0, 4096, (90, 70, 1), np.uint16)
    pixels.flags.writeable = False
    made = deform(pixels, np.zeros(CONTROL_POINTS))
    assert np.array_equal(made, pixels) and made.dtype == np.uint16
    aside = np.zeros(CONTROL_POINTS)
    aside[0] = 0.05
    assert (deform(pixels + np.uint16(1), aside)[:, -3:] == 0).all()
