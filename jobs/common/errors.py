"""Exit codes (sysexits.h), which Kubernetes acts on, and the exceptions that carry them."""

import errno
import os
import signal
from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """How a stage's process exits; the failure policies in `k8s/` repeat these numbers."""

    OK = 0
    USAGE = 64
    DATA = 65
    MISSING_INPUT = 69
    CANNOT_CREATE = 73
    IO = 74
    STOPPED = 75
    CONFIG = 78


class MammoError(Exception):
    """A failure that the user can act on, in one line: what, where, the rule, the value."""

    exit_code: ExitCode


class UsageError(MammoError):
    """The command line is wrong. Never retried."""

    exit_code = ExitCode.USAGE


class DataError(MammoError):
    """The data cannot be used. Never retried."""

    exit_code = ExitCode.DATA


class MissingInputError(MammoError):
    """An earlier stage's artifact is not there, also after `--wait`. The Job retries it."""

    exit_code = ExitCode.MISSING_INPUT


class CannotCreateError(MammoError):
    """The disk is full or the place may not be written. Counted against the Job's limit."""

    exit_code = ExitCode.CANNOT_CREATE


class IoError(MammoError):
    """Reading or writing failed. Counted against the Job's limit."""

    exit_code = ExitCode.IO


class PeerError(MammoError):
    """A peer of the same training is gone or never came; all work so far is kept.

    The Job retries it without counting it: if the peer crashed, its own end is counted.
    """

    exit_code = ExitCode.STOPPED


class StoppedError(BaseException):
    """Stopped by SIGTERM; all work so far is kept. The Job retries it without counting it.

    Like KeyboardInterrupt it is no `Exception`: it can be raised anywhere, also within a library
    that catches every exception and carries on.
    """

    exit_code = ExitCode.STOPPED


class ConfigError(MammoError):
    """The configuration is wrong, or contradicts an existing artifact. Never retried."""

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
"""errno -> what could not be done, and what the user can do about it."""


def refusal(error: OSError) -> CannotCreateError | IoError:
    """The error to report for an error of the operating system, which has an errno."""
    assert error.errno is not None
    # Of a rename or copy, the second name is the one that is being created.
    name = error.filename2 or error.filename
    where = os.fsdecode(name) if isinstance(name, str | bytes) else "a file"
    reason = os.strerror(error.errno)  # a library's own text may be long
    if error.errno in _CANNOT_CREATE:
        what, advice = _CANNOT_CREATE[error.errno]
        return CannotCreateError(f"cannot {what} {where}: {reason}: {advice}")
    advice = "give it more memory" if error.errno == errno.ENOMEM else "check it and its volume"
    return IoError(f"cannot read or write {where}: {reason}: {advice}, then run the same command")


def exit_code(error: BaseException) -> int | None:
    """The exit code of an error that the user can act on; None for a crash.

    Of several errors, an ExceptionGroup, it is the first one's.
    """
    if isinstance(error, BaseExceptionGroup):
        return exit_code(error.exceptions[0])
    if isinstance(error, MammoError | StoppedError):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return 128 + signal.SIGINT
    if isinstance(error, OSError) and error.errno is not None:
        return refusal(error).exit_code
    return None


def lines_of(error: BaseException) -> Sequence[str]:
    """What is told of an error: a line; of several errors, an ExceptionGroup, one of each."""
    if isinstance(error, BaseExceptionGroup):
        return [line for each in error.exceptions for line in lines_of(each)]
    told = refusal(error) if isinstance(error, OSError) and error.errno is not None else error
    line = " ".join(str(told).split())
    return [line if line.isprintable() else ascii(line)[1:-1]]  # a name may hold escape sequences
