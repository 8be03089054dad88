"""The extractor in OpenVINO, with a model that is not quantised: tests/jobs/precision has those."""

import numpy as np
import pytest

from jobs.model import openvino_runtime
from jobs.model.inception_v3 import read_network
from jobs.model.openvino_extractor import OpenVinoExtractor
from jobs.model.tensorflow_extractor import TensorFlowExtractor
from tests.jobs.model.networks import model_of
from tests.processors import needs_int8

SIZE = (107, 91)
LAYER = "mixed2"


@pytest.fixture(scope="module")
def views():
    return np.random.default_rng(0).uniform(-1, 1, (3, *SIZE, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def model_file(checkpoint, tmp_path_factory):
    path = tmp_path_factory.mktemp("engine") / "model.xml"
    openvino_runtime.write_model(model_of(read_network(checkpoint, LAYER), SIZE), path)
    return path


@needs_int8
def test_features_in_float32_are_tensorflow_s(checkpoint, model_file, views):
    """The same network gives the same features, whichever library computes it."""
    features = OpenVinoExtractor(model_file).features(views)
    reference = TensorFlowExtractor(checkpoint, LAYER, SIZE).features(views)
    assert features.shape == reference.shape
    assert np.linalg.norm(features - reference) < 1e-5 * np.linalg.norm(reference)


@needs_int8
def test_pooled_features_are_the_mean_over_places(model_file, views):
    """With pooling average, h and w are 1."""
    whole, pooled = OpenVinoExtractor(model_file), OpenVinoExtractor(model_file, "average")
    mean = whole.features(views).mean(axis=(1, 2), keepdims=True)
    features = pooled.features(views)
    assert features.shape == mean.shape and np.allclose(features, mean, atol=1e-5)


@needs_int8
@pytest.mark.parametrize("pooling", ["none", "average"])
def test_features_in_another_dtype_are_the_rounded_ones(model_file, views, pooling):
    """They have the bytes that NumPy's rounding gives."""
    whole = OpenVinoExtractor(model_file, pooling).features(views)
    short = OpenVinoExtractor(model_file, pooling, "float16").features(views)
    assert short.dtype == np.float16 and np.array_equal(short, whole.astype(np.float16))
