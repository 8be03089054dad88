"""Random numbers from a key."""

import numpy as np
import pytest

from mammo_tfds.phantom.randomness import rng


def test_the_same_key_gives_the_same_numbers():
    """The numbers of a key are fixed, whatever was drawn before; a phantom never changes."""
    rng(1, "other").random(5)
    assert rng(20, "breast", 3).integers(1000, size=4).tolist() == [312, 818, 710, 301]


@pytest.mark.parametrize(
    ("seed", "key"), [(21, ("breast", 3)), (20, ("breast", 4)), (20, ("breast3",)), (20, ())]
)
def test_another_key_gives_other_numbers(seed: int, key: tuple[str | int, ...]):
    """Another seed or key gives other numbers."""
    assert not np.array_equal(rng(seed, *key).random(4), rng(20, "breast", 3).random(4))
