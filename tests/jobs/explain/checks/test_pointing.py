"""The pointing game, its chance, and shares of relevance: closed forms."""

import numpy as np
import pytest

from jobs.explain.checks import pointing

SHAPE = (100, 100)  # all breast: its side is 100 pixels, the tolerance 5


def at(row: int, column: int) -> np.ndarray:
    heatmap = np.zeros(SHAPE, np.float32)
    heatmap[row, column] = 1
    return heatmap


BREAST = np.ones(SHAPE, bool)
LESION = np.zeros(SHAPE, bool)
LESION[40:50, 40:50] = True


@pytest.mark.parametrize(("row", "hit"), [(45, 1), (54, 1), (55, 0), (35, 1), (34, 0), (0, 0)])
def test_a_hit_is_within_the_tolerance(row: int, hit: int):
    """A twentieth of the breast's side from the lesion's edge still counts, more does not."""
    assert pointing.pointing_game(at(row, 45), LESION, BREAST) == hit


def test_where_several_pixels_are_highest_their_share_counts():
    """A map that is the same everywhere hits as often as chance, not always or never."""
    flat = np.ones(SHAPE, np.float32)
    chance = pointing.pointing_chance(LESION, BREAST)
    assert pointing.pointing_game(flat, LESION, BREAST) == pytest.approx(chance)


def test_chance_is_the_lesion_with_its_tolerance_of_the_breast():
    """A square of 10 grown by 5: 10 x 10, four sides of 10 x 5, four corners on a lattice."""
    y, x = np.mgrid[-5:6, -5:6]
    disc = int((x * x + y * y <= 25).sum())
    corners = disc - 4 * 5 - 1
    assert pointing.pointing_chance(LESION, BREAST) == pytest.approx((100 + 200 + corners) / 1e4)


def test_chance_is_of_the_breast_alone():
    """Half of the view is breast: a lesion in it is met twice as often."""
    half = BREAST.copy()
    half[60:] = False
    small = pointing.lesion_share(LESION, BREAST)
    assert pointing.lesion_share(LESION, half) == pytest.approx(small / 0.6)


def test_a_place_outside_of_the_breast_is_a_miss():
    """A method that points at labels is wrong, not left out."""
    half = BREAST.copy()
    half[60:] = False
    assert pointing.pointing_game(at(90, 45), LESION, half) == 0


def test_relevance_inside_counts_what_speaks_for_sick():
    """3 inside, 1 outside; what speaks for healthy is left aside."""
    heatmap = 3 * at(45, 45) + at(80, 80) - 5 * at(10, 10)
    assert pointing.relevance_inside(heatmap, LESION) == pytest.approx(0.75)
    assert np.isnan(pointing.relevance_inside(-heatmap * LESION, LESION))


def test_energy_outside_counts_both_signs():
    """Heat in the padding is an error, whatever it speaks for."""
    half = BREAST.copy()
    half[60:] = False
    heatmap = 3 * at(45, 45) - at(80, 80)
    assert pointing.energy_outside(heatmap, half) == pytest.approx(0.25)
    assert np.isnan(pointing.energy_outside(np.zeros(SHAPE, np.float32), half))


def test_no_lesion_grows_to_nothing():
    """A view that cuts the lesion off."""
    assert not pointing.grow(np.zeros(SHAPE, bool), 5.0).any()
