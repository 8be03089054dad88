"""What a study has to do, and what will stop it, found out before its first step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from jobs.artifacts.plan import Result
from jobs.common.errors import MissingInputError, exit_code
from jobs.local.manifests.pod import Step

Ask = Callable[[Step], Result | None]
"""What has come of a step already; None where it has something to make."""

Foresee = Callable[[Step], None]
"""Raises what will stop a step, as far as that can be told before any has run."""


@dataclass(frozen=True)
class Outlook:
    """What is known of a study's steps beforehand.

    Attributes:
        settled: what has come of the steps that have nothing to make.
        problems: what will stop the others, in their order, each once.
    """

    settled: Mapping[Step, Result]
    problems: Sequence[Exception]


def look_ahead(steps: Sequence[Step], ask: Ask, foresee: Foresee) -> Outlook:
    """Asks every step, and has those with something to make say what will stop them.

    A step may lack an input that an earlier one is going to make.

    Raises:
        Exception: what is no error of the user's.
    """
    settled: dict[Step, Result] = {}
    problems: dict[str, Exception] = {}
    for number, step in enumerate(steps):
        earlier = [each for each in steps[:number] if each not in settled]
        try:
            if result := _ask(step, ask, bool(earlier)):
                settled[step] = result
            else:
                foresee(step)
        except Exception as error:
            if exit_code(error) is None:
                raise
            # A phantom makes a release, and nothing else that a step needs from outside the root.
            phantom = any(each.options.command == "phantom" for each in earlier)
            comes = phantom and "release" in step.options
            if not (comes and isinstance(error, MissingInputError)):
                problems.setdefault(str(error), error)
    return Outlook(settled, tuple(problems.values()))


def _ask(step: Step, ask: Ask, may_be_made: bool) -> Result | None:
    try:
        return ask(step)
    except MissingInputError:
        if may_be_made:
            return None
        raise
