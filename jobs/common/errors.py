"""Exit codes (sysexits.h), which Kubernetes acts on, and the exceptions that carry them."""

import errno
import os
from enum import IntEnum


class ExitCode(IntEnum):
    """What a stage's process ends with; `k8s/` repeats these numbers in its failure policies."""

    OK = 0
    USAGE = 64
    DATA = 65
    MISSING_INPUT = 69
    CANNOT_CREATE = 73
    IO = 74
    STOPPED = 75
    CONFIG = 78


class MammoError(Exception):
    """A failure that the user can act on: one line of what, where, the rule, the value."""

    exit_code: ExitCode


class UsageError(MammoError):
    """The command line is wrong. Never retried."""

    exit_code = ExitCode.USAGE


class DataError(MammoError):
    """The data cannot be used. Never retried."""

    exit_code = ExitCode.DATA


class MissingInputError(MammoError):
    """An earlier stage's artifact is not there yet. The Job retries it, with back-off."""

    exit_code = ExitCode.MISSING_INPUT


class CannotCreateError(MammoError):
    """The disk is full, or the folder may not be written. Counted against the Job's limit."""

    exit_code = ExitCode.CANNOT_CREATE


class IoError(MammoError):
    """Reading or writing failed. Counted against the Job's limit."""

    exit_code = ExitCode.IO


class PeerError(MammoError):
    """Another process of the same training or study is gone; all work so far is kept.

    The Job retries it without counting: if the other process crashed, that is what counts.
    """

    exit_code = ExitCode.STOPPED


class StoppedError(BaseException):
    """Stopped by SIGTERM; all work so far is kept. The Job retries it without counting.

    Like KeyboardInterrupt it is not an `Exception`: it can be raised anywhere, also in a library
    that catches every Exception and carries on.
    """

    exit_code = ExitCode.STOPPED


class ConfigError(MammoError):
    """The configuration is wrong, or contradicts existing artifacts. Never retried."""

    exit_code = ExitCode.CONFIG


_ROOM = "make room, then run the same command"
_RIGHT = "give this user the right to, or name another place"
_CANNOT_CREATE = {
    errno.ENOSPC: ("write", _ROOM),
    errno.EDQUOT: ("write", _ROOM),
    errno.EFBIG: ("write", "name a place that takes files of this size"),
    errno.EROFS: ("write", "name a place that can be written"),
    errno.EACCES: ("open", _RIGHT),
    errno.EPERM: ("open", _RIGHT),
    errno.ENOTDIR: ("create", "a file lies where a folder must be; name another place"),
    errno.EEXIST: ("create", "remove what lies there, or name another place"),
    errno.EISDIR: ("write", "a folder lies where a file must be; name another place"),
    errno.ENAMETOOLONG: ("create", "name a shorter one"),
}
"""For an errno of the operating system: what could not be done, and what the user can do."""


def refusal(error: OSError) -> CannotCreateError | IoError:
    """An operating system's error in one line for the user, with its exit code."""
    assert error.errno is not None
    # In a rename or a copy the second name is the target.
    name = error.filename2 or error.filename
    where = os.fsdecode(name) if isinstance(name, str | bytes) else "a file"
    reason = os.strerror(error.errno)  # a library's own text may be a paragraph
    if error.errno in _CANNOT_CREATE:
        what, advice = _CANNOT_CREATE[error.errno]
        return CannotCreateError(f"cannot {what} {where}: {reason}: {advice}")
    return IoError(
        f"cannot read or write {where}: {reason}: check it and its volume, then run the same "
        "command"
    )
