"""The quantised base: equalising is exact, what 8 bits lose is bounded, and nothing is sent."""

import socket

import numpy as np
import pytest

from jobs.common.errors import ConfigError
from jobs.model import openvino_runtime
from jobs.model.graph import Concatenation, Convolution, Node, Pooling
from jobs.model.inception_v3 import read_network
from jobs.model.openvino_extractor import OpenVinoExtractor, apply, build_values, finish_model
from jobs.model.random_weights import write_random_weights
from jobs.model.tensorflow_extractor import TensorFlowExtractor
from jobs.precision.quantise import _divisors, _ranges, equalise, measure, quantise
from tests.processors import needs_int8

SIZE = (107, 91)
LAYER = "mixed3"  # has every kind of node, and a maximum that goes straight to the output


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "random.h5"
    write_random_weights(path, seed=3)
    return path


@pytest.fixture(scope="module")
def network(checkpoint):
    return read_network(checkpoint, LAYER)


@pytest.fixture(scope="module")
def views():
    """Eight smooth images of differing brightness."""
    y, x = np.mgrid[-1 : 1 : SIZE[0] * 1j, -1 : 1 : SIZE[1] * 1j]
    waves = [np.sin(a * x + b * y) + 0.3 * np.cos(9 * b * x) for a in (1, 4) for b in (1, 2, 3, 5)]
    return (np.stack(waves) / 1.3).astype(np.float32)[..., None]


@pytest.fixture(scope="module")
def exact(network, views):
    """The features in float32, by OpenVINO."""
    return openvino_runtime.compile_model(model_of(network, SIZE))(views)[0].copy()


@pytest.fixture(scope="module")
def model_file(network, views, tmp_path_factory):
    path = tmp_path_factory.mktemp("engine") / "model.xml"
    openvino_runtime.write_model(quantise(network, SIZE, [views[:4], views[4:]]), path)
    return path


def model_of(network, size):
    """The network as OpenVINO's model, in float32."""
    views, values = build_values(network, size, apply)
    return finish_model(views, values[network[-1].name])


def error(features, reference):
    """The relative error of features, in the Euclidean norm."""
    return np.linalg.norm(features - reference) / np.linalg.norm(reference)


def test_openvino_in_float32_is_tensorflow(checkpoint, exact, views):
    """The same network gives the same features, whichever library runs it."""
    assert error(exact, TensorFlowExtractor(checkpoint, LAYER, SIZE).features(views)) < 1e-5


def test_equalising_is_exact(network, exact, views):
    """Channels divided and multiplied back are the same features; rounding apart: 1e-7."""
    peaks = measure(network, SIZE, [views]).peaks
    divisors = _divisors(network, peaks, _ranges(network, peaks))
    changed = openvino_runtime.compile_model(model_of(equalise(network, divisors), SIZE))(views)[0]
    assert error(changed, exact) > 0.1  # the maximum's channels are still divided
    assert error(changed * divisors[LAYER], exact) < 1e-5


@needs_int8
def test_features_of_8_bits_are_near(model_file, exact, views):
    """The error of random weights' features, and it is no smaller than rounding makes it."""
    features = OpenVinoExtractor(model_file).features(views)
    assert features.shape == exact.shape and features.dtype == np.float32
    assert 1e-3 < error(features, exact) < 0.08


@needs_int8
def test_features_do_not_depend_on_the_batch(model_file, views):
    """A view's features are the same bytes alone and in a batch."""
    base = OpenVinoExtractor(model_file)
    together = base.features(views)
    assert np.array_equal(together, np.concatenate([base.features(view[None]) for view in views]))


@needs_int8
def test_pooled_features_are_the_mean_over_places(model_file, views):
    """With pooling average, h and w are 1."""
    whole, pooled = OpenVinoExtractor(model_file), OpenVinoExtractor(model_file, "average")
    assert pooled.output_shape == (1, 1, whole.output_shape[2])
    mean = whole.features(views).mean(axis=(1, 2), keepdims=True)
    assert np.allclose(pooled.features(views), mean, atol=1e-5)


@needs_int8
@pytest.mark.parametrize("pooling", ["none", "average"])
def test_features_in_another_dtype_are_the_rounded_ones(model_file, views, pooling):
    """The same bytes as NumPy rounds them to."""
    whole = OpenVinoExtractor(model_file, pooling).features(views)
    short = OpenVinoExtractor(model_file, pooling, "float16").features(views)
    assert short.dtype == np.float16 and np.array_equal(short, whole.astype(np.float16))


def test_what_is_read_together_has_one_range():
    """A maximum and a join are in the range of what they are made of."""

    def node(name, operation, *inputs):
        return Node(name, inputs, operation)

    one = Convolution(np.ones((1, 1, 1, 1), np.float32), np.zeros(1, np.float32), (1, 1), "SAME")
    network = (
        node("a", one, ""),
        node("b", one, "a"),
        node("c", one, "a"),
        node("joined", Concatenation(), "b", "c"),
        node("largest", Pooling((3, 3), (1, 1), "SAME"), "joined"),
        node("d", one, "largest"),
        node("output", Concatenation(), "d", "joined"),
    )
    peaks = {each.name: np.array([value]) for each, value in zip(network, range(1, 8), strict=True)}
    ranges = _ranges(network, peaks)
    assert ranges["a"] == 1
    assert ranges["b"] == ranges["c"] == ranges["joined"] == ranges["largest"] == 3
    assert "d" not in ranges  # nothing but the output is made of it


def test_an_old_processor_is_refused(tmp_path):
    """Where products of bytes overflow, int8 is exit 78, and no other numbers."""
    (tmp_path / "cpuinfo").write_text("flags : fpu avx2\n")
    with pytest.raises(ConfigError, match=r"model.precision int8 needs a processor with .*vnni"):
        openvino_runtime.require_int8(tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text("flags : fpu avx2 avx_vnni\n")
    openvino_runtime.require_int8(tmp_path / "cpuinfo")


def test_nothing_is_sent(network, views, tmp_path, monkeypatch):
    """OpenVINO comes with a package that reports its use: none of what we call does."""

    def refused(*arguments, **settings):
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(socket, "socket", refused)
    path = tmp_path / "model.xml"
    openvino_runtime.write_model(quantise(network, SIZE, [views[:1]]), path)
    OpenVinoExtractor(path).features(views[:1])
