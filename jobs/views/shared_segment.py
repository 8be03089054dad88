"""Reduced images in one file that all processes of a machine map without a copy: a segment.

A segment lies in memory (/dev/shm), or on a disk where memory is too small; there it is the page
cache that is shared. It holds the images' pixels one after another, an index, and a footer, which
is written last. Its name says what it holds, so that processes that want the same images find it.
"""

import base64
import contextlib
import json
import math
import mmap
import os
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np

from jobs.common import resources
from jobs.common.atomic_write import name_errors
from jobs.common.errors import CannotCreateError
from jobs.common.shared_file import Waiting, hold_file, remove_unheld
from jobs.config.sections import ViewsConfig
from jobs.views.breast import Box, cell_side
from jobs.views.source import ReducedImage

# Not multiprocessing.shared_memory: until Python 3.13 its resource tracker unlinks what a process
# has merely attached as soon as that process ends.

FORMAT = 2  # of reduced images and segments: a part of the key in a segment's name
MEMORY = Path("/dev/shm")
_PREFIX = "mammo-pixels-"
_PIXEL = np.dtype("<u2")
_MAGIC = b"mammopx%d" % FORMAT
_FOOTER = struct.Struct("<Q8s")  # the index's offset, and the mark of a segment that is whole
_NUMBERS_BYTES = 260  # of an image's entry in the index: with the longest numbers some 240
_KEPT_FREE = 10  # a tenth of what is free is left to others


def largest_size(shapes: Mapping[str, tuple[int, int]], views: ViewsConfig) -> int:
    """The most bytes that a segment of these images may take.

    Args:
        shapes: by image id: (H, W) of the whole image.
        views: what the images are reduced for.
    """
    # As far as ImageReducer reduces an image: the narrowest crop still fills the model's size.
    limits = [math.ceil(side / (1 - 2 * views.crop)) for side in views.size]
    total = _FOOTER.size
    for image_id, shape in shapes.items():
        height, width = (min(pair) for pair in zip(shape, limits, strict=True))
        total += height * width * _PIXEL.itemsize + len(json.dumps(image_id)) + _NUMBERS_BYTES
        cells = math.prod(-(-side // cell_side(shape)) for side in shape)
        total += 4 * -(-cells // 24)  # the mask, of 6 bits a letter, 4 letters at a time
    return total


def choose_path(
    key: str,
    needed: int,
    report: Callable[[str], None],
    *,
    memory: Path = MEMORY,
    disk: Path | None = None,
) -> Path:
    """The path of a segment: where it is already; else in `memory` if it fits, else on `disk`.

    First removes from both what killed processes left there.

    Args:
        key: of what the segment holds.
        needed: the segment's bytes at most, see `largest_size`.
        report: called with one line where the segment has to lie on the disk.
        disk: a local folder; None for the folder of temporary files (TMPDIR).

    Raises:
        CannotCreateError: it fits into neither.
    """
    disk = disk or Path(tempfile.gettempdir())
    name = f"{_PREFIX}{os.geteuid()}-{key}"
    for folder in (memory, disk):
        remove_unheld(folder.glob(f"{_PREFIX}*"))
    for folder in (memory, disk):
        if (folder / name).exists():
            return folder / name
    limits = [_room(memory), resources.memory_left()]
    in_memory = min(limit for limit in limits if limit is not None)
    if needed <= in_memory:
        return memory / name
    on_disk = _room(disk)
    what = f"the shared pixels need up to {_size(needed)}; {memory} may take {_size(in_memory)}"
    if needed > on_disk:
        raise CannotCreateError(
            f"{what} and {disk} {_size(on_disk)}: make room, allow more memory, name another "
            "TMPDIR, or set a smaller views.size"
        )
    report(f"{what}: they are kept in {disk}")
    return disk / name


@contextlib.contextmanager
def hold_segment(
    path: Path,
    images: Iterable[tuple[str, ReducedImage]],
    waiting: Waiting = contextlib.nullcontext,
) -> Iterator[Mapping[str, ReducedImage]]:
    """The images of a segment by id, their pixels mapped from it and read-only.

    The first process makes the segment, the others wait. The last one to leave removes it; the
    images stay valid after that.

    Args:
        path: see `choose_path`.
        images: (image id, reduced image), taken one at a time by the process that makes it.
        waiting: entered while another process makes it.

    Raises:
        OSError: the folder has no room for what comes.
        CannotCreateError: something else has that name, or another user's file.
    """
    with hold_file(path, lambda file: _fill(path, file, images), _is_whole, waiting):
        yield _map(path)


def _fill(path: Path, descriptor: int, images: Iterable[tuple[str, ReducedImage]]) -> None:
    index = {}
    end = 0
    for image_id, image in images:
        pixels = np.ascontiguousarray(image.pixels, _PIXEL)
        index[image_id] = _entry(image, end)
        _write(path, descriptor, pixels.data.cast("B"))
        end += pixels.nbytes
    text = json.dumps(index).encode()
    _write(path, descriptor, memoryview(text + _FOOTER.pack(end, _MAGIC)))


def _entry(image: ReducedImage, offset: int) -> dict[str, Any]:
    """An image's entry in the index; the mask's bits are followed by some that fill a byte."""
    return {
        "offset": offset,
        "shape": image.pixels.shape,
        "window": image.window,
        "box": astuple(image.box),
        "cell": image.cell,
        "cells": image.mask.shape,
        "mask": base64.b64encode(np.packbits(image.mask).tobytes()).decode(),
    }


def _write(path: Path, descriptor: int, content: memoryview) -> None:
    # Not through a mapping: beyond what a tmpfs can hold, that is a SIGBUS and no error.
    with name_errors(path):
        while content:
            content = content[os.write(descriptor, content) :]


def _is_whole(descriptor: int) -> bool:
    """Whether the footer, which is written last, is there."""
    start = max(0, os.fstat(descriptor).st_size - _FOOTER.size)
    return os.pread(descriptor, _FOOTER.size, start).endswith(_MAGIC)


def _map(path: Path) -> Mapping[str, ReducedImage]:
    with path.open("rb") as file:
        buffer = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    end = len(buffer) - _FOOTER.size
    start, _ = _FOOTER.unpack_from(buffer, end)
    index = json.loads(buffer[start:end])
    return {image_id: _image(buffer, entry) for image_id, entry in index.items()}


def _image(buffer: mmap.mmap, entry: Mapping[str, Any]) -> ReducedImage:
    """An image by its entry in the index."""
    pixels = np.ndarray(entry["shape"], _PIXEL, buffer, entry["offset"])
    low, high = entry["window"]
    bits = np.frombuffer(base64.b64decode(entry["mask"]), np.uint8)
    rows, columns = entry["cells"]
    mask = np.unpackbits(bits, count=rows * columns).reshape(rows, columns).astype(bool)
    return ReducedImage(pixels, (low, high), Box(*entry["box"]), mask, entry["cell"])


def _room(folder: Path) -> int:
    """Bytes that a new file may take, so that others are left some; 0 if none can be made."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return 0
    status = os.statvfs(folder)
    free = status.f_bavail * status.f_frsize
    return free - free // _KEPT_FREE


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
