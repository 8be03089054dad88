"""Checkpoints of Inception V3: which one a study names, and whether it has the layers it needs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py

from jobs.artifacts.layout import CHECKPOINT, Root
from jobs.artifacts.manifest import describe_file, require
from jobs.artifacts.recipe import Recipe
from jobs.common.errors import ConfigError, DataError
from jobs.common.types import Array
from jobs.config.sections import LAYERS
from jobs.config.study import Study
from jobs.model.download import IMAGENET_MD5

CONVOLUTIONS: dict[str, int] = dict(
    zip(LAYERS, (12, 19, 26, 30, 40, 50, 60, 70, 76, 85, 94), strict=True)
)
"""How many convolutions Inception V3 has from its input up to each layer."""

_FIRST_KERNEL = (3, 3, 3, 32)
_NORM_WEIGHTS = 3  # beta, moving mean, moving variance: Inception V3's have no gamma
# What h5py raises if a file's structure is damaged.
_BROKEN = (OSError, KeyError, RuntimeError, AttributeError, TypeError, ValueError, IndexError)


def weights_recipe(study: Study) -> Recipe:
    """What determines the checkpoint: the seed, the published digest, or the file's digest.

    Raises:
        ConfigError: the file that `model.weights` names does not exist.
    """
    source = study.model.weights
    if source == "random":
        return Recipe("weights", {}, {"source": "random", "seed": study.seed})
    if source == "imagenet":
        return Recipe("weights", {}, {"source": "imagenet", "md5": IMAGENET_MD5})
    try:
        digest = describe_file(Path(source))["sha256"]  # hashed once a process
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ConfigError(
            f"model.weights must be random, imagenet or a checkpoint file; got {source}, "
            f"which is not a file"
        ) from error
    return Recipe("weights", {}, {"source": "file", "sha256": digest})


def require_checkpoint(root: Root, key: str) -> Path:
    """The file of the checkpoint with this key.

    Raises:
        MissingInputError: it is not there; names the command that makes it.
        DataError: it is damaged.
    """
    location = root.weights(key)
    require(location)
    return location.folder / CHECKPOINT


@dataclass(frozen=True)
class Block:
    """A convolution and the batch norm behind it.

    Attributes:
        kernel: (rows, columns, channels in, channels out) float32.
        norm: beta, moving mean and moving variance, each (channels out,) float32.
    """

    kernel: Array
    norm: tuple[Array, ...]


def read_checkpoint(path: Path) -> list[Block]:
    """Inception V3's blocks in the order of their creation, as far as the checkpoint holds them.

    Reads Keras's legacy HDF5 weights, whole legacy models, and Keras 3's `.weights.h5`. In all of
    them the numbers in the layers' names give the order of creation.

    Raises:
        DataError: it is truncated, not HDF5, or not Inception V3's.
    """
    try:
        with h5py.File(path, "r") as file:
            layers = sorted(_layers(file), key=lambda layer: layer_number(layer[0]))
    except _BROKEN as error:
        raise DataError(
            f"{path}: cannot be read as a Keras checkpoint: it is truncated or not an HDF5 file; "
            "fetch it again"
        ) from error
    kernels = [arrays[0] for _, arrays in layers if arrays[0].ndim == 4]
    norms = [tuple(arrays) for _, arrays in layers if _is_norm(arrays)]
    first = kernels[0].shape if kernels else None
    if (first, len(kernels)) != (_FIRST_KERNEL, len(norms)) or (
        len(kernels) not in CONVOLUTIONS.values()
    ):
        raise DataError(
            f"{path}: must be Inception V3's weights from the input on; found {len(kernels)} "
            f"convolutions and {len(norms)} batch norms, which is not Inception V3"
        )
    return [Block(kernel, norm) for kernel, norm in zip(kernels, norms, strict=True)]


def require_layer(path: Path, layer: str) -> None:
    """Raises DataError unless the checkpoint holds all layers up to `layer`."""
    count = len(read_checkpoint(path))
    if count < CONVOLUTIONS[layer]:
        deepest = max(
            CONVOLUTIONS, key=lambda name: (CONVOLUTIONS[name] <= count) * CONVOLUTIONS[name]
        )
        raise DataError(
            f"{path}: must hold all layers up to model.layer {layer}; it ends with {deepest}: "
            f"set model.layer to {deepest} or an earlier one"
        )


def _layers(file: h5py.File) -> Iterator[tuple[str, list[Array]]]:
    """Each layer that has weights: the name that Keras gave it, and its weights."""
    if "layers" in file:  # Keras 3: layers/<path>/vars/0, 1, ... with the name as an attribute
        for group in file["layers"].values():
            variables = group["vars"]
            if len(variables):
                arrays = [variables[str(i)][...] for i in range(len(variables))]
                yield str(variables.attrs["name"]), arrays
        return
    for name, group in file.get("model_weights", file).items():
        names = group.attrs.get("weight_names", ())
        if len(names):
            yield name, [group[each][...] for each in names]


def layer_number(name: str) -> int:
    """A layer's number in the order of creation: conv2d_17 -> 17; conv2d, the first, -> 0."""
    match = re.search(r"_(\d+)$", name)
    return int(match[1]) if match else 0


def _is_norm(arrays: list[Array]) -> bool:
    return len(arrays) == _NORM_WEIGHTS and all(array.ndim == 1 for array in arrays)
