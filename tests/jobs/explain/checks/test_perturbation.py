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
    fill = fills(VIEW, BREAST)["black"]
    return perturb(lesion_seen, VIEW, BREAST, {"map": heatmap}, fill, "7")["map"]


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
    perturb(lesion_seen, view, BREAST, {"map": heatmap}, fills(view, BREAST)["black"], "7")


def test_steps_are_shares_of_the_breast():
    """The lesion is a quarter of this breast, and what lies outside stays as it is."""
    breast = np.zeros((64, 64), bool)
    breast[:32, :32] = True
    seen: list[np.ndarray] = []

    def share_of_black(views: np.ndarray) -> np.ndarray:
        seen.extend(views[..., 0])
        return (views[..., 0] == -1)[:, breast].mean(axis=1)

    black = np.full_like(VIEW, -1)
    perturb(share_of_black, VIEW, breast, {"map": VIEW}, black, "7")
    assert all((view[~breast] == VIEW[~breast]).all() for view in seen)
    left = [float((view == -1)[breast].mean()) for view in seen]
    assert left == [1, 0, 0.75, 0.5, 0.25, 0.25, 0.5, 0.75]


def test_what_a_map_says_outside_of_the_breast_changes_nothing():
    """Nor at its outline, where a cell is only partly breast."""
    breast = np.zeros((64, 64), bool)
    breast[:33, :33] = True
    outside = np.where(breast, VIEW, 9).astype(np.float32)
    maps = {"map": VIEW, "outside": outside}
    found = perturb(lesion_seen, VIEW, breast, maps, np.full_like(VIEW, -1), "7")
    assert found["map"] == found["outside"]
