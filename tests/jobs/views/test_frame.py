"""Frames: as large as the study says, or as an image's region needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.config.sections import ViewsConfig
from jobs.views.frame import fit, framed

sides = st.integers(1, 5000)
sizes = st.tuples(st.integers(75, 3000), st.integers(75, 3000))


@given(sides, sides, st.integers(1, 500), st.integers(1, 500))
def test_fit_fills_one_side_and_exceeds_none(height, width, rows, columns):
    """The fitted shape touches the model's size on one side, within it on the other."""
    _, (h, w) = fit((height, width), (rows, columns))
    assert 1 <= h <= rows and 1 <= w <= columns
    assert h == rows or w == columns


def test_a_fixed_frame_is_the_study_s_size():
    """Whatever the image, the settings are the study's own."""
    config = ViewsConfig(size=(1152, 896))
    assert framed(config, (1200, 500)) is config


@given(st.tuples(sides, sides), sizes)
def test_a_frame_holds_the_region_and_little_else(shape, size):
    """The region has its full scale; the frame is at most 16 pixels larger, never above `size`.

    Inception V3 has no output below 75 x 75: there the frame is larger than that.
    """
    config = ViewsConfig(size=size, frame="breast")
    own = framed(config, shape)
    scale, fitted = fit(shape, size)
    for side, frame, most in zip(fitted, own.size, size, strict=True):
        assert side <= frame <= most
        assert frame < max(side + 17, 81) and (frame % 16 == 0 or frame == most)
    assert fit(shape, own.size) == (pytest.approx(scale, rel=1e-12), fitted)
    assert framed(own, shape) == own
