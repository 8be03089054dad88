"""The report's head: convolution, max-pooling, ReLU, flatten, fully connected."""

from typing import Any

from jobs.common.errors import ConfigError
from jobs.common.types import Array
from jobs.config.sections import HeadConfig
from jobs.model import tf_runtime
from jobs.model.graph import INPUT, Convolution, Network, Node, Pooling
from jobs.model.tf_runtime import Layer, Model


def build_head(config: HeadConfig, shape: tuple[int, ...], seed: int) -> Model:
    """Convolution, max-pooling, ReLU, flatten, fully connected: features -> the logit of sick.

    Args:
        shape: (h, w, channels) of one view's features.
        seed: of the initial weights (Glorot uniform).

    Returns:
        A Keras model: (n, h, w, channels) float32 -> (n,) float32.

    Raises:
        ConfigError: the kernel or the pool is larger than the features.
    """
    require_fit(config, shape)
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


def require_fit(config: HeadConfig, shape: tuple[int, ...]) -> None:
    """Raises ConfigError where the kernel or the pool is larger than features of `shape`."""
    for name, value in (("kernel", config.kernel), ("pool", config.pool)):
        if value > min(shape[:2]):
            raise ConfigError(
                f"head.{name} must fit into the features, which are {shape[0]} x {shape[1]} at "
                f"this views.size and model.layer; got {value}"
            )


def _convolution(config: HeadConfig, initialiser: Any) -> Layer:
    layers = tf_runtime.start().keras.layers
    settings = {"kernel_initializer": initialiser, "name": "convolution"}
    if config.kernel == 1:  # a matrix product gives the same, and a step takes a quarter less time
        return layers.Dense(config.filters, **settings)
    return layers.Conv2D(config.filters, config.kernel, padding="same", **settings)


def head_network(head: Model) -> Network:
    """The head as plain operations: features (n, h, w, channels) -> the logit, (n, 1, 1, 1).

    The ReLU comes before the pooling, which is the same: the largest value's ReLU is the largest of
    the values' ReLUs.
    """
    convolution, fully_connected = (
        head.get_layer(name) for name in ("convolution", "fully_connected")
    )
    _, rows, columns, filters = head.get_layer("max_pooling").output.shape
    kernel = convolution.kernel.numpy()
    if kernel.ndim == 2:
        kernel = kernel[None, None]
    weights = fully_connected.kernel.numpy().reshape(rows, columns, filters, 1)
    window = head.get_layer("max_pooling").pool_size
    return (
        Node("head_convolution", (INPUT,), _operation(kernel, convolution, "SAME", relu=True)),
        Node("head_pooling", ("head_convolution",), Pooling(window, window, "VALID")),
        Node("logit", ("head_pooling",), _operation(weights, fully_connected, "VALID", relu=False)),
    )


def _operation(kernel: Array, layer: Layer, padding: str, *, relu: bool) -> Convolution:
    return Convolution(kernel, layer.bias.numpy(), (1, 1), padding, relu=relu)
