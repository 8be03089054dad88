"""The shape of features and where they lie in a view, without TensorFlow."""

import numpy as np
import pytest

from jobs.config.sections import LAYERS, Layer, ModelConfig
from jobs.model.inception_v3 import keras_model
from jobs.model.shapes import feature_shape, layer_grid


@pytest.mark.parametrize("size", [(75, 75), (299, 299), (128, 104), (601, 500)])
def test_shapes_are_those_of_keras_own_network(size: tuple[int, int]):
    """Of every layer, at the smallest size, Inception V3's own, and uneven ones."""
    network = keras_model("mixed10", size)
    for layer in LAYERS:
        shape = tuple(network.get_layer(layer).output.shape[1:])
        assert feature_shape(size, ModelConfig(layer=layer)) == shape
        averaged = ModelConfig(layer=layer, pooling="average")
        assert feature_shape(size, averaged) == (1, 1, shape[2])


def _centres(layer: Layer, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(y of each row, x of each column) of a layer's places, by Keras's own network.

    Its convolutions hand on the middle of what they see. A ramp comes through as the places'
    coordinates, but that a maximum reaches one pixel of its input further: up a ramp as far as
    down its mirror image, so that the mean of both is the middle.
    """
    network = keras_model(layer, size)
    for each in network.layers:
        weights = each.get_weights()
        if type(each).__name__ == "Conv2D":
            (kernel,) = weights
            rows, columns, given, _ = kernel.shape
            kernel[:] = 0
            kernel[rows // 2, columns // 2] = 1 / given
            each.set_weights([kernel])
        elif type(each).__name__ == "BatchNormalization":
            beta, mean, variance = weights
            each.set_weights([0 * beta, 0 * mean, 0 * variance + 1 - each.epsilon])
    found = []
    for axis, length in enumerate(size):
        ramp = np.moveaxis(np.broadcast_to(np.arange(length) + 0.5, (size[1 - axis], length)), 1, 0)
        ramp = ramp if axis == 0 else ramp.T
        both = np.stack([ramp, length - ramp]).astype(np.float32)
        up, down = network(np.repeat(both[..., None], 3, axis=-1)).numpy().mean(axis=-1)
        found.append(((up + length - down) / 2).mean(axis=1 - axis))
    return found[0], found[1]


@pytest.mark.parametrize("layer", LAYERS)
def test_places_are_where_keras_own_network_has_them(layer: Layer):
    """A place's centre is the middle of what it sees in the view; a window missed shifts it by 1."""
    size = (299, 203)
    grid = layer_grid(size, layer)
    for centres, count in zip(_centres(layer, size), grid.shape, strict=True):
        expected = grid.offset + grid.stride * np.arange(count)
        assert len(centres) == count
        middle = slice(count // 3, -(count // 3))  # averages at the edges lack what lies beyond
        np.testing.assert_allclose(centres[middle], expected[middle], atol=0.2)
