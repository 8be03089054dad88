"""The frozen base against Keras's own, with random and with real weights."""

import numpy as np
import pytest

from jobs.common.errors import ConfigError, DataError
from jobs.model import tf_runtime
from jobs.model.random_weights import write_random_weights
from jobs.model.tensorflow_extractor import TensorFlowExtractor

SIZE = (107, 91)
TOLERANCE = 1e-5  # folded batch norms and added kernels round otherwise; measured: 2e-6


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "random.h5"
    write_random_weights(path, seed=3)
    return path


@pytest.fixture(scope="module")
def views():
    return np.random.default_rng(0).uniform(-1, 1, (3, *SIZE, 1)).astype(np.float32)


def keras_output(weights, held, layer, views):
    """What keras.applications gives: the independent reference."""
    keras = tf_runtime.start().keras
    base = keras.applications.InceptionV3(
        weights=None, include_top=False, input_shape=(*views.shape[1:3], 3)
    )
    keras.Model(base.input, base.get_layer(held).output).load_weights(weights)
    model = keras.Model(base.input, base.get_layer(layer).output)
    return model(np.repeat(views, 3, axis=-1), training=False).numpy()


def error(features, reference):
    """The relative error of features, in the Euclidean norm."""
    return np.linalg.norm(features - reference) / np.linalg.norm(reference)


@pytest.mark.parametrize("layer", ["mixed2", "mixed10"])
def test_features_are_keras_own(checkpoint, views, layer, tmp_path):
    """One grey channel through our base is three equal ones through Keras's Inception V3."""
    theirs = tmp_path / "x.weights.h5"  # the ending by which Keras tells the format
    theirs.symlink_to(checkpoint)
    backbone = TensorFlowExtractor(checkpoint, layer, SIZE)
    features = backbone.features(views)
    assert features.shape == (3, *backbone.output_shape)
    assert error(features, keras_output(theirs, "mixed10", layer, views)) < TOLERANCE


def test_real_weights_up_to_mixed8_serve_an_earlier_layer(shared, views):
    """A checkpoint that has all layers up to the asked one will do."""
    weights = shared / "weights/inception_v3_notop_to_mixed8.h5"
    features = TensorFlowExtractor(weights, "mixed5", SIZE).features(views)
    assert error(features, keras_output(weights, "mixed8", "mixed5", views)) < TOLERANCE


def test_random_weights_are_the_same_bytes_for_the_same_seed(checkpoint, tmp_path):
    """A random checkpoint is a function of the seed, whatever networks were built before."""
    write_random_weights(tmp_path / "again.h5", seed=3)
    write_random_weights(tmp_path / "other.h5", seed=4)
    assert (tmp_path / "again.h5").read_bytes() == checkpoint.read_bytes()
    assert (tmp_path / "other.h5").read_bytes() != checkpoint.read_bytes()


def test_random_weights_tell_images_apart(checkpoint):
    """After ninety random layers, images still differ about as much as units within an image do.

    ImageNet's weights give 0.49 at mixed8 on mammograms; unset batch norms gave 0.16.
    """
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    ellipses = [np.hypot(x / a, y / b) < 50 for a, b in [(1, 1), (0.5, 1), (1, 0.3), (0.7, 0.7)]]
    images = np.stack(ellipses).astype(np.float32)[..., None] - 0.5
    features = TensorFlowExtractor(checkpoint, "mixed10", SIZE).features(images)
    assert features.std(axis=0).mean() / features.std() > 0.2
    assert np.abs(features).max() < np.finfo(np.float16).max


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_features_do_not_depend_on_the_batch(checkpoint, views, precision):
    """An image's features are the same bytes alone and in a batch."""
    backbone = TensorFlowExtractor(checkpoint, "mixed4", SIZE, precision=precision)
    together = backbone.features(views)
    assert np.array_equal(together, np.concatenate([backbone.features(v[None]) for v in views]))


def test_features_in_another_dtype_are_the_rounded_ones(checkpoint, views):
    """The same bytes as NumPy rounds them to."""
    whole = TensorFlowExtractor(checkpoint, "mixed1", SIZE).features(views)
    short = TensorFlowExtractor(checkpoint, "mixed1", SIZE, stored="float16").features(views)
    assert short.dtype == np.float16 and np.array_equal(short, whole.astype(np.float16))


def test_a_checkpoint_of_other_shapes_is_refused(checkpoint, tmp_path):
    """Inception V3's number of convolutions with another's shapes is named, not loaded."""
    import h5py

    broken = tmp_path / "broken.h5"
    broken.write_bytes(checkpoint.read_bytes())
    with h5py.File(broken, "r+") as file:
        del file["layers/conv2d_5/vars/0"]
        file["layers/conv2d_5/vars/0"] = np.zeros((1, 1, 5, 7), np.float32)
    with pytest.raises(DataError, match="shapes differ"):
        TensorFlowExtractor(broken, "mixed10", SIZE)


def test_float16_is_for_gpus(checkpoint):
    """On a processor a view's features would depend on its batch: that is refused."""
    with pytest.raises(ConfigError, match=r"model\.precision float16 is for GPUs"):
        TensorFlowExtractor(checkpoint, "mixed0", SIZE, precision="float16")
