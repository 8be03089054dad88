"""Files of a node that are made once, held together, and removed by the last who holds them.

Who makes such a file has it locked alone, who holds it shares the lock (flock). Whatever ends a
process, the kernel drops its lock. Its pid would not do: a container that is started again finds
the old one's memory, and is in another pid namespace.
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
"""Makes a context that lasts as long as another process's making is waited for."""


@contextlib.contextmanager
def hold_file(
    path: Path,
    fill: Callable[[int], None],
    whole: Callable[[int], bool],
    waiting: Waiting = contextlib.nullcontext,
) -> Iterator[None]:
    """Has a file there, and whole, under its name until the end.

    The first to come fills it, the others wait for that; where it is killed, one of them does.

    Args:
        path: on a local disk or in memory.
        fill: writes the file, by its descriptor.
        whole: whether one who filled it came to the end, by its descriptor.
        waiting: entered while another process fills it.

    Raises:
        CannotCreateError: something else has that name, or another user's file.
    """
    with ExitStack() as end:
        while not _hold(path, fill, whole, waiting, end):
            end.close()
        yield


def remove_unheld(paths: Iterable[Path]) -> None:
    """Removes those of this user's files that no process holds or makes."""
    for path in paths:
        with contextlib.suppress(OSError, CannotCreateError):  # another's, or gone by now
            _let_go(path, _open(path))


def _hold(
    path: Path,
    fill: Callable[[int], None],
    whole: Callable[[int], bool],
    waiting: Waiting,
    end: ExitStack,
) -> bool:
    """Makes or finds the file, which `end` lets go of; False where it is to be tried again."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _find(path, whole, waiting, end)
    end.callback(_let_go, path, descriptor)
    _lock(path, descriptor, fcntl.LOCK_EX)
    if not _is_named(descriptor):  # removed as unheld in the moment before
        return False
    fill(descriptor)
    _lock(path, descriptor, fcntl.LOCK_SH)
    return True


def _find(path: Path, whole: Callable[[int], bool], waiting: Waiting, end: ExitStack) -> bool:
    try:
        descriptor = _open(path)
    except FileNotFoundError:
        return False
    end.callback(_let_go, path, descriptor)
    try:
        _lock(path, descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        with waiting():
            _lock(path, descriptor, fcntl.LOCK_SH)
    return _is_named(descriptor) and whole(descriptor)


def _open(path: Path) -> int:
    """The descriptor of a plain file of this user."""
    # A pipe of that name must not be waited for, nor a link followed.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid():
        return descriptor
    os.close(descriptor)
    raise CannotCreateError(f"{path} must be a file of this user, or not be there: remove it")


def _lock(path: Path, descriptor: int, how: int) -> None:
    with name_errors(path):
        fcntl.flock(descriptor, how)


def _let_go(path: Path, descriptor: int) -> None:
    """Closes the file, and removes it where nobody else holds it."""
    try:
        _lock(path, descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_named(descriptor):
            path.unlink()
    except BlockingIOError:
        pass  # it is for the last to remove
    finally:
        os.close(descriptor)


def _is_named(descriptor: int) -> bool:
    return os.fstat(descriptor).st_nlink > 0
