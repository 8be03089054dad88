"""The shapes of findings, and the contours around them."""

import numpy as np
import pytest

from mammo_tfds.phantom.anatomy import make_breast, make_frame
from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.shapes import (
    add_speck,
    cut_patch,
    draw_body,
    draw_spicules,
    make_outline,
    polar_points,
    trace_outline,
    trace_star,
)

EXPOSURE = Exposure("1", "0" * 16, 0, 0, 0, "L", "CC", "5", "5", 2, False, "201001")
BREAST = make_breast(1, EXPOSURE)
FRAME = make_frame(1, EXPOSURE, BREAST, (256, 208))
MIDDLE = (0.5, 0.3)


@pytest.fixture
def draw() -> np.random.Generator:
    return np.random.default_rng(1)


def circle(angle: np.ndarray) -> np.ndarray:
    return np.full(angle.shape, 0.1)


def test_a_patch_is_around_its_position():
    """The offsets of a patch are 0 at its position, and reach its radius."""
    patch = cut_patch(FRAME, MIDDLE, 0.1)
    assert np.hypot(patch.y, patch.x).min() < FRAME.pixel
    for offsets in (patch.y, patch.x):
        assert offsets.min() == pytest.approx(-0.1, abs=2 * FRAME.pixel)
        assert offsets.max() == pytest.approx(0.1, abs=2 * FRAME.pixel)
    np.testing.assert_allclose(FRAME.y[patch.window[0]] - patch.y[:, :1], 0.5, atol=1e-6)


def test_a_patch_is_clipped_to_the_image():
    """A patch at the border is smaller, and one outside is empty."""
    assert cut_patch(FRAME, (0.0, 0.0), 0.1).window == (slice(0, 27), slice(0, 27))
    assert cut_patch(FRAME, (3.0, 3.0), 0.1).y.size == 0


@pytest.mark.parametrize("irregular", [0.0, 0.2, 2.0])
def test_an_outline_is_closed(draw: np.random.Generator, irregular: float):
    """An outline has the period of a circle, stays within limits, and varies if irregular."""
    angles = np.linspace(0, 2 * np.pi, 100)
    outline = make_outline(0.1, irregular, draw)
    radii = outline(angles)
    np.testing.assert_allclose(outline(angles + 2 * np.pi), radii)
    assert 0.0399 < radii.min() <= radii.max() < 0.1801
    assert (np.ptp(radii) > 0.01) == (irregular > 0)


def test_a_body_is_bright_inside():
    """A body is brightest in its middle, 0.25 on its outline, and 0 far outside."""
    patch = cut_patch(FRAME, MIDDLE, 0.2)
    body = draw_body(patch, circle, softness=0.1)
    distance = np.hypot(patch.y, patch.x)
    assert body[distance < 0.02].min() > 0.95
    assert body[np.abs(distance - 0.1) < 0.002].mean() == pytest.approx(0.25, abs=0.02)
    assert body[distance > 0.15].max() < 0.001


def test_spicules_are_rays(draw: np.random.Generator):
    """Spicules are thin, reach further than the body, and have their angles and lengths."""
    patch = cut_patch(FRAME, MIDDLE, 0.3)
    rays, tips = draw_spicules(patch, FRAME, 0.1, draw)
    angles, lengths = tips.T
    assert np.all(np.diff(angles) > 0)
    assert np.all((lengths >= 0.12) & (lengths <= 0.24))
    distance = np.hypot(patch.y, patch.x)
    assert rays[distance > lengths.max()].max() < 0.05
    assert 0 < (rays[(distance > 0.08) & (distance < 0.12)] > 0.3).mean() < 0.4


@pytest.mark.parametrize("rows", [128, 256, 512])
def test_a_speck_adds_the_same_at_every_size(rows: int):
    """A calcification adds as much brightness at every resolution, 0.72 pi contrast radius^2."""
    frame = make_frame(1, EXPOSURE, BREAST, (rows, rows))
    added = np.zeros(frame.shape, np.float32)
    add_speck(added, frame, MIDDLE, radius=0.002, contrast=2.0)
    total = added.sum(dtype=np.float64) * frame.pixel**2
    assert total == pytest.approx(0.72 * np.pi * 2.0 * 0.002**2, rel=0.02)


def test_polar_points():
    """Angle 0 points to the right, and a right angle downwards."""
    points = polar_points(MIDDLE, np.array([0, np.pi / 2]), np.array([0.1, 0.2]))
    np.testing.assert_allclose(points, [(0.5, 0.4), (0.7, 0.3)])


def test_a_traced_outline_is_around_the_outline(draw: np.random.Generator):
    """A traced outline has the requested number of points, at about the requested distance."""
    points = trace_outline(MIDDLE, circle, 1.3, 40, draw)
    distance = np.hypot(*(points - MIDDLE).T)
    assert len(points) == 40
    np.testing.assert_allclose(distance, 0.13, atol=0.0021)
    assert np.ptp(distance) > 0.001


def test_a_star_goes_to_each_tip_and_back():
    """The contour of a spiculated region alternates between tips and body."""
    tips = np.array([(0.0, 0.4), (2.0, 0.6), (4.0, 0.5)])
    distance = np.hypot(*(trace_star(MIDDLE, circle, tips) - MIDDLE).T)
    np.testing.assert_allclose(distance, [0.3, 0.115, 0.45, 0.115, 0.375, 0.115])
