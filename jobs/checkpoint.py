"""Checkpoints of Inception V3 as files: which one a study names, and whether it will do."""

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from pathlib import Path

import h5py
import numpy as np

from jobs.artifacts import Recipe
from jobs.config import Study
from jobs.errors import ConfigError, DataError, IoError
from jobs.progress import Watch, silent

FILE = "inception_v3.weights.h5"

# Keras's own: keras/applications/inception_v3.py, without the top.
IMAGENET_URL = (
    "https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/"
    "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
)
IMAGENET_MD5 = "bcbd6486424b2319ff4ef7d526e38f63"

CONVOLUTIONS = {
    "mixed0": 12,
    "mixed1": 19,
    "mixed2": 26,
    "mixed3": 30,
    "mixed4": 40,
    "mixed5": 50,
    "mixed6": 60,
    "mixed7": 70,
    "mixed8": 76,
    "mixed9": 85,
    "mixed10": 94,
}
"""How many convolutions Inception V3 has from its input up to each layer."""

_FIRST_KERNEL = (3, 3, 3, 32)
_CHUNK = 1 << 20
_SECONDS = 60


def weights_recipe(study: Study) -> Recipe:
    """What determines the checkpoint: the seed, the published digest, or the file's own.

    Raises:
        ConfigError: the file that `model.weights` names does not exist.
    """
    source = study.model.weights
    if source == "random":
        return Recipe("weights", {}, {"source": "random", "seed": study.seed})
    if source == "imagenet":
        return Recipe("weights", {}, {"source": "imagenet", "md5": IMAGENET_MD5})
    try:
        with Path(source).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ConfigError(
            f"model.weights must be random, imagenet or a checkpoint file; got {source}, "
            f"which is not a file"
        ) from error
    return Recipe("weights", {}, {"source": "file", "sha256": digest})


def weights_folder(root: Path, recipe: Recipe) -> Path:
    """ROOT/weights/<key>."""
    return root / "weights" / recipe.key


def convolution_count(path: Path) -> int:
    """How many of Inception V3's convolutions a checkpoint holds, from the input on.

    Reads Keras's legacy HDF5 weights, whole legacy models, and Keras 3's `.weights.h5`.

    Raises:
        DataError: it is cut, no HDF5 file, or not Inception V3's.
    """
    try:
        with h5py.File(path, "r") as file:
            kernels = _kernels(file)
            first = next((kernel[...] for kernel in kernels if kernel.shape == _FIRST_KERNEL), None)
            for kernel in kernels:  # a cut file fails here, not in the middle of a study
                kernel[...]
    except (OSError, KeyError, RuntimeError) as error:
        raise DataError(
            f"{path}: cannot be read as a Keras checkpoint: it is cut or no HDF5 file; "
            "fetch it again"
        ) from error
    if first is None or not np.isfinite(first).all() or len(kernels) not in CONVOLUTIONS.values():
        raise DataError(
            f"{path}: must be Inception V3's weights from the input on; found {len(kernels)} "
            f"convolutions, which is no Inception V3"
        )
    return len(kernels)


def require_layer(path: Path, layer: str) -> None:
    """Raises DataError unless the checkpoint holds all layers up to `layer`."""
    count = convolution_count(path)
    if count < CONVOLUTIONS[layer]:
        deepest = max(
            CONVOLUTIONS, key=lambda name: (CONVOLUTIONS[name] <= count) * CONVOLUTIONS[name]
        )
        raise DataError(
            f"{path}: must hold all layers up to model.layer {layer}; it ends with {deepest}: "
            f"set model.layer to {deepest} or an earlier one"
        )


def download(path: Path, url: str, md5: str, watch: Watch = silent) -> None:
    """Fetches a checkpoint and verifies its md5 (the digest that Keras publishes).

    Raises:
        IoError: it cannot be reached, is cut, or is not what was published.
    """
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as response, path.open("xb") as file:
            total = int(response.headers.get("Content-Length", 0))
            while chunk := response.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
                watch("weights: bytes", file.tell(), total)
            file.flush()
            os.fsync(file.fileno())
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
        raise IoError(
            f"{url}: cannot be fetched ({error}); check the network, run again"
        ) from error
    if digest.hexdigest() != md5:
        raise IoError(
            f"{url}: must have md5 {md5}, what came has {digest.hexdigest()}; run again, or set "
            "model.weights to a file"
        )


def _kernels(file: h5py.File) -> list[h5py.Dataset]:
    """The convolutions' kernels: all four-dimensional datasets."""
    kernels: list[h5py.Dataset] = []

    def collect(name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset) and item.ndim == 4:
            kernels.append(item)

    file.visititems(collect)
    return kernels
