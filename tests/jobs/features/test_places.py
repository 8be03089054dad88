"""Features of the places inside the breast alone, as they are written and read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jobs.config.sections import ViewsConfig
from jobs.features.places import PlaceFeatures, inside_breast, places_file, save_places
from jobs.features.store import feature_files
from jobs.views.geometry import view_geometry
from jobs.views.parameters import View, draw_parameters
from jobs.views.source import ImageReducer

CONFIG = ViewsConfig(size=(200, 160), region="image", crop=0.0)


@pytest.fixture(scope="module")
def half():
    """An image whose left half is breast, and the geometry of its view 0."""
    image = np.zeros((400, 320), np.uint16)
    image[:, :160] = 2000
    reduced = ImageReducer(CONFIG).reduce(image)
    return reduced, view_geometry(reduced.box, draw_parameters(20, "7", 0, CONFIG), CONFIG)


def test_the_places_inside_are_those_that_are_half_breast(half):
    """A left half of breast is the left half of the grid."""
    inside = inside_breast(*half, "mixed0")
    assert inside.shape == (22, 17)
    columns = inside.all(axis=0)
    assert np.array_equal(columns, inside.any(axis=0))
    assert np.flatnonzero(columns).tolist() == list(range(9))  # the last from 73.5 to 81.5 of 80


def test_a_view_without_breast_keeps_all_places():
    """There is no prediction without a place."""
    reduced = ImageReducer(CONFIG).reduce(np.zeros((400, 320), np.uint16))
    geometry = view_geometry(reduced.box, draw_parameters(20, "7", 0, CONFIG), CONFIG)
    assert inside_breast(reduced, geometry, "mixed0").all()


@pytest.mark.parametrize("mirrored", [False, True])
def test_views_are_read_back_one_by_one(half, tmp_path: Path, mirrored: bool):
    """Each view's rows, where they are, and what the views were made from."""
    reduced = replace(half[0], box=replace(half[0].box, mirrored=mirrored))
    first = np.array([[True, False], [True, True]])
    second = np.array([[False, True], [False, False]])
    features = np.arange(8, dtype=np.float16).reshape(4, 2)
    np.save(tmp_path / "7.npy", features)
    files = feature_files(tmp_path, ["7"])
    save_places(places_file(files["7"]), reduced, [first, second])
    with PlaceFeatures(files) as read:
        views = read.views(["7"])
        assert views == [View("7", 0), View("7", 1)]
        assert (read.channels, read.dtype) == (2, np.float16)
        assert read.lengths(views[::-1]).tolist() == [1, 3]
        found = [read.features_of(view) for view in views]
        assert np.array_equal(found[0], features[:3]) and np.array_equal(found[1], features[3:])
        assert read.places["7"].grid_of(0).tolist() == [[0, 0], [1, 0], [1, 1]]
        assert read.places["7"].region == reduced.box
