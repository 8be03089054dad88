"""What is trained on the features: the report's head."""

from typing import Any

from jobs.common.errors import ConfigError
from jobs.config.study import HeadConfig
from jobs.model import tf_runtime


def build_head(config: HeadConfig, shape: tuple[int, ...], seed: int) -> Any:
    """Convolution, max-pooling, ReLU, flatten, fully connected: features -> the logit of sick.

    Args:
        shape: (h, w, channels) of one view's features.
        seed: of the initial weights (Glorot uniform).

    Returns:
        A Keras model: (n, h, w, channels) float32 -> (n,) float32.

    Raises:
        ConfigError: the kernel or the pool is larger than the features.
    """
    for name, value in (("kernel", config.kernel), ("pool", config.pool)):
        if value > min(shape[:2]):
            raise ConfigError(
                f"head.{name} must fit into the features, which are {shape[0]} x {shape[1]} at "
                f"this views.size and model.layer; got {value}"
            )
    keras = tf_runtime.start().keras
    initialiser = keras.initializers.GlorotUniform
    features = keras.Input(shape, name="features")
    outputs = _convolution(config, initialiser(seed))(features)
    outputs = keras.layers.MaxPooling2D(config.pool, name="max_pooling")(outputs)
    outputs = keras.layers.ReLU(name="relu")(outputs)
    outputs = keras.layers.Flatten(name="flatten")(outputs)
    outputs = keras.layers.Dense(
        1, kernel_initializer=initialiser(seed + 1), name="fully_connected"
    )(outputs)
    return keras.Model(features, outputs[:, 0], name="head")


def _convolution(config: HeadConfig, initialiser: Any) -> Any:
    layers = tf_runtime.start().keras.layers
    given = {"kernel_initializer": initialiser, "name": "convolution"}
    if config.kernel == 1:  # as a matrix product it is the same, and a step takes a quarter less
        return layers.Dense(config.filters, **given)
    return layers.Conv2D(config.filters, config.kernel, padding="same", **given)
