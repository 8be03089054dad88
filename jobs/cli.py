"""`mammo`: parse, call, turn errors into exit codes."""

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from jobs.common.atomic_write import name_errors
from jobs.common.errors import ExitCode, MammoError, StoppedError, refusal
from jobs.common.supervisor import (
    STOPPED,
    exit_stopped,
    silence_resource_tracker,
    stop_on_sigterm,
    stop_requested,
    supervise,
)
from jobs.stages import COMMANDS, call, parse

__all__ = ["COMMANDS", "call", "main", "parse", "process"]


def process() -> NoReturn:
    """The process `mammo`: runs its command line, and ends with its exit code."""
    supervise()
    from jobs.common.resources import keep_freed_memory  # in here, as all that is slow to import

    keep_freed_memory()
    silence_resource_tracker()
    code = main()
    if code == ExitCode.STOPPED:
        exit_stopped()  # at Python's own end, what libraries are in the middle of may hang or crash
    sys.exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code. One line on stderr says what went wrong."""
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    try:
        with stop_on_sigterm(), _stdout_written():
            from jobs.common.terminal import show_stage

            options, stage = parse(arguments)
            with show_stage(options.command) as watch:
                call(stage, options, watch, report=sys.stdout.write)
    except KeyboardInterrupt:
        return _failed("interrupted; run the same command to resume", 128 + signal.SIGINT)
    except (Exception, StoppedError) as error:
        # Whatever a library makes of a StoppedError that passes through it.
        code = ExitCode.STOPPED if stop_requested() else exit_code(error)
        if code is None:
            raise
        if debug:
            traceback.print_exc()
        told = refusal(error) if isinstance(error, OSError) else error
        return _failed(STOPPED if stop_requested() else str(told), code)
    return ExitCode.OK


def exit_code(error: BaseException) -> ExitCode | None:
    """The exit code of an error that the user can act on; None for a crash."""
    if isinstance(error, MammoError | StoppedError):
        return error.exit_code
    if isinstance(error, OSError) and error.errno is not None:
        return refusal(error).exit_code
    return None


@contextlib.contextmanager
def _stdout_written() -> Iterator[None]:
    """Writes out what stdout holds back, so that a full disk there is told as any other."""
    try:
        yield
    finally:
        try:
            with name_errors(Path("stdout")):
                sys.stdout.flush()
        except OSError:
            # Or the interpreter would try again at its end, and tell it in its own way.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise


def _failed(message: str, code: int) -> int:
    sys.stderr.write(f"mammo: {' '.join(message.split())}\n")
    return code
