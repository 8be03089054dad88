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
    NOTHING_LEFT = "nothing left to do"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True)
class Result:
    """What came of a plan, and of which.

    Attributes:
        target: the plan's; None where a stage has none.
        reason: why it is not needed; else "".
    """

    outcome: Outcome
    target: Path | None = None
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.target or self.outcome}: {self.reason or self.outcome}"


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

    def make(self, watch: Watch) -> Outcome:
        """Makes the target, or this process's part of it.

        Returns:
            MADE; or NOTHING_LEFT if other processes made it meanwhile.
        """


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

    def make(self, watch: Watch) -> Outcome:
        publishing = publish_workspace if self.in_workspace else publish
        with (
            unless_another_finishes(self.target, self.recipe, self.remedy),
            publishing(self.target, self.recipe, self.remedy) as draft,
        ):
            self.fill(draft, watch)
            return Outcome.MADE
        return Outcome.NOTHING_LEFT


@dataclass(frozen=True)
class PlanChain:
    """Plans in sequence: each is drawn up after those before it are made, as it may read them."""

    plans: Sequence[Callable[[], "AnyPlan"]]

    def draw_up(self) -> "Iterator[AnyPlan]":
        """The plans in turn."""
        return (draw_up() for draw_up in self.plans)


AnyPlan = Plan | PlanChain | NothingToMake
"""What a stage's `plan` may return."""


def settled(plan: AnyPlan) -> Result | None:
    """What has come of a plan that needs no work, of a chain's last; None if there is work."""
    if isinstance(plan, NothingToMake):
        return Result(Outcome.NOT_NEEDED, reason=plan.reason)
    if isinstance(plan, PlanChain):
        result = None
        for each in plan.draw_up():
            if (result := settled(each)) is None:
                break
        return result
    return Result(Outcome.UP_TO_DATE, plan.target) if plan.is_made() else None


def carry_out(plan: AnyPlan, watch: Watch) -> list[Result]:
    """Makes what a plan says, unless it is not needed or exists already.

    Returns:
        what came of it; of a chain, of each of its plans.
    """
    if isinstance(plan, NothingToMake):
        return [Result(Outcome.NOT_NEEDED, reason=plan.reason)]
    if isinstance(plan, PlanChain):
        return [result for each in plan.draw_up() for result in carry_out(each, watch)]
    return [Result(Outcome.UP_TO_DATE if plan.is_made() else plan.make(watch), plan.target)]
