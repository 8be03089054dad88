"""Inception V3 among the models of a Keras file: its blocks, found by their shapes, unread."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import dropwhile
from pathlib import Path
from typing import TypeAlias

import h5py

from jobs.common.errors import DataError
from jobs.model.inception_v3_shapes import CONVOLUTIONS, KERNELS, LISTED
from jobs.model.keras_files import StoredModel, layer_number

StoredBlock: TypeAlias = tuple[h5py.Dataset, ...]
"""A convolution's kernel; beta, moving mean and moving variance of the batch norm behind it."""

# Names in legacy files, and numbers in others. Inception V3's convolutions have no bias, and its
# batch norms no gamma.
_KERNEL = (("kernel",), ("0",))
_NORM = (("beta", "moving_mean", "moving_variance"), ("0", "1", "2"))


def find_inception(models: Iterable[StoredModel], path: Path) -> list[StoredBlock]:
    """The blocks of the one Inception V3 in a file, in the order of creation, up to a whole layer.

    Every dataset declares the shape that Inception V3 has there.

    Args:
        path: where the file is, for errors.

    Raises:
        DataError: there is none, or more than one.
    """
    rule = f"{path}: must be Inception V3's weights from the input on"
    fitting: list[list[StoredBlock]] = []
    best: tuple[list[StoredBlock], list[StoredBlock], str] = ([], [], "")
    for model in models:
        kernels, norms = (_pick(model, names, axes) for names, axes in ((_KERNEL, 4), (_NORM, 1)))
        blocks = _pair(kernels, norms, model.listed)
        difference = next(_differences(blocks), "")
        if blocks and not difference:
            fitting.append(blocks)
        best = max(best, (kernels, norms, difference), key=lambda found: len(found[0]))
    if len(fitting) > 1:
        raise DataError(f"{rule}; found {len(fitting)} such networks: save one of them alone")
    if not fitting:
        kernels, norms, difference = best
        raise DataError(
            f"{rule}; found {len(kernels)} convolutions and {len(norms)} batch norms, which is not "
            f"Inception V3{difference}"
        )
    return fitting[0]


def _pick(model: StoredModel, names: Iterable[tuple[str, ...]], axes: int) -> list[StoredBlock]:
    """The weights of the layers that have these and no others, by the layers' numbers."""
    layers = [model.layers[name] for name in sorted(model.layers, key=layer_number)]
    return [
        tuple(weights[name] for name in wanted)
        for weights in layers
        for wanted in names
        if weights.keys() == set(wanted) and all(each.ndim == axes for each in weights.values())
    ]


def _pair(
    kernels: Sequence[StoredBlock], norms: Sequence[StoredBlock], listed: bool
) -> list[StoredBlock]:
    """Kernels with their batch norms from the first that Inception V3 begins with, in its order."""
    first = KERNELS[0]
    from_kernel = list(dropwhile(lambda kernel: kernel[0].shape != first, kernels))
    from_norm = list(dropwhile(lambda norm: norm[0].shape != first[3:], norms))
    there = min(len(from_kernel), len(from_norm))
    count = max((each for each in CONVOLUTIONS.values() if each <= there), default=0)
    places = LISTED[:count] if listed else range(count)
    pairs = zip(places, from_kernel, from_norm, strict=False)
    return [kernel + norm for _, kernel, norm in sorted(pairs, key=lambda pair: pair[0])]


def _differences(blocks: Iterable[StoredBlock]) -> Iterator[str]:
    for block, kernel in zip(blocks, KERNELS, strict=False):
        for dataset, shape in zip(block, (kernel, *[kernel[3:]] * 3), strict=True):
            if dataset.shape != shape:
                yield f": {dataset.name} has shape {dataset.shape}, where it has {shape}"
