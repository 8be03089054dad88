"""Exit codes (sysexits.h), which Kubernetes acts on, and the exceptions that carry them."""

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
    """An earlier stage's artifact is not there yet. Comes again, with back-off."""

    exit_code = ExitCode.MISSING_INPUT


class CannotCreateError(MammoError):
    """The disk is full or the place may not be written. Counted against the Job's limit."""

    exit_code = ExitCode.CANNOT_CREATE


class IoError(MammoError):
    """Reading or writing failed. Counted against the Job's limit."""

    exit_code = ExitCode.IO


class StoppedError(MammoError):
    """Stopped by SIGTERM; all work so far is kept. Comes again."""

    exit_code = ExitCode.STOPPED


class ConfigError(MammoError):
    """The configuration is wrong, or contradicts what is there. Never retried."""

    exit_code = ExitCode.CONFIG
