"""Inception V3's convolutions: their shapes, and the orders that checkpoints hold them in.

Source: keras/applications/inception_v3.py. Its model creates the convolutions of a block branch by
branch, and lists them by their distance from the output.
"""

from collections.abc import Iterator
from itertools import accumulate

from jobs.config.sections import LAYERS

Shape = tuple[int, int, int, int]
"""A kernel's: (rows, columns, channels in, channels out)."""

_STEM: tuple[Shape, ...] = (
    (3, 3, 3, 32),
    (3, 3, 32, 32),
    (3, 3, 32, 64),
    (1, 1, 64, 80),
    (3, 3, 80, 192),
)


def _block_35(given: int, pooled: int) -> tuple[Shape, ...]:
    """mixed0 to mixed2, of 35 x 35 places at 299 x 299."""
    return (
        (1, 1, given, 64),
        (1, 1, given, 48),
        (5, 5, 48, 64),
        (1, 1, given, 64),
        (3, 3, 64, 96),
        (3, 3, 96, 96),
        (1, 1, given, pooled),
    )


def _block_17(inner: int) -> tuple[Shape, ...]:
    """mixed4 to mixed7, of 17 x 17 places."""
    return (
        (1, 1, 768, 192),
        (1, 1, 768, inner),
        (1, 7, inner, inner),
        (7, 1, inner, 192),
        (1, 1, 768, inner),
        (7, 1, inner, inner),
        (1, 7, inner, inner),
        (7, 1, inner, inner),
        (1, 7, inner, 192),
        (1, 1, 768, 192),
    )


def _block_8(given: int) -> tuple[Shape, ...]:
    """mixed9 and mixed10, of 8 x 8 places."""
    return (
        (1, 1, given, 320),
        (1, 1, given, 384),
        (1, 3, 384, 384),
        (3, 1, 384, 384),
        (1, 1, given, 448),
        (3, 3, 448, 384),
        (1, 3, 384, 384),
        (3, 1, 384, 384),
        (1, 1, given, 192),
    )


_MIXED3: tuple[Shape, ...] = ((3, 3, 288, 384), (1, 1, 288, 64), (3, 3, 64, 96), (3, 3, 96, 96))
_MIXED8: tuple[Shape, ...] = (
    (1, 1, 768, 192),
    (3, 3, 192, 320),
    (1, 1, 768, 192),
    (1, 7, 192, 192),
    (7, 1, 192, 192),
    (3, 3, 192, 192),
)
_BLOCKS = (
    _STEM + _block_35(192, 32),
    _block_35(256, 64),
    _block_35(288, 64),
    _MIXED3,
    *(_block_17(inner) for inner in (128, 160, 160, 192)),
    _MIXED8,
    *(_block_8(given) for given in (1280, 2048)),
)

KERNELS: tuple[Shape, ...] = tuple(shape for block in _BLOCKS for shape in block)
"""The shape of each convolution's kernel, in the order of creation."""

CONVOLUTIONS: dict[str, int] = dict(
    zip(LAYERS, accumulate(len(block) for block in _BLOCKS), strict=True)
)
"""How many convolutions Inception V3 has from its input up to each layer."""

_LISTED_35 = (3, 1, 4, 0, 2, 5, 6)
_LISTED_17 = (4, 5, 1, 6, 2, 7, 0, 3, 8, 9)
_LISTED_8 = (4, 1, 5, 2, 3, 6, 7, 0, 8)
_LISTED = (
    tuple(range(len(_STEM))),
    *[_LISTED_35] * 3,
    (1, 2, 0, 3),
    *[_LISTED_17] * 4,
    (2, 3, 0, 4, 1, 5),
    *[_LISTED_8] * 2,
)


def _listed() -> Iterator[int]:
    start = 0
    for block in _LISTED:
        yield from (start + place for place in block)
        start += len(block)


LISTED: tuple[int, ...] = tuple(_listed())
"""Which convolution in the order of creation each one is that `model.layers` lists.

So are `.weights.h5` files numbered: Keras counts layers of a kind as it comes to them, whatever
their own names are. The batch norms are listed in the same order.
"""
