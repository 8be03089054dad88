"""A map over its mammogram."""

import numpy as np

from jobs.model.location_maps import LocationMap, read_location_maps
from jobs.predict.overlay import draw_overlay, from_png, save_map, to_png
from jobs.predict.score import RawScores

PLACES = LocationMap(np.float32([9.0, -9.0]), np.float32([[10, 10], [30, 10]]), (20.0, 20.0))
PIXELS = np.full((40, 60), 500, np.uint16)


def test_red_where_it_is_sick():
    """Places above are red, places below and outside the breast stay as grey as they are."""
    picture = draw_overlay(PIXELS, (0, 1000), PLACES).astype(int)
    assert picture.shape == (40, 60, 3)
    assert picture[10, 10, 0] - picture[10, 10, 1] > 50
    assert np.ptp(picture[10, 30]) <= 1 and np.ptp(picture[35, 50]) == 0
    assert abs(picture[35, 50, 0] - 127) <= 1


def test_a_large_image_is_made_smaller():
    """The longer side is 1,600 pixels at most."""
    large = np.zeros((3300, 2500), np.uint16)
    assert draw_overlay(large, (0, 1), PLACES).shape == (1100, 834, 3)


def test_what_is_saved(tmp_path):
    """The numbers as those of a study, and the picture without loss."""
    save_map(tmp_path / "maps", "ab", PIXELS, RawScores(np.ones(1), None, PLACES, (0, 1000)))
    found = read_location_maps(tmp_path / "maps/ab.npz")["ab"]
    assert np.array_equal(found.logits, PLACES.logits)
    picture = from_png((tmp_path / "maps/ab.png").read_bytes())
    assert np.array_equal(picture, draw_overlay(PIXELS, (0, 1000), PLACES))
    assert np.array_equal(from_png(to_png(picture)), picture)
