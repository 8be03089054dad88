"""Keras's files: the layers of each model in them, by name, for every format that Keras wrote.

| format | a weight's name |
|---|---|
| `.h5`, weights alone | conv2d_1/conv2d_1/kernel:0 |
| `.h5`, whole model | model_weights/conv2d_1/conv2d_1/kernel:0 |
| `.h5`, model in another | model_weights/inception_v3/conv2d_1/kernel:0 |
| `.weights.h5` | layers/conv2d_1/vars/0 |
| `.weights.h5` of Keras 2.12 | _layer_checkpoint_dependencies/conv2d_1/vars/0 |
| `.weights.h5`, model in another | layers/functional/layers/conv2d_1/vars/0 |
| `.keras` | as `.weights.h5`, in model.weights.h5 of a zip archive |

Nothing is unpacked to a disk, and no code or configuration in a file is looked at.
"""

import contextlib
import io
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py

from jobs.common.errors import DataError

_WEIGHTS_INSIDE = "model.weights.h5"
_LARGEST_INSIDE = 1 << 30  # bytes: four times Inception V3 with the two moments of Adam
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_OPTIMIZERS = frozenset(("optimizer", "optimizer_weights"))
_WHOLE_MODEL = "model_weights"

Weights = Mapping[str, h5py.Dataset]
"""A layer's weights by their names: kernel, beta, moving_mean ...; in `.weights.h5` 0, 1, 2 ..."""


@dataclass(frozen=True)
class StoredModel:
    """A model in a file: the whole, or one that is a layer of another.

    Attributes:
        layers: a layer's name -> its weights.
        listed: whether the numbers in the names count the layers as `model.layers` lists them, as
            in `.weights.h5`, or as they were created.
    """

    layers: Mapping[str, Weights]
    listed: bool


@contextlib.contextmanager
def open_hdf5(path: Path) -> Iterator[h5py.File]:
    """The HDF5 file with a checkpoint's weights: the file itself, or what is in a `.keras` archive.

    Raises:
        DataError: it is neither, damaged, or too large.
    """
    with path.open("rb") as file:
        archive = file.read(4) == b"PK\x03\x04"
    if not archive and not h5py.is_hdf5(path):
        raise DataError(
            f"{path}: cannot be read as a Keras checkpoint: it is neither an HDF5 file nor a "
            ".keras archive; fetch it again, or name another"
        )
    with h5py.File(io.BytesIO(_unpack(path)) if archive else path, "r") as weights:
        yield weights


def _unpack(path: Path) -> bytes:
    """The weights in a `.keras` archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            entry = archive.getinfo(_WEIGHTS_INSIDE)
            if entry.file_size > _LARGEST_INSIDE:
                raise DataError(
                    f"{path}: {_WEIGHTS_INSIDE} in it must have at most {_LARGEST_INSIDE:,} bytes; "
                    f"it declares {entry.file_size:,}: save the weights alone"
                )
            if entry.compress_type not in _METHODS:
                raise DataError(
                    f"{path}: {_WEIGHTS_INSIDE} in it must be stored or deflated, as Keras does; "
                    f"got the zip format's method {entry.compress_type}: save the model again"
                )
            return archive.read(entry)
    except KeyError as error:
        raise DataError(
            f"{path}: must be a .keras archive, which holds {_WEIGHTS_INSIDE}; this zip "
            "archive does not: name another file"
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise DataError(
            f"{path}: cannot be read as a .keras archive: it is truncated, damaged or encrypted; "
            "fetch it again"
        ) from error


def find_models(datasets: Mapping[str, h5py.Dataset]) -> list[StoredModel]:
    """The models in a file, given all its datasets by their names; what optimizers hold is none."""
    listed, groups = _nested(), _nested()
    for name, dataset in datasets.items():
        *folders, weight = name.split("/")
        if not _OPTIMIZERS.isdisjoint(folders):
            continue
        if folders[-1:] == ["vars"]:
            model, layer = "/".join(folders[:-2]), "".join(folders[-2:-1])
            listed[model][layer][weight] = dataset
        elif group := folders[folders[:1] == [_WHOLE_MODEL] :]:
            groups[group[0]]["/".join(group[1:])][weight.partition(":")[0]] = dataset
    return [
        *(StoredModel(layers, listed=True) for layers in listed.values()),
        *(StoredModel(layers, listed=False) for layers in _created(groups)),
    ]


def _nested() -> defaultdict[str, defaultdict[str, dict[str, h5py.Dataset]]]:
    """Model or group -> layer -> weight -> dataset."""
    return defaultdict(lambda: defaultdict(dict))


def _created(groups: Mapping[str, Mapping[str, Weights]]) -> Iterator[Mapping[str, Weights]]:
    """A legacy file's models: each of its groups is a layer, or a model with layers of its own."""
    alone = {}
    for name, layers in groups.items():
        if len(layers) > 1:
            yield layers
        else:
            alone[name] = next(iter(layers.values()))
    yield alone


def layer_number(name: str) -> int:
    """A layer's number: conv2d_17 -> 17; conv2d, the first, -> 0."""
    match = re.search(r"_(\d+)$", name)
    return int(match[1]) if match else 0
