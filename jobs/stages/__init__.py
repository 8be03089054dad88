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

from jobs.common.nearest import did_you_mean
from jobs.common.parser import Parser
from jobs.common.progress import Watch

if TYPE_CHECKING:
    from jobs.artifacts.plan import Result

COMMANDS = {
    "check": "what is in a release, and every problem with it",
    "phantom": "make a synthetic release from a seed",
    "weights": "fetch or make the checkpoint of the base, and verify it",
    "prepare": "release -> dataset",
    "engine": "dataset -> quantised base, or the fastest precision here",
    "embed": "dataset -> features of every view",
    "train": "features -> heads and their predictions",
    "evaluate": "predictions -> figures",
    "report": "figures -> report.html and model_card.md",
    "explain": "model, images -> maps of where its logits come from",
    "units": "trained model -> what its units respond to, in pictures",
    "compare": "finished runs -> whether one is better than another",
    "recalibrate": "a run and labelled cases -> its calibration to a site",
    "export": "a run -> one file for other machines and programs",
    "search": "try many settings of a study on shared features",
    "inflation": "what protocols that flatter add to a figure",
    "predict": "new DICOM files -> predictions.csv",
    "verify": "whether two runs are the same study with the same result",
    "study": "run the stages of k8s/ on this machine",
}


TELLING = {"prepare": "images", "train": "epochs", "engine": "", "search": "trials"}
"""Of stages that do several things, the one whose pace tells when they end; "" is none."""


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, ModuleType]:
    """The options of a command line and the stage that it names.

    Raises:
        UsageError: the command or an option is unknown, missing or malformed; if nothing is given,
            the help is on stderr.
    """
    parser, command = build_parser(arguments)
    named = next((each for each in arguments if not each.startswith("-")), None)
    first = arguments.index(named) if named is not None else len(arguments)
    parser.require_known(arguments[:first])
    if named is None and set(arguments) <= {"--debug"}:
        # Not on stdout, nor a success: a script may have lost its command.
        parser.print_help(sys.stderr)
    if named is not None and command is None:
        near = did_you_mean(named, COMMANDS) or f"; commands: {', '.join(COMMANDS)}"
        parser.error(f"unknown command {named}{near}")
    if command is not None:
        command.require_known(arguments[first + 1 :])
    options, rest = parser.parse_known_args(arguments)
    if rest:
        (command or parser).error(f"there is no place for {' '.join(rest)}")
    return options, options.stage


def build_parser(arguments: Sequence[str]) -> tuple[Parser, Parser | None]:
    """The parser of all commands, and that of the command which is named, None if none is.

    The options of other commands are unknown to it: to import their stages takes time.
    """
    parser = Parser(
        prog="mammo",
        description="Research software, not a medical device.",
        formatter_class=_Formatter,
    )
    _add_debug(parser)
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=Parser
    )
    named = next((each for each in arguments if not each.startswith("-")), None)
    for name, what in COMMANDS.items():
        command = commands.add_parser(name, help=what)
        if name == named:
            stage = importlib.import_module(f"jobs.stages.{name}")
            command.description = stage.__doc__
            _add_debug(command)
            stage.add_arguments(command)
            command.set_defaults(stage=stage)
    return parser, commands.choices.get(named) if named else None


def call(
    stage: ModuleType,
    options: argparse.Namespace,
    watch: Watch,
    report: Callable[[str], object] = lambda line: None,
    wait: float = 0,
) -> list["Result"]:
    """Carries out what a stage plans, or runs it.

    Args:
        report: called with a line for each result.
        wait: how many seconds to wait for inputs. `mammo study` never does: it has made them.

    Raises:
        Exception: whatever the stage raises.
    """
    from jobs.artifacts.plan import Outcome, Result, carry_out
    from jobs.artifacts.waiting import when_inputs_come

    if hasattr(stage, "run"):
        stage.run(options, watch)
        return [Result(Outcome.MADE)]
    results = when_inputs_come(lambda: carry_out(stage.plan(options, watch), watch), wait)
    for result in results:
        report(f"{result}\n")
    if hasattr(stage, "tell"):
        report(stage.tell(options))
    return results


def _add_debug(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="tracebacks for errors"
    )


class _Formatter(argparse.HelpFormatter):
    """Leaves room for the indent of the longest command, which argparse forgets."""

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        for command in self._iter_indented_subactions(action):
            length = self._current_indent + len(self._format_action_invocation(command))
            self._action_max_length = max(self._action_max_length, length)


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
