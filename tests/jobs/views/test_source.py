"""Reduced images: just large enough for every view, and windowed by the breast alone."""

import numpy as np
import pytest

from jobs.config.sections import ViewsConfig
from jobs.views.source import ImageReducer


def image_with_breast() -> np.ndarray:
    """(400, 300) uint16: a bright rectangle at the left edge, 200 x 150; read-only."""
    pixels = np.zeros((400, 300), np.uint16)
    pixels[100:300, :150] = np.random.default_rng(0).integers(1000, 3000, (200, 150))
    pixels.flags.writeable = False
    return pixels


def test_the_narrowest_crop_still_fills_the_view():
    """What is left after the largest crop has as many pixels as the view, and hardly more."""
    config = ViewsConfig(size=(80, 75), region="image", crop=0.2)
    reduced = ImageReducer(config).reduce(image_with_breast())
    rows, columns, _ = reduced.pixels.shape
    assert (round(0.6 * rows), round(0.6 * columns)) == (80, 60)


def test_a_small_image_is_not_enlarged():
    """Its pixels are the image's own."""
    config = ViewsConfig(size=(500, 500), region="image")
    reduced = ImageReducer(config).reduce(image_with_breast())
    assert np.array_equal(reduced.pixels[..., 0], image_with_breast())


def test_the_region_is_the_breast():
    """The background beyond a small margin is cut off; `image` keeps it."""
    shapes = {}
    for region in ("breast", "image"):
        cut = ImageReducer(ViewsConfig(region=region)).cut_region(image_with_breast())
        shapes[region] = cut.pixels.shape
        assert cut.box.shape == cut.pixels.shape[:2]
    assert shapes["image"] == (400, 300, 1)
    assert 200 <= shapes["breast"][0] < 220 and 150 <= shapes["breast"][1] < 170


@pytest.mark.parametrize("region", ["breast", "image"])
def test_mirrored_breasts_point_to_the_same_side(region):
    """An image and its mirror image become the same, and their regions say which was mirrored."""
    reducer = ImageReducer(ViewsConfig(size=(80, 75), region=region, mirror=True))
    left = image_with_breast()
    one, other = (reducer.reduce(each) for each in (left, np.ascontiguousarray(left[:, ::-1])))
    assert np.array_equal(one.pixels, other.pixels) and one.window == other.window
    assert (one.box.mirrored, other.box.mirrored) == (False, True)
    assert (other.box.left, other.box.right) == (300 - one.box.right, 300 - one.box.left)


def test_the_window_is_the_breast_s():
    """Percentiles of the breast's pixels: the dark background is not among them."""
    config = ViewsConfig(window=(0.0, 100.0))
    low, high = ImageReducer(config).cut_region(image_with_breast()).window
    assert 1000 <= low < 1100 and 2900 < high < 3000


def test_a_constant_image_has_a_window():
    """Black and white differ, so that nothing is divided by zero."""
    low, high = ImageReducer(ViewsConfig()).cut_region(np.full((90, 80), 7, np.uint16)).window
    assert high > low
