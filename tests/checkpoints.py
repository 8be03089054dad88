"""Small files in the forms of Inception V3's checkpoints.

Their arrays are of the right shapes and stored nowhere: each is its block's number in the order of
creation, as HDF5's fill value.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import h5py
import numpy as np

from jobs.model.inception_v3_shapes import KERNELS, LISTED

LISTED_ROOT = "layers"
_NORM = ("beta", "moving_mean", "moving_variance")

Namer = Callable[[str, int, str], str]
"""A layer's kind, its number and a weight's name -> where a file has that weight."""


def write_kernels(path: Path, count: int, first: tuple[int, ...] = KERNELS[0]) -> Path:
    """A file in Keras's legacy form with as many blocks as asked."""
    with h5py.File(path, "w") as file:
        write_blocks(file, count, legacy_name, first=first)
        file.create_group("activation_1").attrs["weight_names"] = []
    return path


def write_blocks(
    file: h5py.File, count: int, name: Namer, *, first: tuple[int, ...] = KERNELS[0]
) -> None:
    """Blocks with the names that a form gives them."""
    for i, shape in enumerate((first, *KERNELS[1:count])[:count]):
        _declare(file, name("conv2d", i, "kernel"), shape, i)
        for part, weight in enumerate(_NORM):
            place = name("batch_normalization", i, weight)
            _declare(file, place, shape[3:], i + part / 4)


def legacy_name(kind: str, number: int, weight: str) -> str:
    """As Keras 2 names a layer's weights, on its own: conv2d_1/conv2d_1/kernel:0."""
    return f"{kind}_{number + 1}/{kind}_{number + 1}/{weight}:0"


def listed_name(folder: str) -> Namer:
    """As Keras 3 names weights within a model's folder: layers/conv2d_1/vars/0."""

    def name(kind: str, number: int, weight: str) -> str:
        rank = LISTED.index(number)
        layer = f"{kind}_{rank}" if rank else kind
        return f"{folder}/{layer}/vars/{0 if weight == 'kernel' else _NORM.index(weight)}"

    return name


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> Path:
    """A file with these arrays."""
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return path


def _declare(file: h5py.File, name: str, shape: tuple[int, ...], value: float) -> None:
    file.create_dataset(name, shape, np.float32, fillvalue=value)
