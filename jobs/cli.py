"""`mammo`: parse, call, turn errors into exit codes."""

import argparse
import contextlib
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from jobs.common.atomic_write import name_errors
from jobs.common.errors import ExitCode, MammoError, StoppedError, UsageError, refusal
from jobs.common.progress import Watch
from jobs.common.supervisor import (
    STOPPED,
    exit_stopped,
    silence_resource_tracker,
    stop_on_sigterm,
    stop_requested,
    supervise,
)

if TYPE_CHECKING:
    from jobs.artifacts.plan import Outcome

COMMANDS = {
    "check": "what is in a release, and every problem with it",
    "phantom": "make a synthetic release from a seed",
    "weights": "fetch or make the checkpoint of the base, and verify it",
    "prepare": "release -> dataset",
    "engine": "dataset -> quantised base, or the precision that pays here",
    "embed": "dataset -> features of every view",
    "train": "features -> heads and their predictions",
    "evaluate": "predictions -> figures",
    "report": "figures -> report.html",
    "verify": "whether two runs are the same study with the same result",
    "study": "run the stages of k8s/ on this machine",
}


class _Parser(argparse.ArgumentParser):
    """argparse that raises instead of exiting, so that one place turns errors into exit codes."""

    def __init__(self, **settings: Any) -> None:
        # --rel for --release would be an error as soon as there is a --relax.
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


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


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, ModuleType]:
    """The options of a command line and the stage that it names.

    Raises:
        UsageError: the command or an option is unknown, missing or malformed.
    """
    parser = _Parser(prog="mammo", description="Research software, not a medical device.")
    _add_debug(parser)
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=_Parser
    )
    named = next((each for each in arguments if not each.startswith("-")), None)
    for name, what in COMMANDS.items():
        command = commands.add_parser(name, help=what)
        if name == named:  # the others' imports are not waited for
            stage = importlib.import_module(f"jobs.stages.{name}")
            command.description = stage.__doc__
            _add_debug(command)
            stage.add_arguments(command)
            command.set_defaults(stage=stage)
    options = parser.parse_args(arguments)
    return options, options.stage


def call(
    stage: ModuleType,
    options: argparse.Namespace,
    watch: Watch,
    report: Callable[[str], object] = lambda line: None,
) -> "Outcome":
    """Carries out what a stage plans, or runs it.

    Args:
        report: is told in a line what came of the plan.

    Raises:
        Exception: whatever the stage raises.
    """
    from jobs.artifacts.plan import NothingToMake, Outcome, carry_out

    if hasattr(stage, "run"):
        stage.run(options, watch)
        return Outcome.MADE
    plan = stage.plan(options, watch)
    outcome = carry_out(plan, watch)
    if isinstance(plan, NothingToMake):
        report(f"not needed: {plan.reason}\n")
    else:
        report(f"{plan.target}: {outcome}\n")
    return outcome


def exit_code(error: BaseException) -> ExitCode | None:
    """The exit code of an error that the user can act on; None for a crash."""
    if isinstance(error, MammoError | StoppedError):
        return error.exit_code
    # Of the others' libraries none is imported for an input that is missing.
    from mammo_tfds.pixels.read import PixelError
    from mammo_tfds.release.contours import ContourError
    from mammo_tfds.release.release import ReleaseError
    from mammo_tfds.splits import SplitError

    if isinstance(error, ReleaseError | PixelError | ContourError):
        return ExitCode.DATA
    if isinstance(error, SplitError):
        return ExitCode.CONFIG
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


def _add_debug(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="tracebacks for errors"
    )
