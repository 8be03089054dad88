"""An image's maps come back from disk as they were, and lie where they did."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.config.sections import ViewsConfig
from jobs.explain.store import Explanation, explanation_file, read_explanation, to_bytes
from jobs.views.breast import Box
from jobs.views.geometry import ViewGeometry, view_geometry
from jobs.views.parameters import draw_parameters


@st.composite
def geometries(draw: st.DrawFn) -> ViewGeometry:
    """Untouched views of any part of an image, mirrored or not."""
    top, left = draw(st.integers(0, 120)), draw(st.integers(0, 100))
    bottom, right = draw(st.integers(top + 60, 300)), draw(st.integers(left + 60, 260))
    box = Box(top, left, bottom, right, draw(st.booleans()))
    config = ViewsConfig(size=(draw(st.integers(75, 400)), draw(st.integers(75, 400))))
    return view_geometry(box, draw_parameters(7, "7", 0, config), config)


@settings(max_examples=30)
@given(geometry=geometries(), seed=st.integers(0, 99))
def test_what_was_stored_lies_where_it_did(geometry: ViewGeometry, seed: int):
    """Each point of the view is the same of the image again, on a mirrored image's side, too."""
    rng = np.random.default_rng(seed)
    points = rng.random((5, 2)) * geometry.size[::-1]
    maps = {"grad_cam": rng.standard_normal(geometry.size).astype(np.float32)}
    with TemporaryDirectory() as name:
        folder = Path(name)
        content = to_bytes(Explanation("7", -1.5, geometry, maps))
        explanation_file(folder, "7").write_bytes(content)
        found = read_explanation(folder, "7")
    assert (found.image_id, found.logit) == ("7", -1.5)
    assert (found.geometry.size, found.geometry.region) == (geometry.size, geometry.region)
    assert (found.geometry.to_image(points) == geometry.to_image(points)).all()
    assert (found.maps["grad_cam"] == maps["grad_cam"]).all()


@pytest.mark.parametrize("mirrored", [False, True])
def test_left_is_left(mirrored: bool):
    """The view's first column is the region's first one, or its last one if it is mirrored."""
    config = ViewsConfig(size=(100, 100))
    box = Box(0, 50, 200, 250, mirrored)
    geometry = view_geometry(box, draw_parameters(7, "7", 0, config), config)
    with TemporaryDirectory() as name:
        explanation_file(Path(name), "7").write_bytes(to_bytes(Explanation("7", 1, geometry, {})))
        found = read_explanation(Path(name), "7").geometry
    assert found.to_image(np.array([[1.0, 1.0]])).tolist() == [[248 if mirrored else 52, 2]]
