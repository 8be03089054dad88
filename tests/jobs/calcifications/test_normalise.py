"""The normalised image: its background, its noise, and what stands out of both."""

import numpy as np
import pytest

from jobs.calcifications.normalise import normalise


def noise(mean: float) -> np.ndarray:
    """(200, 200) uint16: an X-ray's noise, whose variance is proportional to its mean."""
    return np.random.default_rng(3).poisson(mean, (200, 200)).astype(np.uint16)


@pytest.mark.parametrize("mean", [500, 3000])
def test_dark_and_bright_tissue_have_the_same_noise(mean):
    """Mean 0 and standard deviation 1, whatever the tissue's brightness."""
    inner = normalise(noise(mean))[50:-50, 50:-50]
    assert inner.dtype == np.float32
    assert inner.mean() == pytest.approx(0, abs=0.02)
    assert inner.std() == pytest.approx(1, abs=0.03)


def test_a_slope_is_removed():
    """A background that rises over the image leaves no trace."""
    slope = np.linspace(0, 2000, 200)[:, np.newaxis]
    inner = normalise((noise(500) + slope).astype(np.uint16))[50:-50, 50:-50]
    assert np.abs(inner.mean(axis=1)).max() < 0.5


def test_air_is_finite():
    """Where all pixels are equal there is nothing to divide by."""
    assert not normalise(np.zeros((40, 30), np.uint16)).any()
