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
from jobs.views.elastic import CONTROL_POINTS
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
@pytest.mark.parametrize("mirror", [False, True])
@settings(max_examples=6)
@given(
    x=st.floats(300, 370),
    y=st.floats(260, 400),
    crop=st.tuples(*[st.floats(0, 0.15)] * 4),
    flip=st.booleans(),
    size=st.sampled_from([(96, 80), (75, 131), (201, 150)]),
    rotation=st.sampled_from([0.0, 7.5, -15.0]),
)
def test_a_point_is_where_dali_shows_it(frame, region, mirror, x, y, crop, flip, size, rotation):
    """A bright blob's centre, to a twentieth of a pixel of the coarser of image and view."""
    config = ViewsConfig(
        size=size, frame=frame, region=region, mirror=mirror, crop=0.15, rotation=abs(rotation)
    )
    parameters = parameters_of(crop=crop, flip=flip, rotation=rotation)
    found, geometry = blob_in_view((x, y), config, parameters)
    point = np.array([[x, y]])
    np.testing.assert_allclose(geometry.to_view(point), found, atol=0.05 * max(1.0, geometry.zoom))
    np.testing.assert_allclose(geometry.to_image(geometry.to_view(point)), point, atol=1e-9)
    assert geometry.size == size or frame == "breast"


@settings(max_examples=5)
@given(
    x=st.floats(330, 400),
    y=st.floats(280, 380),
    seed=st.integers(0, 99),
    flip=st.booleans(),
    mirror=st.booleans(),
)
def test_a_point_of_a_deformed_view_is_where_it_is_shown(x, y, seed, flip, mirror):
    """With all that a view can have, each pixel shows what lies where the geometry says."""
    config = ViewsConfig(size=(201, 150), crop=0.05, rotation=5.0, elastic=0.05, mirror=mirror)
    control = np.random.default_rng(seed).uniform(-0.05, 0.05, CONTROL_POINTS)
    parameters = parameters_of(crop=(0.01, 0.02, 0.03, 0.04), flip=flip, rotation=3.0)
    found, geometry = blob_in_view((x, y), config, replace(parameters, elastic=control))
    # A blob that is stretched unevenly has another centre than its own in the image.
    rows, columns = np.mgrid[: config.size[0], : config.size[1]] + 0.5
    pixels = np.stack([columns.ravel(), rows.ravel()], axis=1)
    apart = geometry.to_image(pixels) - (x, y)
    weights = np.exp(-(apart**2).sum(axis=1) / 2 / SIGMA**2)
    np.testing.assert_allclose(weights @ pixels / weights.sum(), found[0], atol=0.05)


@given(rotation=st.floats(-180, 180), seed=st.integers(0, 99), flip=st.booleans())
def test_there_and_back(rotation, seed, flip):
    """Points in and beyond the image come back to where they were."""
    config = ViewsConfig(size=(299, 224), elastic=0.05)
    control = np.random.default_rng(seed).uniform(-0.05, 0.05, CONTROL_POINTS)
    parameters = parameters_of(flip=flip, rotation=rotation, elastic=control)
    geometry = view_geometry(Box(100, 20, 3000, 1800), parameters, config)
    points = np.random.default_rng(seed).uniform(-1000, 5000, (200, 2))
    np.testing.assert_allclose(geometry.to_image(geometry.to_view(points)), points, atol=1e-4)


def test_the_untouched_view_of_a_whole_image():
    """By hand: half the size, with 25 columns of black at each side."""
    config = ViewsConfig(size=(100, 100), region="image", crop=0.0)
    geometry = view_geometry(Box(0, 0, 200, 100), parameters_of(), config)
    points = np.array([[0.0, 0.0], [100.0, 200.0], [50.0, 100.0]])
    assert geometry.to_view(points).tolist() == [[25.0, 0.0], [75.0, 100.0], [50.0, 50.0]]
