"""A stage's plan: what it would make, whether that exists already, and how it is made."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from jobs.artifacts.publish import (
    REMEDY,
    Draft,
    publish,
    publish_workspace,
    remove_workspace,
    unless_another_finishes,
    up_to_date,
)
from jobs.artifacts.recipe import Recipe
from jobs.common.progress import Watch


class Outcome(StrEnum):
    """What came of a plan."""

    MADE = "done"
    UP_TO_DATE = "up to date"
    NOT_NEEDED = "not needed"


class Plan(Protocol):
    """What a stage would make.

    Attributes:
        target: the file or folder.
    """

    @property
    def target(self) -> Path: ...

    def is_made(self) -> bool:
        """Whether the target is there, and is what would be made.

        Raises:
            ConfigError: something else is there.
            DataError: it is damaged.
        """

    def make(self, watch: Watch) -> bool:
        """Makes the target; False if another process made it, or left this one nothing to do."""


@dataclass(frozen=True)
class NothingToMake:
    """The plan of a stage that the study does not need, and the reason."""

    reason: str


@dataclass(frozen=True)
class ArtifactPlan:
    """A plan to publish an artifact.

    Attributes:
        target: the artifact's folder.
        recipe: what determines its content.
        fill: fills the draft.
        remedy: what a user can do where the folder holds something else.
        in_workspace: the draft's folder is the recipe's workspace: files that are finished survive
            a stop, and several workers may fill it together.
        check: called if the artifact exists already; raises an error if it is not good enough.
    """

    target: Path
    recipe: Recipe
    fill: Callable[[Draft, Watch], None]
    remedy: str = REMEDY
    in_workspace: bool = False
    check: Callable[[], None] = lambda: None

    def is_made(self) -> bool:
        if not up_to_date(self.target, self.recipe, self.remedy):
            return False
        remove_workspace(self.target, self.recipe)  # of a call that was killed after publishing
        self.check()
        return True

    def make(self, watch: Watch) -> bool:
        publishing = publish_workspace if self.in_workspace else publish
        with (
            unless_another_finishes(self.target, self.recipe, self.remedy),
            publishing(self.target, self.recipe, self.remedy) as draft,
        ):
            self.fill(draft, watch)
            return True
        return False


@dataclass(frozen=True)
class PlanChain:
    """Plans in sequence: each is drawn up after those before it are made, as it may read them.

    The last one's target is the chain's.
    """

    target: Path
    plans: Sequence[Callable[[], Plan | NothingToMake]]

    def is_made(self) -> bool:
        return all(settled(plan) for plan in self._draw_up())

    def make(self, watch: Watch) -> bool:
        outcomes = [carry_out(plan, watch) for plan in self._draw_up()]
        return outcomes[-1] is Outcome.MADE

    def _draw_up(self) -> Iterator[Plan | NothingToMake]:
        return (draw_up() for draw_up in self.plans)


def settled(plan: Plan | NothingToMake) -> Outcome | None:
    """The outcome of a plan that needs no work; None if there is something to make."""
    if isinstance(plan, NothingToMake):
        return Outcome.NOT_NEEDED
    return Outcome.UP_TO_DATE if plan.is_made() else None


def carry_out(plan: Plan | NothingToMake, watch: Watch) -> Outcome:
    """Makes what a plan says, unless it is not needed or exists already."""
    if isinstance(plan, NothingToMake):
        return Outcome.NOT_NEEDED
    made = not plan.is_made() and plan.make(watch)
    return Outcome.MADE if made else Outcome.UP_TO_DATE
