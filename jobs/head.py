"""What is trained on the features: the report's head."""

from typing import Any

from jobs import tf_runtime
from jobs.config import HeadConfig


def build_head(config: HeadConfig, shape: tuple[int, ...], seed: int) -> Any:
    """Convolution, max-pooling, ReLU, flatten, fully connected: features -> the logit of sick.

    Args:
        shape: (h, w, channels) of one view's features.
        seed: of the initial weights (Glorot uniform).

    Returns:
        A Keras model: (n, h, w, channels) float32 -> (n,) float32.
    """
    keras = tf_runtime.start().keras
    pool = min(config.pool, *shape[:2])
    initialiser = keras.initializers.GlorotUniform
    features = keras.Input(shape, name="features")
    outputs = keras.layers.Conv2D(
        config.filters,
        config.kernel,
        padding="same",
        kernel_initializer=initialiser(seed),
        name="convolution",
    )(features)
    outputs = keras.layers.MaxPooling2D(pool, name="max_pooling")(outputs)
    outputs = keras.layers.ReLU(name="relu")(outputs)
    outputs = keras.layers.Flatten(name="flatten")(outputs)
    outputs = keras.layers.Dense(
        1, kernel_initializer=initialiser(seed + 1), name="fully_connected"
    )(outputs)
    return keras.Model(features, outputs[:, 0], name="head")
