"""`mammo`: parse, call, turn errors into exit codes."""

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Iterable, Sequence
from typing import NoReturn

from jobs.common.errors import ExitCode, StoppedError, exit_code, lines_of
from jobs.common.standard_streams import named_stdout, open_closed_streams
from jobs.common.supervisor import (
    STOPPED,
    exit_stopped,
    silence_resource_tracker,
    stop_on_sigterm,
    stop_requested,
    supervise,
)
from jobs.common.termination_message import leave_termination_message
from jobs.stages import COMMANDS, TELLING, call, parse

__all__ = ["COMMANDS", "call", "main", "parse", "process"]


def process() -> NoReturn:
    """The process `mammo`: runs its command line, and ends with its exit code."""
    if "_ARGCOMPLETE" in os.environ:  # a shell asks how the line may go on
        from jobs.completion import complete

        complete()
    open_closed_streams()
    supervise()
    from jobs.common.resources import keep_freed_memory  # slow to import: only once supervised

    keep_freed_memory()
    silence_resource_tracker()
    code = main()
    if code == ExitCode.STOPPED:
        exit_stopped()  # Python's own exit may hang or crash in a library that was interrupted
    sys.exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code. A line on stderr says what went wrong."""
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    try:
        with stop_on_sigterm(), named_stdout():
            from jobs.common.terminal import show_stage

            options, stage = parse(arguments)
            with show_stage(options.command, TELLING) as watch:
                wait = vars(options).get("wait", 0)  # not every command has inputs
                call(stage, options, watch, report=sys.stdout.write, wait=wait)
    except KeyboardInterrupt:
        return _fail(["interrupted; run the same command to resume"], 128 + signal.SIGINT)
    except (Exception, StoppedError) as error:
        # A library may turn a StoppedError that passes through it into an error of its own.
        code = ExitCode.STOPPED if stop_requested() else exit_code(error)
        if code is None:
            raise
        if debug:
            traceback.print_exc()
        return _fail([STOPPED] if stop_requested() else lines_of(error), code)
    return ExitCode.OK


def _fail(lines: Iterable[str], code: int) -> int:
    text = "".join(f"mammo: {line}\n" for line in lines)
    with contextlib.suppress(OSError):  # where stderr is full, the exit code still tells
        sys.stderr.write(text)
    leave_termination_message(text)
    return code
