"""Random numbers as a function of a key, never of order or of global state."""

import hashlib

import numpy as np

Key = str | int


def rng(seed: int, *key: Key) -> np.random.Generator:
    """The generator that belongs to (seed, key...), the same in any thread, order or process."""
    digest = hashlib.sha256(repr((seed, *key)).encode()).digest()
    # SFC64 is NumPy's fastest bit generator, and fields of noise are half of a phantom's cost.
    return np.random.Generator(np.random.SFC64(int.from_bytes(digest)))
