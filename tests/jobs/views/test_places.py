"""What lies at a layer's places: the breast, and findings however small."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.config.sections import LAYERS, ViewsConfig
from jobs.data.dataset import Contour
from jobs.model.shapes import Grid, layer_grid
from jobs.views.breast import Box
from jobs.views.geometry import ViewGeometry, view_geometry
from jobs.views.parameters import draw_parameters
from jobs.views.places import breast_cover, contour_cover
from mammo_tfds.release.contours import mask

SHAPE = (900, 640)  # rows and columns of an image
CONFIG = ViewsConfig(size=(299, 224), region="image", crop=0.15)


def geometry_of(view: int, config: ViewsConfig = CONFIG) -> ViewGeometry:
    return view_geometry(Box(0, 0, *SHAPE), draw_parameters(20, "7", view, config), config)


def cells(geometry: ViewGeometry, grid: Grid) -> np.ndarray:
    """The (row, column) of the place that each pixel of the image lies at; -1 where at none."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]] + 0.5
    points = geometry.to_view(np.stack([x, y], axis=-1).reshape(-1, 2))
    at = np.floor((points - grid.offset) / grid.stride + 0.5).astype(int)[:, ::-1]
    at[((at < 0) | (at >= grid.shape)).any(axis=1)] = -1
    return at.reshape(*SHAPE, 2)


def cover_by_pixels(pixels: np.ndarray, geometry: ViewGeometry, grid: Grid) -> np.ndarray:
    """The slow way: of each place's square, the share of the image's pixels that are True."""
    at = cells(geometry, grid)
    seen = at[..., 0] >= 0
    counts = np.zeros(grid.shape)
    rows, columns = at[seen & pixels].T
    np.add.at(counts, (rows, columns), 1)
    return counts / (grid.stride / geometry.zoom) ** 2


@pytest.mark.parametrize("layer", ["mixed0", "mixed7", "mixed10"])
@settings(max_examples=5)
@given(view=st.integers(0, 500))
def test_the_breast_s_share_is_that_of_its_pixels(layer, view):
    """Within a fifth where its edge crosses the place; none where there is none."""
    geometry = geometry_of(view)
    grid = layer_grid(geometry.size, layer)
    cell = 4
    down, across = np.mgrid[: SHAPE[0] // cell, : SHAPE[1] // cell]
    coarse = (across / 110) ** 2 + ((down - 112) / 90) ** 2 < 1
    expected = cover_by_pixels(coarse.repeat(cell, 0).repeat(cell, 1), geometry, grid)
    found = breast_cover(geometry, grid, coarse, cell)
    assert found.shape == grid.shape and found.dtype == np.float32
    assert np.abs(found - expected).max() < 0.2
    assert np.abs(found - expected).mean() < 0.04
    assert (found[expected == 0] == 0).all()


@pytest.mark.parametrize("layer", ["mixed0", "mixed7", "mixed10"])
@settings(max_examples=5)
@given(view=st.integers(0, 500), x=st.floats(0, 640), y=st.floats(0, 900), radius=st.floats(9, 200))
def test_a_contour_s_share_is_that_of_its_pixels(layer, view, x, y, radius):
    """A mass of any size, anywhere: to the sixteenths that its outline runs through."""
    geometry = geometry_of(view)
    grid = layer_grid(geometry.size, layer)
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    outline = np.stack([x + radius * np.cos(angles), y + 0.7 * radius * np.sin(angles)], axis=1)
    contour = Contour("mass", "Mass", tuple(map(tuple, outline.tolist())))
    expected = cover_by_pixels(mask([contour], SHAPE), geometry, grid)
    found = contour_cover(geometry, grid, [contour])["mass"]
    assert found.shape == grid.shape and found.dtype == np.float32
    assert (found[expected > 0.1] > 0).all()
    whole = cover_by_pixels(np.ones(SHAPE, bool), geometry, grid) > 0.99
    assert np.abs(found - expected)[whole].max() < 0.5
    assert np.abs(found - expected)[whole].mean() < 0.06


@pytest.mark.parametrize("layer", LAYERS)
@given(view=st.integers(0, 500), x=st.floats(1, 639), y=st.floats(1, 899), points=st.integers(1, 3))
def test_the_smallest_finding_marks_its_place(layer, view, x, y, points):
    """One point, two, or a triangle far smaller than a pixel: the place of its point is above 0."""
    geometry = geometry_of(view)
    grid = layer_grid(geometry.size, layer)
    near = ((x, y), (x + 0.1, y), (x, y + 0.1))[:points]
    found = contour_cover(geometry, grid, [Contour("calcification", "", near)])["calcification"]
    at = geometry.to_view(np.array([[x, y]])) - grid.offset
    ((column, row),) = np.floor(at / grid.stride + 0.5)
    if 0 <= row < grid.shape[0] and 0 <= column < grid.shape[1]:
        assert found[int(row), int(column)] > 0
    assert np.count_nonzero(found) <= 4


def test_kinds_are_apart():
    """Each kind has places of its own; a kind that was not drawn is not there."""
    geometry = geometry_of(0)
    grid = layer_grid(geometry.size, "mixed7")
    square = ((100.0, 100.0), (300.0, 100.0), (300.0, 300.0), (100.0, 300.0))
    contours = [Contour("mass", "Mass", square), Contour("calcification", "", ((500.0, 800.0),))]
    found = contour_cover(geometry, grid, contours)
    assert set(found) == {"mass", "calcification"}
    assert not (found["mass"] * found["calcification"]).any()
    assert contour_cover(geometry, grid, []) == {}


def test_a_finding_beyond_the_view_marks_nothing():
    """Cropped away, or drawn outside the image, however far."""
    geometry = geometry_of(0)
    grid = layer_grid(geometry.size, "mixed7")
    for far in (-1e12, -500.0, 5e3, 1e12):
        shape = ((far, far), (far + 9, far), (far, far + 9))
        for points in (shape, shape[:1]):
            found = contour_cover(geometry, grid, [Contour("mass", "", points)])
            assert not found["mass"].any()
