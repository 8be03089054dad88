"""The patches that a detector is trained on: of calcifications, and of what looks like them."""

from dataclasses import dataclass

import numpy as np

from jobs.common.types import Array

_MOST = 4000
"""Calcifications in an epoch at most, drawn anew for each one: INbreast has 6,880."""

_NEGATIVES = 3
"""Other patches for each calcification."""


@dataclass(frozen=True)
class Examples:
    """Labelled patches of one half of the training patients.

    Attributes:
        positive: (p, PATCH, PATCH) float16: calcifications.
        negative: (n, PATCH, PATCH) float16: the others.
    """

    positive: Array
    negative: Array

    def draw(self, generator: np.random.Generator, hard: Array | None) -> tuple[Array, Array]:
        """An epoch's patches in a random order, each flipped and turned at random.

        Args:
            hard: positions of the negatives that an earlier detector took for calcifications; half
                of an epoch's are drawn among them.

        Returns:
            (m, PATCH, PATCH) float32, and (m,) float32 labels.
        """
        count = min(_MOST, len(self.positive))
        positive = self.positive[generator.choice(len(self.positive), count, replace=False)]
        wanted = min(_NEGATIVES * count, len(self.negative))
        chosen = generator.choice(len(self.negative), wanted, replace=False)
        if hard is not None and len(hard):
            chosen[: wanted // 2] = generator.choice(hard, wanted // 2)
        patches = np.concatenate([positive, self.negative[chosen]]).astype(np.float32)
        labels = np.repeat(np.array([1, 0], np.float32), [count, wanted])
        order = generator.permutation(len(patches))
        return _turn(patches[order], generator), labels[order]

    def find_hard(self, logits: Array) -> Array:
        """The positions of the negatives with the largest logits, as many as an epoch's are."""
        return np.argsort(-logits, kind="stable")[: _NEGATIVES * min(_MOST, len(self.positive))]


def _turn(patches: Array, generator: np.random.Generator) -> Array:
    """Each patch in one of its eight orientations: (m, PATCH, PATCH), a new array."""
    turned = patches.copy()
    orientation = generator.integers(8, size=len(patches))
    for number in range(8):
        these = orientation == number
        some = np.rot90(patches[these], number % 4, axes=(1, 2))
        turned[these] = some[:, :, ::-1] if number >= 4 else some
    return turned
