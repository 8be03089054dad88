"""HDF5 files from anywhere, read without trusting what they declare.

Such a file can name other files as its data, declare sizes that it does not hold, and hold chunks
that decompress to far more than they declare. Nothing of a dataset is read before all of that is
ruled out.
"""

import zlib
from pathlib import Path

import h5py
import numpy as np

from jobs.common.errors import DataError
from jobs.common.types import Array

_PIPELINES = ((), (h5py.h5z.FILTER_DEFLATE,), (h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE))
_WIDEST = 8  # bytes of a float64


def list_datasets(file: h5py.File, path: Path) -> dict[str, h5py.Dataset]:
    """All datasets of a file by their names, none of them read.

    Args:
        path: where the file is, for errors.

    Raises:
        DataError: something in it is a link, has two names, or keeps its data elsewhere.
    """
    found: dict[str, h5py.Dataset] = {}
    seen = {_address(file)}
    groups = [("", file)]
    while groups:
        prefix, group = groups.pop()
        for name in group:
            full = f"{prefix}{name}"
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise _refused(path, full, "is a link")
            item = group[name]
            if _address(item) in seen:
                raise _refused(path, full, "is a second name of another object")
            seen.add(_address(item))
            if isinstance(item, h5py.Group):
                groups.append((f"{full}/", item))
            elif isinstance(item, h5py.Dataset):
                if item.is_virtual or item.external:
                    raise _refused(path, full, "keeps its data in another place")
                found[full] = item
    return found


def require_safe(dataset: h5py.Dataset, path: Path) -> None:
    """Requires that reading a dataset of a known shape takes no more memory than that shape.

    Raises:
        DataError: it holds no floats, or is stored in a way that could take more.
    """
    name = dataset.name
    if dataset.dtype.kind != "f" or dataset.dtype.itemsize > _WIDEST:
        raise _refused(path, name, f"must be of floats; it declares {dataset.dtype}")
    properties = dataset.id.get_create_plist()
    filters = [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]
    if tuple(filters) not in _PIPELINES:
        raise _refused(path, name, "must be uncompressed or compressed by gzip alone")
    if dataset.chunks:
        _require_small_chunks(dataset, bool(filters), path)


def read(dataset: h5py.Dataset, path: Path) -> Array:
    """A dataset's values as float32; `require_safe` comes first.

    Raises:
        DataError: one is no finite number.
    """
    with np.errstate(over="ignore"):  # of float64; found below
        values = np.asarray(dataset[...], np.float32)
    if not np.isfinite(values).all():
        raise _refused(path, dataset.name, "has values that are not finite")
    return values


def _require_small_chunks(dataset: h5py.Dataset, compressed: bool, path: Path) -> None:
    """Requires that no chunk is larger than the dataset, as it is declared and as it is stored."""
    whole = dataset.size * dataset.dtype.itemsize
    if np.prod(dataset.chunks, dtype=object) * dataset.dtype.itemsize > whole:
        raise _refused(path, dataset.name, f"declares chunks of {dataset.chunks}, beyond its shape")
    for number in range(dataset.id.get_num_chunks()):
        chunk = dataset.id.get_chunk_info(number)
        # gzip's worst case adds 5 bytes to 16 kB
        if chunk.filter_mask or chunk.size > whole * 1.001 + 64:
            raise _refused(path, dataset.name, "has a chunk that is larger than its shape")
        if compressed:
            _, stored = dataset.id.read_direct_chunk(chunk.chunk_offset)
            unpacker = zlib.decompressobj()
            unpacker.decompress(stored, whole)
            if not unpacker.eof and unpacker.decompress(unpacker.unconsumed_tail, 1):
                raise _refused(path, dataset.name, "decompresses to more than its shape")


def _address(item: h5py.Group | h5py.Dataset | h5py.Datatype) -> int:
    return int(h5py.h5o.get_info(item.id).addr)


def _refused(path: Path, name: str, what: str) -> DataError:
    return DataError(
        f"{path}: {name.lstrip('/')} {what}, which no checkpoint of Keras does: "
        "save the weights again, or take another file"
    )
