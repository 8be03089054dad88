"""Frozen Inception V3: views -> features.

Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016.
"""

from pathlib import Path
from typing import Any

import numpy as np

from jobs import tf_runtime
from jobs.checkpoint import layer_number, read_checkpoint
from jobs.errors import DataError
from jobs.randomness import rng


class Backbone:
    """Inception V3 from its input up to one layer, with a checkpoint's weights."""

    def __init__(self, checkpoint: Path, layer: str, size: tuple[int, int]) -> None:
        """Builds the network for views of `size` (rows, columns).

        Raises:
            DataError: the checkpoint is not Inception V3's, or does not reach `layer`.
        """
        tf = tf_runtime.start()
        self._model = _load(checkpoint, layer, size)
        self.output_shape: tuple[int, int, int] = self._model.output_shape[1:]
        self._call = tf.function(self._forward, input_signature=[tf.TensorSpec((None, *size, 1))])

    def features(self, views: np.ndarray) -> np.ndarray:
        """The layer's output.

        Args:
            views: (n, rows, columns, 1) float32 in [-1, 1].

        Returns:
            (n, *output_shape) float32.
        """
        return self._call(views).numpy()

    def _forward(self, views: Any) -> Any:
        tf = tf_runtime.start()
        return self._model(tf.repeat(views, 3, axis=-1), training=False)


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


def _load(checkpoint: Path, layer: str, size: tuple[int, int]) -> Any:
    """The network up to `layer`, with the checkpoint's weights."""
    keras = tf_runtime.start().keras
    blocks = read_checkpoint(checkpoint)
    base = keras.applications.InceptionV3(weights=None, include_top=False, input_shape=(*size, 3))
    network = keras.Model(base.input, base.get_layer(layer).output)
    convolutions = _in_order_of_creation(network, keras.layers.Conv2D)
    norms = _in_order_of_creation(network, keras.layers.BatchNormalization)
    if len(convolutions) > len(blocks):
        raise DataError(f"{checkpoint}: must hold all layers up to {layer}; it ends before it")
    try:
        for block, convolution, norm in zip(blocks, convolutions, norms, strict=False):
            convolution.set_weights([block.kernel])
            norm.set_weights(block.norm)
    except ValueError as error:
        raise DataError(f"{checkpoint}: must be Inception V3's weights; shapes differ") from error
    network.trainable = False
    return network


def _in_order_of_creation(network: Any, kind: type) -> list[Any]:
    layers = [layer for layer in network.layers if isinstance(layer, kind)]
    return sorted(layers, key=lambda layer: layer_number(layer.name))
