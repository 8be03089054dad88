"""How a command line may go on, for a shell that asks: at TAB, if that is switched on.

The shell calls `mammo` itself with the line in a variable, as argcomplete's documentation says.
Nothing of this is imported otherwise.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, TextIO, get_args, get_origin

import argcomplete

from jobs.artifacts.layout import Root
from jobs.config.overrides import list_keys
from jobs.config.study import Study
from jobs.local.manifests.render import list_overlays
from jobs.stages import build_parser

Completer = Callable[..., Sequence[str]]


def complete(
    exit_method: Callable[[int], Any] = os._exit, output_stream: TextIO | None = None
) -> None:
    """Writes to the shell how its line, in COMP_LINE, may go on; ends the process.

    Args:
        exit_method: called at the end.
        output_stream: where to write; the shell's own descriptor if None.
    """
    parser, command = build_parser(os.environ["COMP_LINE"].split()[1:])
    for action in command._actions if command else ():
        if action.dest in _COMPLETERS:
            action.completer = _COMPLETERS[action.dest]  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser, exit_method=exit_method, output_stream=output_stream)


def _complete_override(prefix: str, **given: Any) -> Sequence[str]:
    """Keys of study.yaml with `=`; behind it, the values of a key that takes one of a few."""
    types = list_keys(Study)
    key, equals, _ = prefix.partition("=")
    if not equals:
        return [f"{each}=" for each in types]
    hint = types.get(key)
    kinds = (hint, *get_args(hint))  # a key may also take a number or one of a few words
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    return [f"{key}={word}" for word in (("true", "false") if hint is bool else words)]


def _complete_run(parsed_args: argparse.Namespace, **given: Any) -> Sequence[str]:
    """The runs under the root that the line names."""
    return Root(Path(parsed_args.root)).list_runs() if parsed_args.root else []


def _complete_overlay(**given: Any) -> Sequence[str]:
    return list_overlays()


_COMPLETERS: dict[str, Completer] = {
    "overrides": _complete_override,
    "run": _complete_run,
    "overlay": _complete_overlay,
}
"""What completes the value of an option, by its destination; of the others argcomplete has it."""
