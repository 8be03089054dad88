"""Inception V3 in TensorFlow, its weights frozen: views -> features.

Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from jobs.common.errors import ConfigError
from jobs.common.types import Array, Tensor
from jobs.config.sections import LEAST_SIDE, Size
from jobs.model import tf_runtime
from jobs.model.graph import (
    Convolution,
    Highest,
    Mean,
    Network,
    Node,
    Pooling,
    compute,
    output_name,
)
from jobs.model.inception_v3 import read_network


class TensorFlowExtractor:
    """Inception V3 from its input up to one layer, with a checkpoint's weights."""

    def __init__(
        self,
        checkpoint: Path,
        layer: str,
        size: Size,
        pooling: str = "none",
        precision: str = "float32",
        stored: str = "float32",
    ) -> None:
        """Builds the network for views of `size` (rows, columns); of any size where it is None.

        With `pooling` average, the output is the layer's mean over all places: h and w are 1.
        `precision` is what weights and values are rounded to, `stored` the dtype of the features.

        Raises:
            DataError: the checkpoint is not Inception V3's, or does not reach `layer`.
            ConfigError: this device does not compute in `precision`.
        """
        tf = tf_runtime.start()
        require_device(precision, tf_runtime.gpu() is not None)
        network = read_network(checkpoint, layer)
        function = tf.function(
            lambda views: tf.cast(forward(network, views, pooling, precision), stored),
            input_signature=[tf.TensorSpec((None, *size, 1), tf.float32)],
            autograph=False,
        )
        self._call = function.get_concrete_function()
        self.gpu, self.device = tf_runtime.gpu(), tf_runtime.device()
        self.determinism: Mapping[str, object] = tf_runtime.determinism()
        if precision != "float32":
            some = [side or LEAST_SIDE for side in size]
            self._require_supported(np.zeros((1, *some, 1), np.float32), precision)

    def features(self, views: Tensor) -> Array:
        """The layer's output.

        Args:
            views: (n, rows, columns, 1) float32 in [-1, 1]: an array, or a tensor that is handed
                over by DLPack.

        Returns:
            (n, h, w, channels), in the dtype `stored`.
        """
        return self._call(tf_runtime.tensor(views)).numpy()

    def _require_supported(self, views: Array, precision: str) -> None:
        try:
            self.features(views)
        except tf_runtime.start().errors.OpError as error:
            raise ConfigError(
                f"model.precision {precision} is not for this device ({self.device}): set float32, "
                "or auto"
            ) from error


def require_device(precision: str, gpu: bool) -> None:
    """Raises ConfigError for float16 where there is no GPU."""
    if precision == "float16" and not gpu:
        raise ConfigError(
            "model.precision float16 is for GPUs: on a processor a view's features depend on its "
            "batch, and it is slower than float32; set float32, bfloat16, int8 or auto"
        )


def forward(
    network: Network, views: Tensor, pooling: str = "none", precision: str = "float32"
) -> Tensor:
    """A network's output in TensorFlow, its weights as constants; with `pooling`, the mean of it.

    Weights and values are rounded to `precision`; the mean is taken in float32.

    Args:
        views: (n, rows, columns, channels) float32.

    Returns:
        (n, h, w, channels) float32; with `pooling` average, h and w are 1.
    """
    tf = tf_runtime.start()
    values = compute(network, tf.cast(views, precision), apply)
    output = tf.cast(values[output_name(network)], tf.float32)
    if pooling == "average":
        output = tf.reduce_mean(output, axis=(1, 2), keepdims=True)
    return output


def apply(node: Node, inputs: Sequence[Tensor]) -> Tensor:
    """Carries out an operation in TensorFlow; weights are constants, which oneDNN packs once."""
    tf = tf_runtime.start()
    operation = node.operation
    if isinstance(operation, Convolution):
        return _convolve(operation, inputs[0])
    if isinstance(operation, Pooling):
        return tf.nn.max_pool2d(inputs[0], operation.size, operation.strides, operation.padding)
    if isinstance(operation, Mean):
        return tf.reduce_mean(inputs[0], axis=(1, 2), keepdims=True)
    if isinstance(operation, Highest):
        values = tf.boolean_mask(inputs[0], operation.places, axis=1)
        highest, _ = tf.math.top_k(tf.transpose(values, (0, 2, 1)), operation.count)
        return tf.reduce_mean(highest, axis=-1)[:, None, None]
    return tf.concat(inputs, axis=-1)


def _convolve(convolution: Convolution, value: Tensor) -> Tensor:
    tf = tf_runtime.start()
    kind = value.dtype.as_numpy_dtype
    kernel, bias = (
        tf.constant(each.astype(kind)) for each in (convolution.kernel, convolution.bias)
    )
    products = tf.nn.conv2d(value, kernel, convolution.strides, convolution.padding)
    sums = tf.nn.bias_add(products, bias)
    if convolution.average:
        sums = tf.nn.avg_pool2d(sums, convolution.average, 1, "SAME")
    return tf.nn.relu(sums) if convolution.relu else sums
