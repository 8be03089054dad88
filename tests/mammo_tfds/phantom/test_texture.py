"""Noise with the texture of breast tissue."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammo_tfds.phantom.texture import make_noise, make_web, sample_field
from tests.mammo_tfds.phantom.spectrum import exponent


@pytest.mark.parametrize("beta", [2.5, 3.0, 3.5])
def test_the_exponent(beta):
    """The exponent, measured as Burgess et al. do, is the requested one."""
    field = make_noise(1, "test", size=512, beta=beta)
    assert exponent(field, 512) == pytest.approx(beta, abs=0.15)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.integers(32, 200))
def test_mean_and_deviation(seed, size):
    """For any seed and size, the mean is 0 and the standard deviation 1."""
    field = make_noise(seed, size=size, beta=3.0)
    assert field.shape == (size, size)
    assert field.dtype == np.float32
    assert field.mean() == pytest.approx(0, abs=1e-3)
    assert field.std() == pytest.approx(1, abs=1e-3)


def test_noise_depends_on_the_key():
    """The same key gives the same noise; another key or seed gives another."""
    field = make_noise(1, "a", 2, size=64, beta=3.0)
    assert np.array_equal(field, make_noise(1, "a", 2, size=64, beta=3.0))
    for seed, key in ((2, ("a", 2)), (1, ("b", 2)), (1, ("a", 3)), (1, ("a2",))):
        other = make_noise(seed, *key, size=64, beta=3.0)
        assert abs(np.corrcoef(field.ravel(), other.ravel())[0, 1]) < 0.5


@pytest.mark.parametrize("larger", [192, 256, 300])
def test_a_larger_field_is_the_same_picture(larger):
    """A larger size adds detail and changes nothing else."""
    small = make_noise(1, size=128, beta=3.0)
    middles = (np.arange(128, dtype=np.float32) + 0.0) / 128
    seen = sample_field(make_noise(1, size=larger, beta=3.0), middles[:, None], middles[None, :])
    assert np.corrcoef(small.ravel(), seen.ravel())[0, 1] > 0.98


def test_a_web_is_thin_and_bright_where_the_noise_is_zero():
    """The web is 1 at the zero crossings of the noise, and most of it is dark."""
    strands = make_web(make_noise(1, size=128, beta=2.5, band=(6.0, 40.0)), 0.15)
    assert strands.max() == pytest.approx(1, abs=0.02)
    assert np.mean(strands > 0.5) < 0.25
    assert make_web(np.zeros((1, 1), np.float32), 0.1) == 1
