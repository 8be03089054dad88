"""Written aside, renamed last: a final name means a finished thing, whatever kills its writer.

Only rename, exclusive create and fsync on one volume are relied on; it works on NFS.
"""

import contextlib
import errno
import functools
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Container, Iterator
from pathlib import Path

_MARK = ".writing-"
_WRITER = re.compile(r"(?P<place>.+)_(?P<pid>\d+)_(?P<start>\d+)-[0-9a-f]{8}")
_ABANDONED_SECONDS = 24 * 3600
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_OCCUPIED = (errno.ENOTEMPTY, errno.EEXIST)


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a single file so that its name never stands for less than all of it."""
    _clear_up_once(path.parent)
    aside = _name_aside(path)
    with name_errors(path, aside):
        try:
            with aside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    sync(path.parent)


@contextlib.contextmanager
def temporary_folder(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder`, to be filled and renamed; if it is not renamed, it is removed.

    An error of writing into it names `folder`, which is the name that the user knows.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder.parent)
    aside = _name_aside(folder)
    aside.mkdir()
    try:
        with name_errors(folder, aside, _NO_ROOM):
            yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def rename_if_absent(aside: Path, folder: Path) -> bool:
    """Renames `aside` to `folder`; False if `folder` exists already and is not empty."""
    try:
        aside.rename(folder)
    except OSError as error:
        if error.errno not in _OCCUPIED:
            raise
        return False
    sync(folder.parent)
    return True


def remove_leftovers(parent: Path) -> None:
    """Removes what dead writers left in `parent`: of this host by process, of others by age."""
    for leftover in parent.glob(f".*{_MARK}*"):
        if _is_dead(leftover):
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Removes files that others had begun to write in a folder that is now finished."""
    for unfinished in folder.glob(f".*{_MARK}*"):
        unfinished.unlink(missing_ok=True)


@contextlib.contextmanager
def name_errors(
    path: Path, aside: Path | None = None, surely: Container[int] | None = None
) -> Iterator[None]:
    """Puts `path` into an OSError of writing it, if the error names no file or one in `aside`.

    Args:
        path: what is being written.
        aside: where it is being written until it is complete.
        surely: the errnos for which an error without a file name, as write() and fsync() raise it,
            must come from writing; None if nothing but writing happens in the context.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None:
            ours = surely is None or error.errno in surely
        else:
            names = (error.filename, error.filename2)
            ours = any(aside and str(aside) in str(name) for name in names)
        if ours:
            error.filename, error.filename2 = str(path), None
        raise


def sync(path: Path) -> None:
    """Flushes a file's or folder's content to the disk."""
    with name_errors(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@functools.cache
def _clear_up_once(parent: Path) -> None:
    """Removes leftovers, once per process: for each of many files it would take too long."""
    remove_leftovers(parent)


def _name_aside(path: Path) -> Path:
    """A unique name beside `path` that says which process writes there."""
    pid = os.getpid()
    writer = f"{_place()}_{pid}_{_start(pid)}-{secrets.token_hex(4)}"
    return path.with_name(f".{path.name}{_MARK}{writer}")


def _place() -> str:
    """Where a pid means something: this host, and within it the pid namespace."""
    return f"{socket.gethostname()}_{Path('/proc/self/ns/pid').stat().st_ino}"


def _start(pid: int) -> str | None:
    """When a process began, in clock ticks since boot; None where there is none of that pid."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # proc(5): starttime is field 22; the second, a name in brackets, may have blanks in it.
    return text.rpartition(")")[2].split()[19]


def _is_dead(leftover: Path) -> bool:
    writer = _WRITER.fullmatch(leftover.name.rpartition(_MARK)[2])
    if writer and writer["place"] == _place():
        # A pid can be used again, above all in a restarted container; its start time differs then.
        return _start(int(writer["pid"])) != writer["start"]
    with contextlib.suppress(FileNotFoundError):
        return time.time() - leftover.stat().st_mtime > _ABANDONED_SECONDS
    return False
