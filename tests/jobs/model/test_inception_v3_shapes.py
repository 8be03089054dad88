"""Inception V3's convolutions as they are written down here, beside Keras's own model."""

import pytest

from jobs.config.sections import LAYERS
from jobs.model import tf_runtime
from jobs.model.inception_v3_shapes import CONVOLUTIONS, KERNELS, LISTED
from jobs.model.keras_files import layer_number


@pytest.fixture(scope="module")
def convolutions():
    """Keras's convolutions as its model lists them; each has its number of creation in its name."""
    keras = tf_runtime.start().keras
    keras.backend.clear_session()
    model = keras.applications.InceptionV3(weights=None, include_top=False)
    return [each for each in model.layers if isinstance(each, keras.layers.Conv2D)]


def test_the_shapes_are_keras_s(convolutions):
    """Every kernel has the shape that Keras creates it with."""
    created = sorted(convolutions, key=lambda each: layer_number(each.name))
    assert tuple(each.kernel.shape for each in created) == KERNELS


def test_the_order_is_keras_s(convolutions):
    """Files of Keras 3 are numbered as `model.layers` lists the layers."""
    assert tuple(layer_number(each.name) for each in convolutions) == LISTED


def test_a_layer_s_convolutions_are_those_before_it():
    """A model cut at a layer has so many convolutions, and the same order."""
    keras = tf_runtime.start().keras
    keras.backend.clear_session()
    base = keras.applications.InceptionV3(weights=None, include_top=False)
    for layer in LAYERS:
        cut = keras.Model(base.input, base.get_layer(layer).output)
        found = [each for each in cut.layers if isinstance(each, keras.layers.Conv2D)]
        assert tuple(layer_number(each.name) for each in found) == LISTED[: CONVOLUTIONS[layer]]
