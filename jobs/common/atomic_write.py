"""Files and folders that are complete or not there, even if their writer is killed.

They are written under a temporary name in the same folder and renamed at the end. This relies only
on rename, exclusive create and fsync within one volume, which also work on NFS.
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
_WRITER = re.compile(r"(?P<process>.+_\d+_\d+)-[0-9a-f]{8}")
_ABANDONED_SECONDS = 24 * 3600
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_OCCUPIED = (errno.ENOTEMPTY, errno.EEXIST)


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file, so that under its name there is never only a part of it."""
    _clear_up_once(path.parent)
    temporary = _temporary_name(path)
    with name_errors(path, temporary):
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    sync(path.parent)


@contextlib.contextmanager
def temporary_folder(folder: Path) -> Iterator[Path]:
    """Makes a folder next to `folder`, to be filled and then renamed with `rename_if_absent`.

    When the context is left without that, it is removed. An error of a full disk names `folder`,
    which is the name that the user knows.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder.parent)
    temporary = _temporary_name(folder)
    temporary.mkdir()
    try:
        with name_errors(folder, temporary, _NO_ROOM):
            yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def rename_if_absent(temporary: Path, folder: Path) -> bool:
    """Renames a folder; False if there is another one of that name with something in it."""
    try:
        temporary.rename(folder)
    except OSError as error:
        if error.errno not in _OCCUPIED:
            raise
        return False
    sync(folder.parent)
    return True


def remove_leftovers(parent: Path) -> None:
    """Removes what killed writers left in `parent`; those of other hosts once it is a day old."""
    for leftover in parent.glob(f".*{_MARK}*"):
        if _is_dead(leftover):
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Removes the temporary files from a folder that is finished."""
    for unfinished in folder.glob(f".*{_MARK}*"):
        unfinished.unlink(missing_ok=True)


@contextlib.contextmanager
def name_errors(
    path: Path, temporary: Path | None = None, errnos: Container[int] | None = None
) -> Iterator[None]:
    """Has an OSError name `path`, if it names no file or one under its temporary name.

    Args:
        path: what is being written.
        temporary: the temporary name of it.
        errnos: of an error that names no file (as of write and fsync), those that can only come
            from writing `path`; None for all, where nothing else is done in the context.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None:
            ours = errnos is None or error.errno in errnos
        else:
            names = (error.filename, error.filename2)
            ours = any(temporary and str(temporary) in str(name) for name in names)
        if ours:
            error.filename, error.filename2 = str(path), None
        raise


def sync(path: Path) -> None:
    """Waits until the content of a file or folder is on the disk."""
    with name_errors(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@functools.cache
def _clear_up_once(parent: Path) -> None:
    """Removes leftovers once a process: each time would list all files for every file written."""
    remove_leftovers(parent)


def this_process() -> str:
    """What no other process is called: its host and pid namespace, its pid, when it began."""
    pid = os.getpid()
    return f"{_pid_scope()}_{pid}_{_start_time(pid)}"


def has_ended(process: str) -> bool | None:
    """Whether a process, by what `this_process` called it, has ended; None if it is elsewhere."""
    before, _, start = process.rpartition("_")
    scope, _, pid = before.rpartition("_")
    if scope != _pid_scope() or not pid.isdigit():
        return None
    # A pid is reused, in a restarted container above all; with the same start time it is not.
    return _start_time(int(pid)) != start


def _temporary_name(path: Path) -> Path:
    """A unique name in the same folder, which says which process writes there."""
    return path.with_name(f".{path.name}{_MARK}{this_process()}-{secrets.token_hex(4)}")


def _pid_scope() -> str:
    """Where a pid is unique: the host, and its pid namespace."""
    return f"{socket.gethostname()}_{Path('/proc/self/ns/pid').stat().st_ino}"


def _start_time(pid: int) -> str | None:
    """When a process was started, in clock ticks since boot; None if there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # proc(5): starttime is field 22; field 2, a name in brackets, may contain spaces.
    return text.rpartition(")")[2].split()[19]


def _is_dead(leftover: Path) -> bool:
    writer = _WRITER.fullmatch(leftover.name.rpartition(_MARK)[2])
    ended = has_ended(writer["process"]) if writer else None
    if ended is not None:
        return ended
    with contextlib.suppress(FileNotFoundError):
        return time.time() - leftover.stat().st_mtime > _ABANDONED_SECONDS
    return False
