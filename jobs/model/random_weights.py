"""Randomly initialised weights of Inception V3, as a checkpoint."""

from pathlib import Path

import numpy as np

from jobs.common.keyed_rng import rng
from jobs.common.types import Array
from jobs.model import tf_runtime


def write_random_weights(path: Path, seed: int) -> None:
    """Writes a checkpoint of randomly initialised weights, the same bytes for the same seed.

    The kernels are drawn by He's rule (Delving Deep into Rectifiers, ICCV 2015), and the batch
    norms get the statistics of random clouds. Keras's own initial weights would halve the signal at
    every layer; with batch norms unset, all images look alike after ninety layers.
    """
    keras = tf_runtime.start().keras
    keras.backend.clear_session()  # otherwise the layers' numbers continue those of earlier models
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


def _clouds(seed: int, count: int = 4, side: int = 299) -> Array:
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
