"""How a study runs its steps on this machine: one stage at a time, its steps at once."""

import contextlib
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from jobs.artifacts.plan import Outcome, Result
from jobs.common import resources
from jobs.common.progress import Watch
from jobs.common.step_table import Row, State, StepTable, state_after
from jobs.local.manifests.pod import Step
from jobs.local.process_pool import Call, ProcessPool

_STATES = {
    Outcome.MADE: State.DONE,
    Outcome.UP_TO_DATE: State.UP_TO_DATE,
    Outcome.NOTHING_LEFT: State.NOTHING_LEFT,
    Outcome.NOT_NEEDED: State.NOT_NEEDED,
}


class Execution(Enum):
    """Where a step runs."""

    IN_PROCESS = "in the study's own process: it needs nothing that is slow to import"
    EXCLUSIVE = "in a process that has all threads: it keeps all cores busy"
    CONCURRENT = "in a process beside others, which share the threads"


@dataclass(frozen=True)
class Placement:
    """Where a step runs, and how many bytes of memory its process needs.

    By default, those of libraries, a batch, and its share of mapped files.
    """

    execution: Execution
    memory: int = 2 * 2**30


Ask = Callable[[Step], Result | None]
"""What has come of a step already; None where it has something to make."""


class Runner(contextlib.AbstractContextManager["Runner"]):
    """Runs steps, and notes in a table what becomes of them.

    Attributes:
        results: what has come of each step that has ended without an error.

    A context: if it ends by an error, steps that are running are stopped, their work kept.
    """

    def __init__(
        self,
        table: StepTable,
        ask: Ask,
        perform: Call,
        place: Callable[[Step], Placement],
        preload: str,
    ) -> None:
        """`perform` is a module's function, which a process can import; it returns a Result.

        `preload` is the module that processes have imported when they start.
        """
        self._table, self._ask, self._perform, self._place = table, ask, perform, place
        self._preload = preload
        self.results: dict[Step, Result] = {}
        self._pool: ProcessPool | None = None
        self._pools = contextlib.ExitStack()  # of one at most

    def __exit__(self, *error: Any) -> None:
        self._pools.__exit__(*error)

    def run(self, steps: Sequence[Step]) -> None:
        """Runs steps of one stage, at once where this machine has room.

        No process is started for a step that has nothing to make.

        Raises:
            BaseException: the first that a step raises.
        """
        left = [step for step in steps if not self._settle(step)]
        if left:
            placements = [self._place(step) for step in left]
            exclusive = any(each.execution is Execution.EXCLUSIVE for each in placements)
            # By all steps, not by those left: as many threads for each as in an unbroken study.
            size = count_at_once(steps, max(each.memory for each in placements))
            self._run_in_pool(left, self._pool_of(1 if exclusive else size))

    def _settle(self, step: Step) -> bool:
        """Runs a step here if it is light; else says whether it has nothing to make."""
        if self._place(step).execution is Execution.IN_PROCESS:
            with self._table.running(step.name) as row:
                result = self._perform(step, functools.partial(self._table.progress, row))
                self._note(step, row, result)
            return True
        try:
            settled = self._ask(step)
        except Exception as error:
            self._table.end(self._table.begin(step.name), state_after(error))
            raise
        if settled:
            row = self._table.begin(step.name)
            self._note(step, row, settled)
            self._table.end(row, row.state)
        return settled is not None

    def _note(self, step: Step, row: Row, result: Result) -> None:
        self.results[step] = result
        row.state = _STATES[result.outcome]

    def _pool_of(self, size: int) -> ProcessPool:
        if self._pool is None or self._pool.size != size:
            self._pools.close()
            self._pool = self._pools.enter_context(ProcessPool(size, self._preload))
        return self._pool

    def _run_in_pool(self, steps: Sequence[Step], pool: ProcessPool) -> None:
        running: dict[Step, Row] = {}

        def watch(step: Step) -> Watch:
            running[step] = self._table.begin(step.name)
            return functools.partial(self._table.progress, running[step])

        try:
            for ended in pool.run(steps, self._perform, watch):
                row = running.pop(ended.step)
                if ended.error:
                    self._table.end(row, state_after(ended.error))
                    raise ended.error
                self._note(ended.step, row, _after_others(ended.result))
                self._table.end(row, row.state)
        finally:
            for row in running.values():
                self._table.end(row, State.STOPPED)


def _after_others(result: Result) -> Result:
    """The result of a step that had something to make when it was asked: others made it since."""
    if result.outcome is Outcome.UP_TO_DATE:
        return replace(result, outcome=Outcome.NOTHING_LEFT)
    return result


def count_at_once(steps: Sequence[Step], memory: int) -> int:
    """How many of a stage's steps, each of which needs so many bytes, run at once here.

    As many as their Jobs' parallelism allows, and as this machine has cores and memory for. Where
    there is a GPU, one: TensorFlow uses all of them for each.
    """
    if resources.gpu_count():
        return 1
    allowed = sum({step.job: step.parallelism for step in steps}.values())
    fitting = resources.memory_available() // memory
    return max(1, min(len(steps), allowed, resources.thread_count(), fitting))
