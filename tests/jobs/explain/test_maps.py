"""A map is aligned with its image to the pixel: a one-pixel impulse there and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.config.sections import ViewsConfig
from jobs.explain.maps import ImageLookup
from jobs.views.breast import Box
from jobs.views.geometry import ViewGeometry, view_geometry
from jobs.views.parameters import draw_parameters

SHAPE = (300, 260)


@st.composite
def geometries(draw: st.DrawFn) -> ViewGeometry:
    """Views of any part of an image: cropped, flipped, resized up or down, with black beside."""
    top, left = draw(st.integers(0, 120)), draw(st.integers(0, 100))
    box = Box(top, left, draw(st.integers(top + 60, 300)), draw(st.integers(left + 60, 260)))
    config = ViewsConfig(
        size=(draw(st.integers(75, 400)), draw(st.integers(75, 400))),
        crop=draw(st.sampled_from((0.0, 0.1))),
        frame=draw(st.sampled_from(("fixed", "breast"))),
    )
    parameters = draw_parameters(draw(st.integers(0, 99)), "7", draw(st.integers(0, 3)), config)
    return view_geometry(box, parameters, config)


@settings(max_examples=40)
@given(geometry=geometries(), seed=st.integers(0, 2**32 - 1))
def test_an_impulse_of_a_view_is_where_its_pixel_lies(geometry: ViewGeometry, seed: int):
    """All of the image's pixels whose centres lie in the view's pixel have it, and no others."""
    rng = np.random.default_rng(seed)
    row, column = (int(rng.integers(side)) for side in geometry.size)
    impulse = np.zeros(geometry.size, np.float32)
    impulse[row, column] = 1
    found = ImageLookup(geometry, SHAPE).on_image(impulse)
    for y, x in np.argwhere(found == 1):
        (at,) = geometry.to_view(np.array([[x + 0.5, y + 0.5]]))
        assert (int(np.floor(at[1])), int(np.floor(at[0]))) == (row, column)
    (centre,) = geometry.to_image(np.array([[column + 0.5, row + 0.5]]))
    x, y = (int(each) for each in np.floor(centre))
    box = geometry.region
    shown = box.left <= x < box.right and box.top <= y < box.bottom
    if geometry.zoom < 0.7 and shown and (centre > 0).all():  # smaller: many to one pixel
        assert found[y, x] == 1


@settings(max_examples=40)
@given(geometry=geometries(), seed=st.integers(0, 2**32 - 1))
def test_an_impulse_of_an_image_comes_back(geometry: ViewGeometry, seed: int):
    """A lesion's pixel, marked in the view where it lies there, is marked again in the image."""
    rng = np.random.default_rng(seed)
    box = geometry.region
    y, x = int(rng.integers(box.top, box.bottom)), int(rng.integers(box.left, box.right))
    (at,) = np.floor(geometry.to_view(np.array([[x + 0.5, y + 0.5]]))).astype(int)
    found_in_view = (at >= 0).all() and (at < geometry.size[::-1]).all()
    impulse = np.zeros(geometry.size, np.float32)
    if found_in_view:
        impulse[at[1], at[0]] = 1
    found = ImageLookup(geometry, SHAPE).on_image(impulse)
    if found_in_view:
        assert found[y, x] == 1
    else:
        assert np.isnan(found[y, x])
    outside = np.ones(SHAPE, bool)
    outside[box.top : box.bottom, box.left : box.right] = False
    assert np.isnan(found[outside]).all()


def test_fewer_pixels_are_the_middles_of_steps():
    """With a step, each pixel of the result is that of the middle of a square of the image."""
    config = ViewsConfig(size=(100, 90))
    geometry = view_geometry(Box(20, 0, 280, 250), draw_parameters(3, "7", 0, config), config)
    values = np.random.default_rng(0).random(geometry.size).astype(np.float32)
    whole = ImageLookup(geometry, SHAPE).on_image(values)
    small = ImageLookup(geometry, SHAPE, 4).on_image(values)
    assert small == pytest.approx(whole[2::4, 2::4], nan_ok=True)
