"""Randomness as a function of a key, never of order or of global state."""

import hashlib

import numpy as np


def key_seed(*key: int | str) -> int:
    """A 128-bit number that depends on every part of the key, on its type and on their order."""
    # A separator within a part is doubled: no two keys have one text.
    parts = (f"{type(part).__name__}:{part}".replace("\x1f", "\x1f\x1f") for part in key)
    text = "\x1f".join(parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])


def rng(*key: int | str) -> np.random.Generator:
    """A generator of its own for a key such as (seed, image id, view)."""
    return np.random.Generator(np.random.Philox(key_seed(*key)))
