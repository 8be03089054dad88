"""Units: one channel of one node, at all its places."""

from typing import NamedTuple

import numpy as np

from jobs.common.types import Array, Tensor
from jobs.explain.forward import Forward
from jobs.model import tf_runtime


class Unit(NamedTuple):
    """A channel of a node.

    Attributes:
        node: the node's name.
        channel: from 0.

    Examples:
        >>> str(Unit("mixed7", 31))
        'mixed7/31'
    """

    node: str
    channel: int

    def __str__(self) -> str:
        return f"{self.node}/{self.channel}"


def unit_map(forward: Forward, unit: Unit) -> Array:
    """A unit's values at its places: (h, w) float32."""
    return forward.values[unit.node].numpy()[0, ..., unit.channel]


def unit_relevance(forward: Forward, unit: Unit) -> Tensor:
    """The unit's value at the place where it is highest, 0 elsewhere: of its node's shape."""
    values = forward.values[unit.node].numpy()
    row, column = np.unravel_index(np.argmax(values[0, ..., unit.channel]), values.shape[1:3])
    kept = np.zeros_like(values)
    place = (0, row, column, unit.channel)
    kept[place] = values[place]
    return tf_runtime.start().constant(kept)
