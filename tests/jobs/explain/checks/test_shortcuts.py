"""What is left of a view, and the AUC of it."""

import numpy as np
import pytest

from jobs.explain.checks.shortcuts import LEFT, Scored, muscle_region, reduce_view, shortcut_aucs


def view_and_breast() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:80, :60]
    breast = (y - 40) ** 2 + x**2 < 35**2
    view = np.where(breast, 0.3 + 0.001 * y, -0.9).astype(np.float32)
    view[:5, 50:] = 1  # a label
    return view, breast


def test_the_background_has_no_breast_in_it():
    """Neither its tissue nor its outline: the label alone is left."""
    view, breast = view_and_breast()
    left = reduce_view(view, breast, "CC")["background"]
    assert np.unique(left).tolist() == pytest.approx([-0.9, 1])
    assert (left[breast] == np.float32(-0.9)).all()


def test_the_silhouette_has_nothing_but_the_outline():
    """Two values, whatever lies in or beside the breast."""
    view, breast = view_and_breast()
    left = reduce_view(view, breast, "CC")["silhouette"]
    assert np.array_equal(left == 0, breast)
    assert np.unique(left).tolist() == [-1, 0]


@pytest.mark.parametrize("flip", [False, True])
def test_the_muscle_is_at_the_top_of_the_chest_wall(flip: bool):
    """On whichever side the breast is; only in MLO views."""
    view, breast = view_and_breast()
    if flip:
        view, breast = view[:, ::-1], breast[:, ::-1]
    region = muscle_region(breast)
    rows, columns = np.nonzero(region)
    assert rows.max() <= 40  # the middle of the breast
    assert (59 - columns if flip else columns).max() < 20
    assert region[~breast].sum() == 0
    assert "pectoral" not in reduce_view(view, breast, "CC")
    assert (reduce_view(view, breast, "MLO")["pectoral"][~region] == -1).all()


def test_its_auc_is_that_of_the_logits():
    """Of each part that is left; with an interval over patients."""
    scored = [
        Scored(f"{n:016x}", n % 2 == 1, {"whole": float(n % 2), "background": 0.0})
        for n in range(20)
    ]
    found = shortcut_aucs(scored, 100, seed=20)
    assert found["whole"]["auc"]["value"] == 1
    assert found["background"]["auc"]["value"] == 0.5
    assert (found["whole"]["images"], found["whole"]["sick"]) == (20, 10)
    assert found.keys() == {"whole", "background"}
    assert shortcut_aucs(scored[::2], 100, seed=20) == {}
    assert LEFT.keys() >= found.keys()
