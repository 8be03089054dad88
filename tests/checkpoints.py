"""Small files in the form of Inception V3's checkpoints."""

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np


def write_kernels(path: Path, count: int, first: tuple[int, ...] = (3, 3, 3, 32)) -> Path:
    """A file in Keras's legacy form with as many blocks as asked, of no use but to be counted."""
    with h5py.File(path, "w") as file:
        for i in range(count):
            shape = first if i == 0 else (1, 1, 2, 2)
            _write_layer(file, f"conv2d_{i + 1}", {"kernel:0": np.zeros(shape, np.float32)})
            norm = {name: np.zeros(2, np.float32) for name in ("beta:0", "mean:0", "variance:0")}
            _write_layer(file, f"batch_normalization_{i + 1}", norm)
        file.create_group("activation_1").attrs["weight_names"] = []
    return path


def _write_layer(file: h5py.File, name: str, arrays: Mapping[str, np.ndarray]) -> None:
    group = file.create_group(name)
    group.attrs["weight_names"] = [f"{name}/{each}" for each in arrays]
    for each, array in arrays.items():
        group[f"{name}/{each}"] = array
