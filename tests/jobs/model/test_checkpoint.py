"""Checkpoints: which one a study names, what it holds, and which files are refused."""

import dataclasses

import h5py
import pytest

from jobs.common.errors import ConfigError, DataError
from jobs.config.study import ModelConfig, Study
from jobs.model.checkpoint import read_checkpoint, require_layer, weights_recipe
from jobs.model.inception_v3_shapes import CONVOLUTIONS
from tests.checkpoints import write_kernels

NORM = ("beta", "moving_mean", "moving_variance")
REAL = "weights/inception_v3_notop_to_mixed8.h5"


@pytest.mark.parametrize("layer", ["mixed0", "mixed7", "mixed8", "mixed10"])
def test_a_checkpoint_serves_its_last_layer_and_earlier_ones(tmp_path, layer):
    """A file with all convolutions up to a layer is enough for it and every earlier one."""
    path = write_kernels(tmp_path / "x.h5", CONVOLUTIONS[layer])
    assert len(read_checkpoint(path)) == CONVOLUTIONS[layer]
    require_layer(path, layer)
    require_layer(path, "mixed0")


def test_a_checkpoint_that_ends_too_early_names_its_last_layer(tmp_path):
    """The error says what the file holds and what to set."""
    path = write_kernels(tmp_path / "x.h5", CONVOLUTIONS["mixed8"])
    with pytest.raises(DataError, match=r"up to model.layer mixed10; it ends with mixed8"):
        require_layer(path, "mixed10")


@pytest.mark.parametrize(
    ("count", "first"), [(53, (7, 7, 3, 64)), (0, (3, 3, 3, 32)), (11, (3, 3, 3, 32))]
)
def test_a_checkpoint_of_another_network_is_refused(tmp_path, count, first):
    """ResNet's convolutions are not Inception V3's."""
    path = write_kernels(tmp_path / "x.h5", count, first)
    with pytest.raises(DataError, match="not Inception V3"):
        read_checkpoint(path)


def test_a_text_file_is_refused(tmp_path):
    """The error says that it is not an HDF5 file."""
    path = tmp_path / "x.h5"
    path.write_text("not weights")
    with pytest.raises(DataError, match=r"neither an HDF5 file nor a \.keras archive"):
        read_checkpoint(path)


def test_the_real_checkpoint_is_read_to_its_bytes(shared):
    """Keras's ImageNet weights up to mixed8: each block is the file's own, in its order."""
    blocks = read_checkpoint(shared / REAL)
    assert len(blocks) == CONVOLUTIONS["mixed8"]
    with h5py.File(shared / REAL) as file:
        for number, block in enumerate(blocks, 1):
            kernel = f"conv2d_{number}"
            norm = file[f"batch_normalization_{number}/batch_normalization_{number}"]
            assert (block.kernel == file[f"{kernel}/{kernel}/kernel:0"][...]).all()
            for found, name in zip(block.norm, NORM, strict=True):
                assert (found == norm[f"{name}:0"][...]).all()


def test_a_truncated_checkpoint_is_refused(shared, tmp_path):
    """Half of a real checkpoint is an error; it is not loaded as far as it goes."""
    whole = (shared / REAL).read_bytes()
    path = tmp_path / "cut.h5"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"cut\.h5.*truncated or damaged"):
        read_checkpoint(path)


def test_a_missing_checkpoint_is_a_configuration_error(tmp_path):
    """If `model.weights` names no file, the error has its path."""
    study = dataclasses.replace(Study(), model=ModelConfig(weights=str(tmp_path / "none.h5")))
    with pytest.raises(ConfigError, match=r"model\.weights .*none\.h5"):
        weights_recipe(study)


def test_the_key_of_a_file_depends_on_its_content(tmp_path):
    """The same bytes under another name have the same key; other bytes have another."""
    keys = []
    for name, content in [("a", b"1"), ("b", b"1"), ("c", b"2")]:
        (tmp_path / name).write_bytes(content)
        study = dataclasses.replace(Study(), model=ModelConfig(weights=str(tmp_path / name)))
        keys.append(weights_recipe(study).key)
    assert keys[0] == keys[1] != keys[2]


def test_random_weights_depend_on_the_seed():
    """Another seed has another key."""
    assert weights_recipe(Study(seed=1)).key != weights_recipe(Study(seed=2)).key
