"""Sources decoded once per node, in named memory that every process on it attaches without a copy.

A segment is a file in a folder that lies in memory, or on a disk where memory is too small: its
sources' pixels back to back, an index, and last of all a footer. Its name says what is in it, so
that those who want the same find it. What is stored is what views are made from, not whole images,
so that it fits.
"""

import contextlib
import errno
import json
import math
import mmap
import os
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from jobs.common import resources
from jobs.common.atomic_write import name_errors
from jobs.common.errors import CannotCreateError, DataError, MissingInputError
from jobs.common.shared_file import Waiting, hold_file, remove_unheld
from jobs.config.study import ViewsConfig
from jobs.views.source import ReducedImage

# Not multiprocessing.shared_memory: until Python 3.13 its resource tracker unlinks what a process
# has merely attached as soon as that process ends.

FORMAT = 1  # of sources and segments: a part of what makes their key
MEMORY = Path("/dev/shm")
_PREFIX = "mammo-pixels-"
_PIXEL = np.dtype("<u2")
_MAGIC = b"mammopx%d" % FORMAT
_FOOTER = struct.Struct("<Q8s")  # the index's offset, and the mark of a segment that is whole
_ENTRY_BYTES = 160  # of JSON beside the id: with the longest numbers it is some 140
_KEPT_FREE = 10  # a tenth of what is free is left to others
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM)


@dataclass(frozen=True)
class Entry:
    """Where a source lies in a segment.

    Attributes:
        offset: of its pixels, in bytes.
        shape: (h, w, 1).
        window: the source's.
    """

    offset: int
    shape: tuple[int, int, int]
    window: tuple[float, float]


def bound(shapes: Mapping[str, tuple[int, int]], views: ViewsConfig) -> int:
    """The most bytes that a segment of these images' sources may take.

    Args:
        shapes: by image id: (H, W) of the whole image.
        views: what the sources are made for.
    """
    # As far as jobs.views.source reduces a source: the narrowest crop still fills the model's size.
    limits = [math.ceil(side / (1 - 2 * views.crop)) for side in views.size]
    total = _FOOTER.size
    for image_id, shape in shapes.items():
        height, width = (min(pair) for pair in zip(shape, limits, strict=True))
        total += height * width * _PIXEL.itemsize + len(json.dumps(image_id)) + _ENTRY_BYTES
    return total


def place(
    key: str,
    needed: int,
    tell: Callable[[str], None],
    *,
    memory: Path = MEMORY,
    disk: Path | None = None,
) -> Path:
    """The path of a segment: where it is already; else in `memory` if it fits, else on `disk`.

    On a disk it is the page cache that is shared. What the dead left in both is removed first.

    Args:
        key: of what the segment holds.
        needed: the segment's bytes at most, as `bound` gives them.
        tell: called with one line where it is to be made on the disk.
        disk: of this node; None for the folder of temporary files (TMPDIR).

    Raises:
        CannotCreateError: it fits into neither.
    """
    disk = disk or Path(tempfile.gettempdir())
    name = f"{_PREFIX}{os.geteuid()}-{key}"
    for folder in (memory, disk):
        remove_stale(folder)
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
    tell(f"{what}: they are kept in {disk}")
    return disk / name


@contextlib.contextmanager
def shared(
    path: Path,
    sources: Iterable[tuple[str, ReducedImage]],
    waiting: Waiting = contextlib.nullcontext,
) -> Iterator[None]:
    """Holds the segment of that name. With the last holder its name goes; who has it keeps it.

    The first to come makes it, and the others wait for that. Where it is killed, one of them does.

    Args:
        path: as `place` chose it.
        sources: (image id, source), taken one at a time, by the process that makes the segment.
        waiting: entered while another process makes it.

    Raises:
        CannotCreateError: the folder has no room for what comes, naming what is needed and free; or
            what has that name is no file of this user.
    """
    with hold_file(path, lambda descriptor: _fill(path, descriptor, sources), _is_whole, waiting):
        yield


def attach(path: Path) -> Mapping[str, ReducedImage]:
    """The sources of a segment by image id; their pixels are the segment's own, and read-only.

    Raises:
        MissingInputError: all who held it have ended.
        DataError: the file is no segment, or not a whole one.
    """
    try:
        with path.open("rb") as file:
            _require_whole(path, file.fileno())
            buffer = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError as error:
        raise MissingInputError(
            f"{path} must be a segment of shared pixels, and is not there: the processes that held "
            "it have ended; start one again"
        ) from error
    end = len(buffer) - _FOOTER.size
    start, _ = _FOOTER.unpack_from(buffer, end)
    index = json.loads(buffer[start:end])
    return {image_id: _source(buffer, Entry(**entry)) for image_id, entry in index.items()}


def remove_stale(folder: Path) -> None:
    """Removes this user's segments in a folder that no living process holds."""
    remove_unheld(folder.glob(f"{_PREFIX}*"))


def _fill(path: Path, descriptor: int, sources: Iterable[tuple[str, ReducedImage]]) -> None:
    index = {}
    end = 0
    for image_id, source in sources:
        pixels = np.ascontiguousarray(source.pixels, _PIXEL)
        index[image_id] = asdict(Entry(end, pixels.shape, source.window))
        end = _append(path, descriptor, end, pixels.data.cast("B"))
    text = json.dumps(index).encode()
    _append(path, descriptor, end, memoryview(text + _FOOTER.pack(end, _MAGIC)))


def _append(path: Path, descriptor: int, end: int, content: memoryview) -> int:
    """Writes at the end, once the room is surely there; the new end."""
    with name_errors(path):
        try:
            os.posix_fallocate(descriptor, end, len(content))
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            raise CannotCreateError(
                f"{path.parent} must have room for {_size(end + len(content))} of shared pixels "
                f"and more to come; {_size(_free(path.parent))} are free beside the first "
                f"{_size(end)} ({os.strerror(error.errno)}): make room, or name another folder"
            ) from error
        while content:
            content = content[os.write(descriptor, content) :]
    return os.lseek(descriptor, 0, os.SEEK_CUR)


def _is_whole(descriptor: int) -> bool:
    """Whether the footer, which is written last, is there."""
    start = max(0, os.fstat(descriptor).st_size - _FOOTER.size)
    return os.pread(descriptor, _FOOTER.size, start).endswith(_MAGIC)


def _require_whole(path: Path, descriptor: int) -> None:
    """Raises DataError where it is not."""
    if not _is_whole(descriptor):
        raise DataError(
            f"{path} must be a whole segment of shared pixels, of this version; it has "
            f"{os.fstat(descriptor).st_size} bytes and does not end as one: name what `place` gave"
        )


def _source(buffer: mmap.mmap, entry: Entry) -> ReducedImage:
    pixels = np.ndarray(entry.shape, _PIXEL, buffer, entry.offset)
    return ReducedImage(pixels, (entry.window[0], entry.window[1]))


def _room(folder: Path) -> int:
    """Bytes that a new file may take, and leave some to others; 0 where none can be made."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return 0
    free = _free(folder)
    return free - free // _KEPT_FREE


def _free(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
