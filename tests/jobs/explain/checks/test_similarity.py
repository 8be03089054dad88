"""Similarity of maps: against scikit-image, and what it must not see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.explain.checks.similarity import (
    Drawn,
    compare_maps,
    compare_random_pairs,
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


def test_random_pairs_are_of_different_images_of_any_size():
    """Each pair once in each order, no more than there are; the maps' sizes may differ."""
    generator = np.random.default_rng(3)
    maps = [
        Drawn(generator.random(shape, np.float32), np.ones(shape, bool))
        for shape in ((24, 32), (30, 20), (24, 32))
    ]
    found = compare_random_pairs(maps, 50, seed=20)
    assert len(found) == 6
    assert all(each.ssim < 0.5 for each in found)
    assert len(compare_random_pairs(maps, 4, seed=20)) == 4
    assert mean_similarity(compare_random_pairs(maps[:1], 50, seed=20)) is None
