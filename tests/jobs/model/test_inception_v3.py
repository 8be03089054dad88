"""Inception V3 as plain operations: where it can be split, and which checkpoints are refused."""

import numpy as np
import pytest

from jobs.common.errors import DataError
from jobs.model.graph import Convolution
from jobs.model.inception_v3 import read_network, split_before
from jobs.model.inception_v3_shapes import CONVOLUTIONS
from jobs.model.tensorflow_extractor import forward

SIZE = (80, 75)


def convolutions(network) -> int:
    return sum(isinstance(node.operation, Convolution) for node in network)


@pytest.mark.parametrize(
    ("layer", "before"),
    [("mixed0", None), ("mixed1", "mixed0"), ("mixed8", "mixed7"), ("mixed10", "mixed9")],
)
def test_a_network_is_split_before_a_whole_block(checkpoint, layer, before):
    """The first part has the convolutions of all earlier blocks; both parts compute the same."""
    network = read_network(checkpoint, "mixed10")
    first, second = split_before(network, layer)
    assert convolutions(first) == (CONVOLUTIONS[before] if before else 0)
    assert convolutions(first) + convolutions(second) == CONVOLUTIONS["mixed10"]
    views = np.random.default_rng(0).uniform(-1, 1, (2, *SIZE, 1)).astype(np.float32)
    parts = forward(second, forward(first, views)).numpy()
    assert np.array_equal(parts, forward(network, views).numpy())


def test_nothing_is_split_off_for_none(checkpoint):
    """With unfreeze_from none, all of the base is frozen."""
    network = read_network(checkpoint, "mixed2")
    assert split_before(network, "none") == (network, ())


def test_its_layers_have_the_same_names_each_time(checkpoint):
    """Whatever a process has built before: as Keras names those of its first model."""
    first, again = ([node.name for node in read_network(checkpoint, "mixed10")] for _ in range(2))
    assert first == again
    assert first[:4] == ["conv2d", "conv2d_1", "conv2d_2", "max_pooling2d"]
    assert first[-1] == "mixed10" and "conv2d_93" in first and "mixed9_0" in first
    assert len(set(first)) == len(first)


def test_a_checkpoint_of_other_shapes_is_refused(checkpoint, tmp_path):
    """The right number of convolutions is not enough: their shapes are compared."""
    import h5py

    broken = tmp_path / "broken.h5"
    broken.write_bytes(checkpoint.read_bytes())
    with h5py.File(broken, "r+") as file:
        del file["layers/conv2d_5/vars/0"]
        file["layers/conv2d_5/vars/0"] = np.zeros((1, 1, 5, 7), np.float32)
    with pytest.raises(
        DataError, match=r"conv2d_5/vars/0 has shape \(1, 1, 5, 7\), where it has \(1, 1, 192, 64\)"
    ):
        read_network(broken, "mixed10")
