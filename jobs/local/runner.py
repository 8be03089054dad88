"""How a study runs its steps on this machine: one stage at a time, its steps at once."""

import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from jobs.artifacts.publish import UnmadeError, only_asking
from jobs.common import resources
from jobs.common.errors import MissingInputError
from jobs.common.progress import silent
from jobs.common.step_table import Row, State, StepTable, state_after
from jobs.local.manifests.pod import Step
from jobs.local.process_pool import Call, Outcome, ProcessPool

_MEMORY = 2 * 2**30
"""Bytes that a process of a crew is given: libraries and a batch, and its share of mapped files."""


class Place(Enum):
    """Where a step runs."""

    HERE = "in the study's own process: it needs nothing that is slow to import"
    ALONE = "in a process that has all threads: it keeps all cores busy"
    ABREAST = "in a process beside others, which share the threads"


class Runner(contextlib.AbstractContextManager["Runner"]):
    """Runs steps, and notes in a timetable what becomes of them.

    A context: where it ends by an error, steps that are running are stopped, their work kept.
    """

    def __init__(self, timetable: StepTable, perform: Call, place: Callable[[Step], Place]) -> None:
        """`perform` is of a module; it returns whether the step published anything."""
        self._timetable, self._perform, self._place = timetable, perform, place
        self._crew: ProcessPool | None = None
        self._crews = contextlib.ExitStack()  # of one at most

    def __exit__(self, *error: Any) -> None:
        self._crews.__exit__(*error)

    def run(self, steps: Sequence[Step]) -> Mapping[Step, MissingInputError]:
        """Runs steps of one stage, at once where this machine has room; returns those that wait.

        Raises:
            BaseException: the first that a step raises.
        """
        places = [self._place(step) for step in steps]
        answers = self._answers(
            [step for step, place in zip(steps, places, strict=True) if place is not Place.HERE]
        )
        leaving = [step for step, answer in answers.items() if answer is None]
        waiting = self._in_turn([step for step in steps if step not in leaving], answers)
        if not leaving:
            return waiting
        size = 1 if Place.ALONE in places else at_once(steps)
        return {**waiting, **self._together(leaving, self._crew_of(size))}

    def _answers(self, steps: Sequence[Step]) -> dict[Step, Outcome | None]:
        """What became of each step, only asked; None where it has something to make."""
        answers: dict[Step, Outcome | None] = {}
        for step in steps:
            try:
                with only_asking():
                    answers[step] = Outcome(step, result=self._perform(step, silent))
            except UnmadeError:
                answers[step] = None
            except Exception as error:
                answers[step] = Outcome(step, error=error)
        return answers

    def _crew_of(self, size: int) -> ProcessPool:
        if self._crew is None or self._crew.size != size:
            self._crews.close()
            self._crew = self._crews.enter_context(ProcessPool(size))
        return self._crew

    def _in_turn(
        self, steps: Sequence[Step], answers: Mapping[Step, Outcome | None]
    ) -> Mapping[Step, MissingInputError]:
        """Calls those that were not asked, and notes what became of all."""
        waiting = {}
        for step in steps:
            try:
                with self._timetable.running(step.name) as row:
                    watch = functools.partial(self._timetable.progress, row)
                    ended = answers.get(step) or Outcome(step, result=self._perform(step, watch))
                    if ended.error:
                        raise ended.error
                    row.state = _ended(ended.result)
            except MissingInputError as error:
                waiting[step] = error
        return waiting

    def _together(
        self, steps: Sequence[Step], crew: ProcessPool
    ) -> Mapping[Step, MissingInputError]:
        running: dict[Step, Row] = {}
        waiting = {}

        def watch(step: Step) -> Any:
            running[step] = self._timetable.begin(step.name)
            return functools.partial(self._timetable.progress, running[step])

        try:
            for ended in crew.run(steps, self._perform, watch):
                row, error = running.pop(ended.step), ended.error
                state = state_after(error) if error else _ended(ended.result)
                self._timetable.end(row, state)
                if isinstance(error, MissingInputError):
                    waiting[ended.step] = error
                elif error:
                    raise error
        finally:
            for row in running.values():
                self._timetable.end(row, State.STOPPED)
        return waiting


def at_once(steps: Sequence[Step]) -> int:
    """How many of a stage's steps run at once here.

    As many as their Jobs' parallelism allows, and as this machine has cores and memory for. Where
    there is a GPU, one: TensorFlow uses all of them for each.
    """
    if resources.gpu_count():
        return 1
    allowed = sum({step.job: step.parallelism for step in steps}.values())
    memory = resources.memory_available() // _MEMORY
    return max(1, min(len(steps), allowed, resources.thread_count(), memory))


def _ended(published: bool) -> State:
    return State.DONE if published else State.UP_TO_DATE
