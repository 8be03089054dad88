"""Frozen Inception V3: views -> features.

Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jobs.common.errors import ConfigError
from jobs.common.keyed_rng import rng
from jobs.model import tf_runtime
from jobs.model.inception_v3 import Convolution, Network, Operation, Pooling, evaluate, read_network


class Backbone:
    """Inception V3 from its input up to one layer, with a checkpoint's weights, in TensorFlow."""

    def __init__(
        self,
        checkpoint: Path,
        layer: str,
        size: tuple[int, int],
        pooling: str = "none",
        precision: str = "float32",
        stored: str = "float32",
    ) -> None:
        """Builds the network for views of `size` (rows, columns).

        With `pooling` average, the output is the layer's mean over all places: h and w are 1.
        `precision` is what weights and values are rounded to, `stored` the dtype of the features.

        Raises:
            DataError: the checkpoint is not Inception V3's, or does not reach `layer`.
            ConfigError: this device does not compute in `precision`.
        """
        tf = tf_runtime.start()
        if precision == "float16" and tf_runtime.gpu() is None:
            raise ConfigError(
                "model.precision float16 is for GPUs: on a processor a view's features depend on "
                "its batch, and it is slower than float32; set float32, bfloat16, int8 or auto"
            )
        network = read_network(checkpoint, layer)
        function = tf.function(
            lambda views: tf.cast(forward(network, views, pooling, precision), stored),
            input_signature=[tf.TensorSpec((None, *size, 1), tf.float32)],
            autograph=False,
        )
        self._call = function.get_concrete_function()
        self.output_shape: tuple[int, int, int] = tuple(self._call.output_shapes[1:])
        self.gpu, self.device = tf_runtime.gpu(), tf_runtime.device()
        self.determinism: Mapping[str, object] = tf_runtime.determinism()
        if precision != "float32":
            self._require_supported(np.zeros((1, *size, 1), np.float32), precision)

    def features(self, views: Any) -> np.ndarray:
        """The layer's output.

        Args:
            views: (n, rows, columns, 1) float32 in [-1, 1]: an array, or a tensor that is handed
                over by DLPack.

        Returns:
            (n, *output_shape), in the dtype `stored`.
        """
        return self._call(tf_runtime.tensor(views)).numpy()

    def _require_supported(self, views: np.ndarray, precision: str) -> None:
        try:
            self.features(views)
        except tf_runtime.start().errors.OpError as error:
            raise ConfigError(
                f"model.precision {precision} is not for this device ({self.device}): set float32, "
                "or auto"
            ) from error


def forward(network: Network, views: Any, pooling: str = "none", precision: str = "float32") -> Any:
    """A network's output in TensorFlow, its weights as constants; with `pooling`, the mean of it.

    Weights and values are rounded to `precision`; the mean is taken in float32.

    Args:
        views: (n, rows, columns, channels) float32.

    Returns:
        (n, h, w, channels) float32; with `pooling` average, h and w are 1.
    """
    tf = tf_runtime.start()
    output = tf.cast(evaluate(network, tf.cast(views, precision), _apply), tf.float32)
    if pooling == "average":
        output = tf.reduce_mean(output, axis=(1, 2), keepdims=True)
    return output


def _apply(operation: Operation, inputs: Sequence[Any]) -> Any:
    """Carries out an operation in TensorFlow; weights are constants, which oneDNN packs once."""
    tf = tf_runtime.start()
    if isinstance(operation, Convolution):
        kind = inputs[0].dtype.as_numpy_dtype
        kernel, bias = (
            tf.constant(each.astype(kind)) for each in (operation.kernel, operation.bias)
        )
        products = tf.nn.conv2d(inputs[0], kernel, operation.strides, operation.padding)
        sums = tf.nn.bias_add(products, bias)
        if operation.average:
            sums = tf.nn.avg_pool2d(sums, operation.average, 1, "SAME")
        return tf.nn.relu(sums)
    if isinstance(operation, Pooling):
        return tf.nn.max_pool2d(inputs[0], operation.size, operation.strides, operation.padding)
    return tf.concat(inputs, axis=-1)


def write_random(path: Path, seed: int) -> None:
    """Writes a checkpoint of randomly initialised weights, the same bytes for the same seed.

    The kernels are drawn by He's rule (Delving Deep into Rectifiers, ICCV 2015) and the batch
    norms set on random clouds: Keras's own initial weights halve the signal at every layer, and
    unset batch norms let all images look alike after ninety.
    """
    keras = tf_runtime.start().keras
    keras.backend.clear_session()  # layers' names are counted on from earlier networks'
    network = keras.applications.InceptionV3(weights=None, include_top=False)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            shape = layer.kernel.shape
            deviation = np.float32(np.sqrt(2 / np.prod(shape[:3])))
            kernel = rng(seed, "weights", layer.name).standard_normal(shape, np.float32)
            layer.kernel.assign(kernel * deviation)
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0  # the statistics become those of the one batch that follows
    network(np.repeat(_clouds(seed), 3, axis=-1), training=True)
    tf_runtime.save_weights(network, path)


def _clouds(seed: int, count: int = 4, side: int = 299) -> np.ndarray:
    """Noise with the spectrum of mammograms (Burgess et al., Med. Phys. 28 (2001): 1 / f^3).

    Returns:
        (count, side, side, 1) float32 in [-1, 1], of differing brightness.
    """
    random = rng(seed, "clouds")
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side))
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(random.standard_normal((count, side, side))) / frequency**1.5
    clouds = np.fft.irfft2(spectrum, s=(side, side))
    clouds *= 1.0 / clouds.std(axis=(1, 2), keepdims=True)
    clouds += random.uniform(-1, 1, (count, 1, 1))
    return clouds.clip(-1, 1).astype(np.float32)[..., None]
