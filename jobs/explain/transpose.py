"""The transposed linear part of each operation: what its gradient is, ReLUs left aside.

Largest and highest values are linear once their places are chosen; those of the forward pass are.
"""

from collections.abc import Sequence

from jobs.common.types import Array, Tensor
from jobs.model import tf_runtime
from jobs.model.graph import Concatenation, Convolution, Highest, Mean, Node, Pooling


def transpose(
    node: Node, inputs: Sequence[Tensor], output: Tensor, relevance: Tensor
) -> Sequence[Tensor]:
    """What each input of a node gets of what its output has.

    Args:
        node: whose operation is transposed.
        inputs: the node's inputs in the forward pass, (n, h, w, c) each.
        output: its output in the forward pass.
        relevance: what is sent back, of the output's shape.

    Returns:
        one tensor for each input, of its shape.
    """
    tf = tf_runtime.start()
    operation, value = node.operation, inputs[0]
    if isinstance(operation, Convolution):
        return [transpose_convolution(operation, tf.shape(value), relevance)]
    if isinstance(operation, Pooling):
        return [_switch(operation, value, output, relevance)]
    if isinstance(operation, Highest):
        return [highest_shares(operation, value) * relevance]
    if isinstance(operation, Mean):
        shape = tf.shape(value)
        count = tf.cast(shape[1] * shape[2], relevance.dtype)
        return [tf.broadcast_to(relevance / count, shape)]
    assert isinstance(operation, Concatenation)
    return tf.split(relevance, [each.shape[-1] for each in inputs], axis=-1)


def transpose_convolution(
    convolution: Convolution,
    shape: Sequence[int] | Tensor,
    relevance: Tensor,
    kernel: Array | Tensor | None = None,
) -> Tensor:
    """A transposed convolution, after its transposed average if it has one.

    Args:
        shape: of the convolution's input, (n, h, w, channels).
        relevance: of its output's shape.
        kernel: another kernel in place of its own, of the same shape.
    """
    tf = tf_runtime.start()
    used = convolution.kernel if kernel is None else kernel
    used = tf.cast(used, relevance.dtype)
    if convolution.average:
        relevance = _transpose_average(convolution.average, relevance)
    strides, padding = convolution.strides, convolution.padding
    return tf.nn.conv2d_transpose(relevance, used, shape, strides, padding)


def highest_shares(operation: Highest, value: Tensor) -> Tensor:
    """The share of each value in the mean of the highest: 1 / count or 0, (n, h, w, c)."""
    tf = tf_runtime.start()
    places = tf.where(tf.reshape(operation.places, (-1,)))[:, 0]
    n, rows, columns, channels = tf.unstack(tf.shape(value))
    values = tf.gather(tf.reshape(value, (n, rows * columns, channels)), places, axis=1)
    _, chosen = tf.math.top_k(tf.transpose(values, (0, 2, 1)), operation.count)
    hot = tf.one_hot(tf.gather(places, chosen), rows * columns, dtype=value.dtype)
    shares = tf.reduce_mean(hot, axis=2)
    return tf.reshape(tf.transpose(shares, (0, 2, 1)), tf.shape(value))


def _switch(operation: Pooling, value: Tensor, output: Tensor, relevance: Tensor) -> Tensor:
    """Each window's relevance at the place of its largest value."""
    tf = tf_runtime.start()
    return tf.raw_ops.MaxPoolGrad(
        orig_input=value,
        orig_output=output,
        grad=relevance,
        ksize=(1, *operation.size, 1),
        strides=(1, *operation.strides, 1),
        padding=operation.padding,
    )


def _transpose_average(window: tuple[int, int], relevance: Tensor) -> Tensor:
    tf = tf_runtime.start()
    return tf.raw_ops.AvgPoolGrad(
        orig_input_shape=tf.shape(relevance),
        grad=relevance,
        ksize=(1, *window, 1),
        strides=(1, 1, 1, 1),
        padding="SAME",
    )
