"""Maps that know no model."""

import numpy as np
import pytest

from jobs.explain.checks.baselines import BASELINE_TITLES, BASELINES


def breast_with_a_mass() -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """A view, its breast, and where the middle of a bright mass is."""
    y, x = np.mgrid[:200, :150]
    breast = (y - 100) ** 2 + x**2 < 90**2
    mass = np.exp(-((y - 70) ** 2 + (x - 40) ** 2) / (2 * 6**2))
    view = np.where(breast, -0.4 + 0.6 * mass, -1)
    return view.astype(np.float32), breast, (70, 40)


@pytest.mark.parametrize("name", BASELINES)
def test_it_is_a_map_inside_the_breast(name: str):
    """float32, of the view's shape, none below 0, the same for the same key."""
    view, breast, _ = breast_with_a_mass()
    view.flags.writeable = False
    found = BASELINES[name](view, breast, "7")
    assert found.dtype == np.float32
    assert found.shape == view.shape
    assert found.min() >= 0
    assert breast[np.unravel_index(found.argmax(), found.shape)]
    assert np.array_equal(found, BASELINES[name](view, breast, "7"))


def test_each_has_a_title():
    """As tables show it."""
    assert BASELINE_TITLES.keys() == BASELINES.keys()


def test_bright_blobs_find_a_mass():
    """The strongest baseline: its peak is where the mass is."""
    view, breast, mass = breast_with_a_mass()
    found = BASELINES["bright_blobs"](view, breast, "7")
    peak = np.unravel_index(found.argmax(), found.shape)
    assert np.hypot(*np.subtract(peak, mass)) < 6


def test_the_edge_filter_finds_the_mass_s_edge_and_not_the_skin():
    """The skin line is by far the steepest edge, and says nothing."""
    view, breast, mass = breast_with_a_mass()
    found = BASELINES["edge_filter"](view, breast, "7")
    peak = np.unravel_index(found.argmax(), found.shape)
    assert 3 < np.hypot(*np.subtract(peak, mass)) < 14


def test_a_random_map_is_another_one_for_each_image():
    """Its key is the image's id."""
    view, breast, _ = breast_with_a_mass()
    one, other = (BASELINES["random"](view, breast, key) for key in ("7", "8"))
    assert not np.array_equal(one, other)
