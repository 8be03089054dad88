"""Inception V3 in a file: one network, as far as its layers are whole."""

import h5py
import pytest

from jobs.common.errors import DataError
from jobs.model.checkpoint import read_checkpoint, require_layer
from tests.checkpoints import legacy_name, listed_name, write_blocks


def test_a_model_that_is_cut_within_a_block_serves_the_layer_before(tmp_path):
    """79 convolutions are mixed8's 76 and three of mixed9."""
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        write_blocks(file, 79, legacy_name)
    require_layer(path, "mixed8")
    with pytest.raises(DataError, match="it ends with mixed8"):
        require_layer(path, "mixed9")


def test_two_networks_in_one_file_are_refused(tmp_path):
    """Which of them is meant cannot be known."""
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        for folder in ("layers/functional/layers", "layers/functional_1/layers"):
            write_blocks(file, 94, listed_name(folder))
    with pytest.raises(DataError, match="found 2 such networks: save one of them alone"):
        read_checkpoint(path)
