"""Randomness is a function of its key."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.common.keyed_rng import key_seed, rng

parts = st.integers() | st.text() | st.text("\x1f:strin0", max_size=6)
keys = st.lists(parts, max_size=4).map(tuple)


@given(keys, keys)
def test_other_keys_have_other_seeds(one: tuple, other: tuple):
    """Two keys have the same seed only if their parts, order and types are equal."""
    assert (key_seed(*one) == key_seed(*other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, 23), (12, 3)),
        ((1, 2), (2, 1)),
        ((1,), ("1",)),
        ((20, "a", 1), (20, "a")),
        (("a", "b"), ("a\x1fstr:b",)),
        (("a\x1f", "b"), ("a", "\x1fb")),
        ((), ("",)),
    ],
)
def test_keys_that_look_alike(one: tuple, other: tuple):
    """The same text, divided into other parts, is another key."""
    assert key_seed(*one) != key_seed(*other)


def test_a_seed_is_for_ever():
    """The same on every machine, in every process and version: features depend on it."""
    # printf 'int:20\x1fstr:view\x1fstr:20586908\x1fint:3' | sha256sum, the first half
    assert key_seed(20, "view", "20586908", 3) == 0x625EBFFE8784FB6A11FDF9B69AD5C443
    # Philox's own numbers: NumPy promises those of a bit generator, not those of distributions.
    assert rng(20, "view", "20586908", 3).bit_generator.random_raw() == 9752852602391466684


def test_a_generator_starts_anew():
    """A key's generator gives the same numbers each time, whatever was drawn in between."""
    first = rng(20, "view").standard_normal(5)
    np.random.default_rng(1).standard_normal(100)
    rng(20, "other").standard_normal(7)
    assert np.array_equal(rng(20, "view").standard_normal(5), first)
    assert not np.array_equal(rng(21, "view").standard_normal(5), first)


def test_generators_of_near_keys_are_independent():
    """The numbers of neighbouring views are not correlated."""
    drawn = np.array([rng(20, "view", number).standard_normal(2000) for number in range(8)])
    correlations = np.corrcoef(drawn)[np.triu_indices(8, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(2000)
