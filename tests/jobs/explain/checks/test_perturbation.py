"""Insertion and deletion, with a model whose answer is known."""

import numpy as np
import pytest

from jobs.explain.checks.perturbation import STEPS, Areas, fills, perturb

BREAST = np.ones((64, 64), bool)
VIEW = np.full((64, 64), -0.5, np.float32)
VIEW[16:32, 16:32] = 1  # the lesion, 64 of 1,024 cells of 2 x 2


def lesion_seen(views: np.ndarray) -> np.ndarray:
    """The share of the lesion that a view shows: the model of all tests here."""
    return (views[:, 16:32, 16:32, 0] == 1).mean(axis=(1, 2))


def areas(heatmap: np.ndarray) -> Areas:
    return perturb(lesion_seen, VIEW, {"map": heatmap}, fills(VIEW, BREAST)["black"], "7")["map"]


def test_a_map_of_the_lesion_is_better_than_its_opposite():
    """Closed form: seen from the first step on, gone from the first step on."""
    heatmap = (VIEW == 1).astype(np.float32)
    good = areas(heatmap)
    assert good.insertion == pytest.approx(1 - 0.5 / STEPS)
    assert good.deletion == pytest.approx(0.5 / STEPS)
    bad = areas(-heatmap)
    assert bad.insertion == pytest.approx(0.5 / STEPS)
    assert bad.deletion == pytest.approx(1 - 0.5 / STEPS)


def test_a_flat_map_s_order_is_drawn():
    """Not the rows' order, which would favour what lies at the top: about half on the way."""
    found = areas(np.zeros_like(VIEW))
    assert found.insertion == pytest.approx(0.5, abs=0.1)
    assert found == areas(np.zeros_like(VIEW))


def test_there_are_two_fills():
    """Black, and the image without detail, which stays as bright as it is."""
    found = fills(VIEW, BREAST)
    assert set(found) == {"black", "blurred"}
    assert (found["black"] == -1).all()
    assert found["blurred"].mean() == pytest.approx(VIEW.mean(), abs=0.02)
    assert found["blurred"].std() < VIEW.std()


def test_the_view_is_not_changed():
    """Nor the map."""
    view, heatmap = VIEW.copy(), VIEW.copy()
    view.flags.writeable = heatmap.flags.writeable = False
    perturb(lesion_seen, view, {"map": heatmap}, fills(view, BREAST)["black"], "7")
