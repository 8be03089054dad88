"""Files that several processes of one machine use together: the first makes, the last removes.

The process that makes such a file locks it exclusively; processes that use it share the lock
(flock). However a process ends, the kernel drops its lock. A pid in the file's name would not do:
containers that share memory have pid namespaces of their own.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from jobs.common.atomic_write import name_errors
from jobs.common.errors import CannotCreateError

Waiting = Callable[[], AbstractContextManager[object]]
"""Makes a context that lasts for as long as another process makes the file."""


@contextlib.contextmanager
def hold_file(
    path: Path,
    fill: Callable[[int], None],
    is_whole: Callable[[int], bool],
    waiting: Waiting = contextlib.nullcontext,
) -> Iterator[None]:
    """Keeps a file, complete, under its name until the context ends.

    The first process fills it, the others wait. If that process is killed or fails, one of the
    others fills it. The last one to leave removes it.

    Args:
        path: on a local disk or in memory.
        fill: writes the file through its descriptor.
        is_whole: whether a file was filled to its end; takes its descriptor.
        waiting: entered while another process fills the file.

    Raises:
        CannotCreateError: something else has that name, or another user's file.
    """
    with ExitStack() as end:
        while not _hold(path, fill, is_whole, waiting, end):
            end.close()
        yield


def remove_unheld(paths: Iterable[Path]) -> None:
    """Removes those of this user's files that no process holds or makes."""
    for path in paths:
        with contextlib.suppress(OSError, CannotCreateError):  # another user's, or gone by now
            _release(path, _open(path))


def _hold(
    path: Path,
    fill: Callable[[int], None],
    is_whole: Callable[[int], bool],
    waiting: Waiting,
    end: ExitStack,
) -> bool:
    """Makes or finds the file, and has `end` release it; False where it has to be tried again."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _find(path, is_whole, waiting, end)
    end.callback(_release, path, descriptor)
    _lock(path, descriptor, fcntl.LOCK_EX)
    if not _has_name(descriptor):  # `remove_unheld` came between creating and locking
        return False
    fill(descriptor)
    _lock(path, descriptor, fcntl.LOCK_SH)
    return True


def _find(path: Path, is_whole: Callable[[int], bool], waiting: Waiting, end: ExitStack) -> bool:
    """Waits for a file that is there; False where it is gone or not whole by then."""
    try:
        descriptor = _open(path)
    except FileNotFoundError:
        return False
    end.callback(_release, path, descriptor)
    try:
        _lock(path, descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        with waiting():
            _lock(path, descriptor, fcntl.LOCK_SH)
    return _has_name(descriptor) and is_whole(descriptor)


def _open(path: Path) -> int:
    """The descriptor of a regular file of this user; a link is not followed."""
    # Without O_NONBLOCK, opening a pipe of that name would wait for its other end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid():
        return descriptor
    os.close(descriptor)
    raise CannotCreateError(f"{path} must be a regular file of this user or not exist: remove it")


def _lock(path: Path, descriptor: int, operation: int) -> None:
    with name_errors(path):
        fcntl.flock(descriptor, operation)


def _release(path: Path, descriptor: int) -> None:
    """Closes the file; removes it first where no other process holds it."""
    try:
        _lock(path, descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _has_name(descriptor):
            path.unlink()
    except BlockingIOError:
        pass  # another process holds it, and the last one removes it
    finally:
        os.close(descriptor)


def _has_name(descriptor: int) -> bool:
    return os.fstat(descriptor).st_nlink > 0
