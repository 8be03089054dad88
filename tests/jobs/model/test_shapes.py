"""The shape of features, without TensorFlow."""

import pytest

from jobs.config.sections import LAYERS, ModelConfig
from jobs.model.inception_v3 import keras_model
from jobs.model.shapes import feature_shape


@pytest.mark.parametrize("size", [(75, 75), (299, 299), (128, 104), (601, 500)])
def test_shapes_are_those_of_keras_own_network(size: tuple[int, int]):
    """Of every layer, at the smallest size, Inception V3's own, and uneven ones."""
    network = keras_model("mixed10", size)
    for layer in LAYERS:
        shape = tuple(network.get_layer(layer).output.shape[1:])
        assert feature_shape(size, ModelConfig(layer=layer)) == shape
        averaged = ModelConfig(layer=layer, pooling="average")
        assert feature_shape(size, averaged) == (1, 1, shape[2])
