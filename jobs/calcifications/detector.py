"""The detector: a small convolutional network that tells calcifications from other bright spots.

Two convolutions of 9 x 9, and one weight for each channel of the last. It is applied to the
candidates' patches: on a whole image it would do the same work at each pixel.

Source: Luna-Lozoya et al., 2024, who tell patches of INbreast with calcifications from those
without by two such layers of 29,000 weights. Here the first one has a stride, so that a
calcification of more than a millimetre fits into what the second sees.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from jobs.common.types import Array

KERNEL = 9
CHANNELS = (16, 22)
STRIDE = 2
SHAPES = {
    "kernel1": (KERNEL, KERNEL, 1, CHANNELS[0]),
    "bias1": (CHANNELS[0],),
    "kernel2": (KERNEL, KERNEL, *CHANNELS),
    "bias2": (CHANNELS[1],),
    "weight": (CHANNELS[1],),
    "bias": (),
}
"""The shapes of the weights, 29,869 numbers; after both layers one position of a patch is left."""

_AT_ONCE = 200  # patches: what the first layer reads of them has 5 MB


@dataclass(frozen=True)
class Detector:
    """The weights, float32; see SHAPES."""

    kernel1: Array
    bias1: Array
    kernel2: Array
    bias2: Array
    weight: Array
    bias: Array

    def logits(self, patches: Array) -> Array:
        """How much each patch looks like a calcification.

        Args:
            patches: (n, PATCH, PATCH) float, normalised.

        Returns:
            (n,) float32 logits.
        """
        parts = [
            self._logits(patches[start : start + _AT_ONCE].astype(np.float32))
            for start in range(0, len(patches), _AT_ONCE)
        ]
        return np.concatenate([np.empty(0, np.float32), *parts])

    def arrays(self) -> Mapping[str, Array]:
        """The weights by their names."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def _logits(self, patches: Array) -> Array:
        windows = np.lib.stride_tricks.sliding_window_view(patches, (KERNEL, KERNEL), (1, 2))
        columns = windows[:, ::STRIDE, ::STRIDE].reshape(-1, KERNEL * KERNEL)
        first = np.maximum(columns @ self.kernel1.reshape(-1, CHANNELS[0]) + self.bias1, 0)
        second = first.reshape(len(patches), -1) @ self.kernel2.reshape(-1, CHANNELS[1])
        return np.maximum(second + self.bias2, 0) @ self.weight + self.bias
