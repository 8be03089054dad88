"""A point's place in a view is where DALI shows it, and the other way round."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.config.sections import ViewsConfig
from jobs.views.breast import Box
from jobs.views.dali import ViewMaker
from jobs.views.geometry import ViewGeometry, view_geometry
from jobs.views.parameters import ViewParameters
from jobs.views.source import ImageReducer

SHAPE = (700, 520)
SIGMA = 9.0  # of a blob, in the image's pixels


def image_with(blob: tuple[float, float] | None) -> np.ndarray:
    """(700, 520) uint16: a breast of 1000 at the right edge; a blob at (x, y) is up to 3000."""
    y, x = (np.arange(length) + 0.5 for length in SHAPE)
    down, across = y[:, None], x
    breast = ((SHAPE[1] - across) / 400) ** 2 + ((down - 330) / 280) ** 2 < 1
    pixels = np.where(breast, 1000.0, 0.0)
    if blob:
        pixels += 2000 * np.exp(-(np.hypot(across - blob[0], down - blob[1]) ** 2) / 2 / SIGMA**2)
    return pixels.astype(np.uint16)


@cache
def maker_of(config: ViewsConfig) -> ViewMaker:
    return ViewMaker(config, batch=2, threads=1)


def blob_in_view(
    blob: tuple[float, float], config: ViewsConfig, parameters: ViewParameters
) -> tuple[np.ndarray, ViewGeometry]:
    """The centroid (x, y) of a blob in the view that DALI makes, and the view's geometry."""
    reducer, maker = ImageReducer(config), maker_of(config)
    without, with_blob = (reducer.reduce(image_with(each)) for each in (None, blob))
    assert without.box == with_blob.box
    plain, view = (
        maker.make_array(replace(each, window=(0.0, 4000.0)), [parameters])[0, ..., 0]
        for each in (without, with_blob)
    )
    weights = (view - plain).astype(np.float64)
    rows, columns = (np.arange(length) + 0.5 for length in weights.shape)
    y, x = weights.sum(axis=1) @ rows, weights.sum(axis=0) @ columns
    geometry = view_geometry(with_blob.box, parameters, config)
    assert geometry.size == view.shape
    return np.array([[x, y]]) / weights.sum(), geometry


def parameters_of(**changes) -> ViewParameters:
    noise = np.zeros((1, 1, 1), np.float32)  # of any size
    return replace(ViewParameters((0.0, 0.0, 0.0, 0.0), False, 1.0, 0.0, noise), **changes)


@pytest.mark.parametrize("frame", ["fixed", "breast"])
@pytest.mark.parametrize("region", ["breast", "image"])
@settings(max_examples=20)
@given(
    x=st.floats(300, 420),
    y=st.floats(230, 430),
    crop=st.tuples(*[st.floats(0, 0.15)] * 4),
    flip=st.booleans(),
    size=st.sampled_from([(96, 80), (75, 131), (201, 150), (900, 800)]),
)
def test_a_point_is_where_dali_shows_it(frame, region, x, y, crop, flip, size):
    """A bright blob's centre, to a twentieth of a pixel of the coarser of image and view."""
    config = ViewsConfig(size=size, frame=frame, region=region, crop=0.15)
    found, geometry = blob_in_view((x, y), config, parameters_of(crop=crop, flip=flip))
    view_pixel = max(1.0, abs(geometry.scale[0]))
    point = np.array([[x, y]])
    np.testing.assert_allclose(geometry.to_view(point), found, atol=0.05 * view_pixel)
    np.testing.assert_allclose(geometry.to_image(geometry.to_view(point)), point, atol=1e-9)
    assert geometry.size == size or frame == "breast"


def test_the_untouched_view_of_a_whole_image():
    """By hand: half the size, with 25 columns of black at each side."""
    config = ViewsConfig(size=(100, 100), region="image", crop=0.0)
    geometry = view_geometry(Box(0, 0, 200, 100), parameters_of(), config)
    points = np.array([[0.0, 0.0], [100.0, 200.0], [50.0, 100.0]])
    assert geometry.to_view(points).tolist() == [[25.0, 0.0], [75.0, 100.0], [50.0, 50.0]]
