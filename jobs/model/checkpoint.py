"""Checkpoints of Inception V3: which one a study names, and whether it has the layers it needs."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jobs.artifacts.layout import CHECKPOINT, Root
from jobs.artifacts.manifest import describe_file, require
from jobs.artifacts.recipe import Recipe
from jobs.common.errors import ConfigError, DataError
from jobs.common.types import Array
from jobs.config.study import Study
from jobs.model.checked_hdf5 import list_datasets, read, require_safe
from jobs.model.download import IMAGENET_MD5
from jobs.model.inception_v3_shapes import CONVOLUTIONS
from jobs.model.keras_files import find_models, open_hdf5
from jobs.model.stored_inception_v3 import find_inception

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

    Reads every format of `keras_files`, with Inception V3 alone or as a layer of another model.
    Whatever else a file holds stays unread, and nothing is read before all of it is checked.

    Raises:
        DataError: it is damaged, not Keras's, not Inception V3's, or not safe to read.
    """
    with contextlib.ExitStack() as stack:
        with _name_damage(path):
            file = stack.enter_context(open_hdf5(path))
            datasets = list_datasets(file, path)
        stored = find_inception(find_models(datasets), path)
        with _name_damage(path):
            for dataset in itertools.chain.from_iterable(stored):
                require_safe(dataset, path)
            arrays = [[read(dataset, path) for dataset in block] for block in stored]
    return [Block(kernel, tuple(norm)) for kernel, *norm in arrays]


@contextlib.contextmanager
def _name_damage(path: Path) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise DataError(
            f"{path}: cannot be read as a Keras checkpoint: it is truncated or damaged; "
            "fetch it again"
        ) from error


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
