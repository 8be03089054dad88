"""The quantised base: equalising is exact, the error of 8 bits is bounded, nothing is sent."""

import socket

import numpy as np
import pytest

from jobs.model import openvino_runtime
from jobs.model.graph import Concatenation, Convolution, Node, Pooling
from jobs.model.inception_v3 import read_network
from jobs.model.openvino_extractor import OpenVinoExtractor
from jobs.precision.quantise import _divisors, _ranges, equalise, measure, quantise
from tests.jobs.model.networks import model_of
from tests.processors import needs_int8

SIZE = (107, 91)
LAYER = "mixed3"  # has every kind of node, and a maximum that goes straight to the output


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


def error(features, reference):
    """The relative error of features, in the Euclidean norm."""
    return np.linalg.norm(features - reference) / np.linalg.norm(reference)


def test_equalising_is_exact(network, exact, views):
    """Channels that are divided and multiplied back give the same features, except for rounding."""
    peaks = measure(network, SIZE, [views]).peaks
    divisors = _divisors(network, peaks, _ranges(network, peaks))
    changed = openvino_runtime.compile_model(model_of(equalise(network, divisors), SIZE))(views)[0]
    assert error(changed, exact) > 0.1  # the maximum's channels are still divided
    assert error(changed * divisors[LAYER], exact) < 1e-5


@needs_int8
def test_features_of_8_bits_are_near(model_file, exact, views):
    """With random weights; the error is not smaller than rounding would make it, either."""
    features = OpenVinoExtractor(model_file).features(views)
    assert features.shape == exact.shape and features.dtype == np.float32
    assert 1e-3 < error(features, exact) < 0.08


@needs_int8
def test_features_do_not_depend_on_the_batch(model_file, views):
    """A view's features are the same bytes alone and in a batch."""
    extractor = OpenVinoExtractor(model_file)
    alone = [extractor.features(view[None]) for view in views]
    assert np.array_equal(extractor.features(views), np.concatenate(alone))


@needs_int8
def test_views_of_any_size(network, views, tmp_path):
    """Calibrated on views of several sizes, it gives each the same bytes alone and in a batch."""
    narrow = np.ascontiguousarray(views[:, :, :80])
    model = quantise(network, (None, None), [views[:4], narrow[4:]])
    openvino_runtime.write_model(model, tmp_path / "model.xml")
    extractor = OpenVinoExtractor(tmp_path / "model.xml")
    for given in (views, narrow, views):
        features = extractor.features(given)
        exact = openvino_runtime.compile_model(model_of(network, given.shape[1:3]))(given)[0]
        assert features.shape == exact.shape and error(features, exact) < 0.08
        assert np.array_equal(features[3:4], extractor.features(given[3:4]))


def test_outputs_that_are_read_together_have_one_range():
    """A maximum and a concatenation have the range of their inputs."""

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
    assert "d" not in ranges  # no convolution reads it


def test_nothing_is_sent(network, views, tmp_path, monkeypatch):
    """OpenVINO comes with a package that reports its use: nothing that is called here does."""

    def refuse(*arguments, **settings):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    path = tmp_path / "model.xml"
    openvino_runtime.write_model(quantise(network, SIZE, [views[:1]]), path)
    OpenVinoExtractor(path).features(views[:1])
