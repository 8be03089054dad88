"""Views that differ from one view in a window each: only what that changes is computed again.

Nakandala et al., Incremental and Approximate Inference for Faster Occlusion-based Deep CNN
Explanations, SIGMOD 2019, section 3. The result is that of the whole network, but for rounding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jobs.common.types import Array
from jobs.model import tf_runtime
from jobs.model.graph import Concatenation, Convolution, Network, Node, Pooling, compute

Values = Mapping[str, Array]
"""What each node makes of the unchanged view, (1, h, w, c), by its name; "" is the view."""


@dataclass(frozen=True)
class Windows:
    """What some changed views have in place of the unchanged one's values.

    Attributes:
        corners: (n, 2) int: (row, column) of each window's first place.
        values: (n, rows, columns, c): the windows are of one size.
    """

    corners: Array
    values: Array

    @property
    def ends(self) -> Array:
        """(n, 2) int: the (row, column) after each window's last place."""
        return self.corners + self.values.shape[1:3]

    def on(self, unchanged: Array) -> Array:
        """The whole of each view's values: (n, h, w, c)."""
        return self.cut(unchanged, np.zeros_like(self.corners), unchanged.shape[1:3], 0)

    def cut(self, unchanged: Array, corners: Array, size: Sequence[int], outside: float) -> Array:
        """Parts of the views' values, each at a corner of its own.

        Args:
            unchanged: (1, h, w, c).
            corners: (n, 2) int; may lie outside.
            size: (rows, columns) of each part.
            outside: the value of places that are not there.
        """
        parts = np.empty((len(corners), *size, unchanged.shape[-1]), unchanged.dtype)
        for part, corner, own, values in zip(
            parts, corners, self.corners, self.values, strict=True
        ):
            if (corner < 0).any() or (corner + size > unchanged.shape[1:3]).any():
                part.fill(outside)
            _paste(part, unchanged[0], -corner)
            _paste(part, values, own - corner)
        return parts


def recompute(network: Network, values: Values, windows: Windows) -> Windows:
    """What the network's output has in place of the unchanged view's.

    Args:
        network: a base: all its nodes have places.
        windows: of the views.
    """

    def again(node: Node, inputs: Sequence[Windows]) -> Windows:
        unchanged = [values[name] for name in node.inputs]
        side = np.array(values[node.name].shape[1:3])
        if isinstance(node.operation, Concatenation):
            return _join(inputs, unchanged, side)
        assert isinstance(node.operation, Convolution | Pooling)
        return _slide(node.operation, inputs[0], unchanged[0], side)

    changed = compute(network, windows, again)
    return changed[network[-1].name]


def _slide(
    operation: Convolution | Pooling, windows: Windows, unchanged: Array, side: Array
) -> Windows:
    """Where the operation's own window meets a changed one."""
    size, average = _reach(operation)
    stride, pad = np.array(operation.strides), np.zeros(2, int)
    if operation.padding == "SAME":
        needed = (side - 1) * stride + size - unchanged.shape[1:3]
        pad = np.maximum(needed, 0) // 2
    before, after = (average - 1) // 2, average // 2
    first = -((size - 1 - windows.corners - pad) // stride) - after
    last = (windows.ends - 1 + pad) // stride + before
    corners, wide = _fit(first, last + 1, side)
    made, count = corners - before, wide + before + after  # before an average
    taken = ((count - 1) * stride + size).tolist()
    if isinstance(operation, Pooling):
        part = windows.cut(unchanged, made * stride - pad, taken, -np.inf)
        return Windows(corners, _largest(operation, part))
    part = windows.cut(unchanged, made * stride - pad, taken, 0)
    down, across = (_inside(made[:, axis], count[axis], side[axis]) for axis in (0, 1))
    return Windows(corners, _convolve(operation, part, down[:, :, None] & across[:, None]))


def _reach(operation: Convolution | Pooling) -> tuple[Array, Array]:
    """(rows, columns) of the operation's window, and of the average after it."""
    if isinstance(operation, Pooling):
        return np.array(operation.size), np.array((1, 1))
    return np.array(operation.kernel.shape[:2]), np.array(operation.average or (1, 1))


def _convolve(operation: Convolution, part: Array, there: Array) -> Array:
    """Of parts with their padding. `there`: (n, rows, columns) 1 or 0: which places exist."""
    tf = tf_runtime.start()
    made = tf.nn.conv2d(part, operation.kernel, operation.strides, "VALID") + operation.bias
    if operation.average:
        mask = tf.constant(there[..., None].astype(part.dtype))
        pooled = [tf.nn.avg_pool2d(x, operation.average, 1, "VALID") for x in (made * mask, mask)]
        made = tf.math.divide_no_nan(*pooled)
    return (tf.nn.relu(made) if operation.relu else made).numpy()


def _largest(operation: Pooling, part: Array) -> Array:
    tf = tf_runtime.start()
    pooled = tf.nn.max_pool2d(tf.constant(part), operation.size, operation.strides, "VALID")
    return pooled.numpy()


def _join(inputs: Sequence[Windows], unchanged: Sequence[Array], side: Array) -> Windows:
    """A concatenation's windows hold those of all its inputs."""
    first = np.min([each.corners for each in inputs], axis=0)
    last = np.max([each.ends for each in inputs], axis=0)
    corners, size = _fit(first, last, side)
    parts = [w.cut(x, corners, size.tolist(), 0) for w, x in zip(inputs, unchanged, strict=True)]
    return Windows(corners, np.concatenate(parts, axis=-1))


def _fit(first: Array, end: Array, side: Array) -> tuple[Array, Array]:
    """Corners and one size of windows that hold [first, end), moved to where places are."""
    size = np.minimum((end - first).max(axis=0), side)
    return np.clip(first, 0, side - size), size


def _inside(first: Array, count: int, side: int) -> Array:
    """(n, count): whether each of `count` indices from `first` on is one of a side's."""
    index = first[:, None] + np.arange(count)
    return (index >= 0) & (index < side)


def _paste(into: Array, values: Array, corner: Array) -> None:
    """Writes what of `values` lies in `into`, if their corner is at `corner` there."""
    start = np.maximum(corner, 0)
    end = np.minimum(corner + values.shape[:2], into.shape[:2])
    if (end > start).all():
        (top, left), (bottom, right) = start, end
        (up, before), (down, after) = start - corner, end - corner
        into[top:bottom, left:right] = values[up:down, before:after]
