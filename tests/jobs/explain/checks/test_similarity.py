"""Similarity of maps: against scikit-image, and what it must not see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.explain.checks.similarity import (
    Drawn,
    compare_images,
    compare_maps,
    mean_similarity,
    ssim_map,
)

EVERYWHERE = np.ones((24, 32), bool)


def two_pictures() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:24, :32]
    first = (np.sin(y / 3) + 1) / 2 * (x / 31)
    return first, np.clip(first * 0.7 + 0.3 * (x % 5 == 0), 0, 1)


def test_it_is_the_ssim_of_scikit_image():
    """Golden: scikit-image 0.26.0, structural_similarity(gaussian_weights=True, sigma=1.5,
    use_sample_covariance=False, data_range=1.0, full=True)."""
    found = ssim_map(*two_pictures())
    assert found.mean() == pytest.approx(0.36626362069215634, abs=1e-9)
    assert found[0, 0] == pytest.approx(-0.029821628856816263, abs=1e-9)
    assert found[12, 7] == pytest.approx(0.1482556855419979, abs=1e-9)


def _map(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (24, 32)).astype(np.float32)


maps = st.integers(0, 2**32).map(_map)


@given(maps)
def test_a_map_is_like_itself_whatever_its_scale_and_sign(heatmap: np.ndarray):
    """Scale and sign do not count: the same places stand out."""
    found = compare_maps(heatmap, -3 * heatmap, EVERYWHERE)
    assert found == pytest.approx((1, 1), abs=1e-5)


@given(maps, maps)
def test_it_is_symmetric_and_bounded(one: np.ndarray, other: np.ndarray):
    """From -1 to 1, whichever map comes first."""
    found = compare_maps(one, other, EVERYWHERE)
    assert found == pytest.approx(compare_maps(other, one, EVERYWHERE), abs=1e-9)
    assert all(-1 - 1e-9 <= each <= 1 + 1e-9 for each in found)


def test_only_the_breast_counts():
    """Black background, alike in all maps, would make any two of them alike."""
    generator = np.random.default_rng(1)
    one, other = generator.random((2, 24, 32), np.float32)
    breast = np.zeros((24, 32), bool)
    breast[:, :12] = True
    whole = compare_maps(one * breast, other * breast, EVERYWHERE)
    inside = compare_maps(one * breast, other * breast, breast)
    assert whole.ssim > inside.ssim + 0.3
    assert whole.rank_correlation > inside.rank_correlation + 0.3


def test_a_map_without_any_difference_has_no_order():
    """A map of zeros is like no other; nothing is raised."""
    one = np.random.default_rng(2).random((24, 32), np.float32)
    assert compare_maps(one, np.zeros_like(one), EVERYWHERE).rank_correlation == 0


def test_maps_of_different_images_may_differ_in_size():
    """The second is brought to the first one's shape; where both have breast, they count."""
    generator = np.random.default_rng(3)
    first = Drawn(generator.random((24, 32), np.float32), EVERYWHERE)
    half = np.zeros((12, 16), bool)
    half[:, :8] = True
    smaller = first.heatmap[::2, ::2].repeat(2, axis=0).repeat(2, axis=1)
    same = compare_images(Drawn(smaller, EVERYWHERE), Drawn(smaller[::2, ::2], half))
    assert same.rank_correlation > 0.85
    other = Drawn(generator.random((30, 20), np.float32), np.ones((30, 20), bool))
    assert compare_images(first, other).ssim < 0.5


def test_nothing_has_no_mean():
    """None, and no warning."""
    assert mean_similarity([]) is None
