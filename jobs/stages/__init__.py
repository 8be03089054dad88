"""The stages: one file each, named like its command and its Job; and how a command line calls one.

A stage has `add_arguments(parser)`, and one of two: `plan(options, watch)`, which says what it
would make, or `run(options, watch)`, where it makes nothing.
"""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from jobs.common.errors import UsageError
from jobs.common.progress import Watch

if TYPE_CHECKING:
    from jobs.artifacts.plan import Outcome

COMMANDS = {
    "check": "what is in a release, and every problem with it",
    "phantom": "make a synthetic release from a seed",
    "weights": "fetch or make the checkpoint of the base, and verify it",
    "prepare": "release -> dataset",
    "engine": "dataset -> quantised base, or the fastest precision here",
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


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, ModuleType]:
    """The options of a command line and the stage that it names.

    Raises:
        UsageError: the command or an option is unknown, missing or malformed.
    """
    parser = _Parser(prog="mammo", description="Research software, not a medical device.")
    _add_debug(parser)
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=_Parser
    )
    named = next((each for each in arguments if not each.startswith("-")), None)
    for name, what in COMMANDS.items():
        command = commands.add_parser(name, help=what)
        if name == named:  # the other stages are not imported: it takes time
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
    wait: float = 0,
) -> "Outcome":
    """Carries out what a stage plans, or runs it.

    Args:
        report: called with a line that says what was done.
        wait: how many seconds to wait for inputs. `mammo study` never does: it has made them.

    Raises:
        Exception: whatever the stage raises.
    """
    from jobs.artifacts.plan import NothingToMake, Outcome, Plan, carry_out
    from jobs.artifacts.waiting import when_inputs_come

    if hasattr(stage, "run"):
        stage.run(options, watch)
        return Outcome.MADE

    def attempt() -> tuple[Plan | NothingToMake, Outcome]:
        plan = stage.plan(options, watch)
        return plan, carry_out(plan, watch)

    plan, outcome = when_inputs_come(attempt, wait)
    if isinstance(plan, NothingToMake):
        report(f"not needed: {plan.reason}\n")
    else:
        report(f"{plan.target}: {outcome}\n")
    return outcome


def _add_debug(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="tracebacks for errors"
    )


class _Version(argparse.Action):
    """Prints the version, which is looked up when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(
            option_strings, argparse.SUPPRESS, 0, help="show the version of mammo and exit"
        )

    def __call__(self, parser: argparse.ArgumentParser, *given: Any) -> NoReturn:
        from importlib.metadata import version

        sys.stdout.write(f"mammo {version('mammo')}\n")
        parser.exit()
