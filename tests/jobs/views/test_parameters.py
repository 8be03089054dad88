"""Which views an image has, and what is drawn for each of them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.config.names import TEST, fold_name
from jobs.config.sections import DataConfig, ViewsConfig
from jobs.config.study import Study
from jobs.views.elastic import CONTROL_POINTS
from jobs.views.parameters import draw_parameters, view_count, view_settings
from mammo_tfds.inbreast.tables import Image

CONFIG = ViewsConfig(size=(96, 80))


def test_view_zero_is_untouched():
    """View 0 has neutral parameters, whatever the seed and the image."""
    drawn = draw_parameters(7, "20586908", 0, CONFIG)
    assert drawn.crop == (0, 0, 0, 0)
    assert (drawn.flip, drawn.contrast, drawn.brightness) == (False, 1, 0)
    assert not drawn.noise.any()


@given(st.integers(0, 2**32 - 1), st.text("0123456789", min_size=1), st.integers(1, 26))
def test_parameters_are_a_function_of_their_key_and_in_range(seed, image_id, view):
    """The same key draws the same parameters, within what study.yaml allows."""
    first, again = (draw_parameters(seed, image_id, view, CONFIG) for _ in range(2))
    assert np.array_equal(first.noise, again.noise)
    assert (first.crop, first.flip, first.contrast) == (again.crop, again.flip, again.contrast)
    assert all(0 <= share <= CONFIG.crop for share in first.crop)
    assert abs(first.contrast - 1) <= CONFIG.contrast
    assert abs(first.brightness) <= CONFIG.brightness
    assert first.noise.std() <= CONFIG.noise * 1.1


def test_rotation_and_elastic_change_nothing_else_that_is_drawn():
    """They are within their ranges, and of view 0 not drawn at all."""
    turned = replace(CONFIG, rotation=10.0, elastic=0.05)
    angles = []
    for view in range(30):
        before, after = (draw_parameters(7, "1", view, config) for config in (CONFIG, turned))
        assert (before.crop, before.flip, before.brightness) == (
            *(after.crop, after.flip),
            after.brightness,
        )
        assert np.array_equal(before.noise, after.noise)
        assert (before.rotation, before.elastic) == (0.0, None)
        angles.append(after.rotation)
        if view:
            assert after.elastic.shape == CONTROL_POINTS and np.abs(after.elastic).max() <= 0.05
    assert draw_parameters(7, "1", 0, turned).elastic is None
    assert angles[0] == 0 and -10 <= min(angles) < -5 and 5 < max(angles) <= 10


def test_where_things_lie_does_not_depend_on_a_view_s_size():
    """With `views.frame` breast an image's views have a size of their own, its contours none."""
    turned = replace(CONFIG, rotation=10.0, elastic=0.05)
    one, other = (
        draw_parameters(7, "1", 3, replace(turned, size=size)) for size in ((96, 80), (96, 75))
    )
    assert (one.crop, one.flip, one.rotation) == (other.crop, other.flip, other.rotation)
    assert np.array_equal(one.elastic, other.elastic)


def test_settings_that_change_nothing_are_in_no_key():
    """So artifacts that were made before there were these settings keep their keys."""
    settings = view_settings(ViewsConfig())
    assert list(settings) == [
        *("size", "region", "window", "healthy", "sick"),
        *("flip", "crop", "contrast", "brightness", "noise"),
    ]
    used = {"select": "cc", "rotation": 5.0, "elastic": 0.02}
    assert view_settings(ViewsConfig(**used)) == {**settings, **used}


def test_another_view_image_or_seed_is_another_draw():
    """No two keys share their noise."""
    keys = [(1, "10", 1), (1, "10", 2), (2, "10", 1), (1, "11", 1), (1, "1", 1)]
    noises = [draw_parameters(*key, CONFIG).noise.tobytes() for key in keys]
    assert len(set(noises)) == len(keys)


@pytest.mark.parametrize(
    ("split", "birads", "count"),
    [(fold_name(0), "2", 3), (fold_name(1), "4b", 7), (TEST, "2", 1), (TEST, "5", 1)],
)
def test_how_many_views_an_image_has(split: str, birads: str, count: int):
    """As many as the study says for its class; one alone, the untouched, in the test set."""
    study = Study(data=DataConfig(folds=2), views=ViewsConfig(healthy=3, sick=7))
    image = Image(
        image_id="1",
        patient="0" * 16,
        side="L",
        view="CC",
        birads=birads,
        density=None,
        rows=10,
        columns=10,
        split=split,
        index=0,
        pixels_sha256="",
    )
    assert view_count(study, image) == count
