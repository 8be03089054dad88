"""The shape of features and where they lie in a view, without TensorFlow."""

import numpy as np
import pytest

from jobs.config.sections import LAYERS, ModelConfig
from jobs.model import tf_runtime
from jobs.model.inception_v3 import keras_model
from jobs.model.shapes import feature_shape, layer_grid
from jobs.model.tf_runtime import Model


@pytest.mark.parametrize("size", [(75, 75), (299, 299), (128, 104), (601, 500)])
def test_shapes_are_those_of_keras_own_network(size: tuple[int, int]):
    """Of every layer, at the smallest size, Inception V3's own, and uneven ones."""
    network = keras_model("mixed10", size)
    for layer in LAYERS:
        shape = tuple(network.get_layer(layer).output.shape[1:])
        assert feature_shape(size, ModelConfig(layer=layer)) == shape
        averaged = ModelConfig(layer=layer, pooling="average")
        assert feature_shape(size, averaged) == (1, 1, shape[2])


def _centres(network: Model, size: tuple[int, int], axis: int) -> list[np.ndarray]:
    """The places' centres along an axis, of each of LAYERS, by Keras's own network.

    Its convolutions hand on the middle of what they see. A ramp comes through as the places'
    coordinates, but that a maximum reaches one pixel of its input further: up a ramp as far as
    down its mirror image, so that the mean of both is the middle.
    """
    ramp = np.broadcast_to(np.arange(size[axis]) + 0.5, (size[1 - axis], size[axis]))
    ramp = ramp.T if axis == 0 else ramp
    both = np.stack([ramp, size[axis] - ramp]).astype(np.float32)
    outputs = network(np.repeat(both[..., None], 3, axis=-1))
    means = (output.numpy().mean(axis=(2 - axis, 3)) for output in outputs)
    return [(up + size[axis] - down) / 2 for up, down in means]


def _hand_on(network: Model) -> None:
    """Gives each convolution the kernel that averages the channels of the pixel in its middle."""
    for each in network.layers:
        weights = each.get_weights()
        if type(each).__name__ == "Conv2D":
            kernel = np.zeros_like(weights[0])
            kernel[kernel.shape[0] // 2, kernel.shape[1] // 2] = 1 / kernel.shape[2]
            each.set_weights([kernel])
        elif type(each).__name__ == "BatchNormalization":
            beta, mean, variance = (np.zeros_like(one) for one in weights)
            each.set_weights([beta, mean, variance + 1 - each.epsilon])


def test_places_are_where_keras_own_network_has_them():
    """A place's centre is the middle of what it sees; a window left out would shift it by 1."""
    size = (299, 203)
    network = keras_model("mixed10", size)
    _hand_on(network)
    outputs = [network.get_layer(layer).output for layer in LAYERS]
    every = tf_runtime.start().keras.Model(network.input, outputs)
    for axis in (0, 1):
        for layer, centres in zip(LAYERS, _centres(every, size, axis), strict=True):
            grid = layer_grid(size, layer)
            count = grid.shape[axis]
            expected = grid.offset + grid.stride * np.arange(count)
            middle = slice(count // 3, -(count // 3))  # an average at an edge lacks what is beyond
            assert len(centres) == count
            np.testing.assert_allclose(centres[middle], expected[middle], atol=0.4, err_msg=layer)
