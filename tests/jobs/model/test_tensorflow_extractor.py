"""The extractor in TensorFlow against Keras's own Inception V3."""

import numpy as np
import pytest

from jobs.common.errors import ConfigError
from jobs.model import tf_runtime
from jobs.model.tensorflow_extractor import TensorFlowExtractor

SIZE = (107, 91)
TOLERANCE = 1e-5  # folded batch norms and added kernels round differently; 2e-6 was measured


@pytest.fixture(scope="module")
def views():
    return np.random.default_rng(0).uniform(-1, 1, (3, *SIZE, 1)).astype(np.float32)


def keras_output(weights, last_layer, layer, views):
    """The output of Keras's own model, by weights that end with `last_layer`: the reference."""
    keras = tf_runtime.start().keras
    base = keras.applications.InceptionV3(
        weights=None, include_top=False, input_shape=(*views.shape[1:3], 3)
    )
    keras.Model(base.input, base.get_layer(last_layer).output).load_weights(weights)
    model = keras.Model(base.input, base.get_layer(layer).output)
    return model(np.repeat(views, 3, axis=-1), training=False).numpy()


def error(features, reference):
    """The relative error of features, in the Euclidean norm."""
    return np.linalg.norm(features - reference) / np.linalg.norm(reference)


@pytest.mark.parametrize("layer", ["mixed2", "mixed10"])
def test_features_equal_those_of_keras(checkpoint, views, layer, tmp_path):
    """One grey channel gives what three equal channels give in Keras's model."""
    keras_weights = tmp_path / "x.weights.h5"  # Keras recognises the format by this ending
    keras_weights.symlink_to(checkpoint)
    extractor = TensorFlowExtractor(checkpoint, layer, SIZE)
    features = extractor.features(views)
    assert error(features, keras_output(keras_weights, "mixed10", layer, views)) < TOLERANCE


def test_real_weights_up_to_mixed8_serve_an_earlier_layer(shared, views):
    """A checkpoint may have more layers than are needed."""
    weights = shared / "weights/inception_v3_notop_to_mixed8.h5"
    features = TensorFlowExtractor(weights, "mixed5", SIZE).features(views)
    assert error(features, keras_output(weights, "mixed8", "mixed5", views)) < TOLERANCE


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_features_do_not_depend_on_the_batch(checkpoint, views, precision):
    """An image's features are the same bytes alone and in a batch."""
    extractor = TensorFlowExtractor(checkpoint, "mixed4", SIZE, precision=precision)
    together = extractor.features(views)
    assert np.array_equal(together, np.concatenate([extractor.features(v[None]) for v in views]))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_views_of_any_size_have_the_features_of_that_size(checkpoint, views, precision):
    """The same bytes as from a network of that size alone, in any order; traced once."""
    every = TensorFlowExtractor(checkpoint, "mixed4", (None, None), precision=precision)
    wide, narrow = views, np.ascontiguousarray(views[:, :, :80])
    found = [every.features(each) for each in (wide, narrow, wide)]
    for given, features in zip((wide, narrow, wide), found, strict=True):
        size = given.shape[1:3]
        alone = TensorFlowExtractor(checkpoint, "mixed4", size, precision=precision)
        assert np.array_equal(features, alone.features(given))
        assert np.array_equal(features[1:2], every.features(given[1:2]))


def test_features_in_another_dtype_are_the_rounded_ones(checkpoint, views):
    """They have the bytes that NumPy's rounding gives."""
    whole = TensorFlowExtractor(checkpoint, "mixed1", SIZE).features(views)
    short = TensorFlowExtractor(checkpoint, "mixed1", SIZE, stored="float16").features(views)
    assert short.dtype == np.float16 and np.array_equal(short, whole.astype(np.float16))


def test_float16_is_for_gpus(checkpoint):
    """On a processor a view's features would depend on its batch: that is refused."""
    with pytest.raises(ConfigError, match=r"model\.precision float16 is for GPUs"):
        TensorFlowExtractor(checkpoint, "mixed0", SIZE, precision="float16")
