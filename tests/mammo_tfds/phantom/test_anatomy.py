"""The shape of breasts."""

from dataclasses import replace

import numpy as np
import pytest

from mammo_tfds.phantom.anatomy import make_breast, make_frame
from mammo_tfds.phantom.population import Exposure

EXPOSURE = Exposure("1", "0" * 16, 0, 0, 0, "L", "CC", "1", "1", 2, False, "201001")
SIZE = (256, 208)


def _frame(size=SIZE, **changes):
    exposure = replace(EXPOSURE, **changes)
    return make_frame(1, exposure, make_breast(1, exposure), size)


@pytest.mark.parametrize("index", range(6))
@pytest.mark.parametrize("view", ["CC", "MLO", "FB"])
def test_the_breast_lies_at_the_chest_wall(index, view):
    """The breast fills much of the image, touches only the chest wall, and the nipple protrudes."""
    view_frame = _frame(index=index, view=view)
    inside = view_frame.depth > 0
    assert 0.12 < inside.mean() < 0.75
    assert inside[:, 0].any()
    assert not inside[:, -1].any()
    assert view_frame.nipple[1] == pytest.approx(inside.any(axis=0).sum() / 256, abs=0.02)


@pytest.mark.parametrize("index", range(6))
def test_the_muscle_is_in_the_upper_corner_of_mlo_alone(index):
    """In MLO, the muscle covers the corner between chest wall and armpit; in CC there is none."""
    mlo = _frame(index=index, view="MLO")
    assert mlo.muscle is not None
    assert mlo.muscle[0, 0] > 0.05
    assert mlo.muscle[-1, 0] < 0
    assert 0.03 < np.mean(mlo.muscle[mlo.depth > 0] > 0) < 0.45
    assert _frame(index=index, view="CC").muscle is None


@pytest.mark.parametrize("view", ["CC", "MLO"])
def test_a_larger_image_shows_the_same_shape(view):
    """The outline does not depend on the size of the image."""
    small, large = _frame(view=view).depth > 0, _frame((1024, 832), view=view).depth > 0
    assert np.mean(small != large[2::4, 2::4]) < 0.01


def test_breasts_of_a_patient_are_alike():
    """The two breasts of a patient differ less than those of two patients."""
    areas = {
        (index, side): float(np.mean(_frame(index=index, side=side).depth > 0))
        for index in range(8)
        for side in "LR"
    }
    within = [abs(areas[index, "L"] - areas[index, "R"]) for index in range(8)]
    between = [abs(areas[index, "L"] - areas[(index + 1) % 8, "R"]) for index in range(8)]
    assert np.mean(within) < 0.5 * np.mean(between)


def test_positions_are_anatomical():
    """In both views, posterior 0 is the nipple and 1 the chest wall."""
    for view in ("CC", "MLO"):
        each = _frame(view=view)
        assert each.at(0, 0) == each.nipple
        assert each.at(1, 0)[1] == pytest.approx(0, abs=0.12)


def test_look_up_takes_the_nearest_pixel():
    """A position outside the image has the value of the border."""
    each = _frame()
    assert each.look_up(each.depth, (-1.0, -1.0)) == each.depth[0, 0]
    assert each.look_up(each.depth, (0.5, 0.1)) == each.depth[128, 25]
