"""How a study runs its steps on this machine: one stage at a time, its steps at once."""

import contextlib
import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from jobs.artifacts.plan import Outcome, Result
from jobs.common.progress import Watch
from jobs.common.step_table import Row, State, StepTable, state_after
from jobs.local.manifests.pod import Step
from jobs.local.outlook import Ask
from jobs.local.placement import Execution, Place, processes_for
from jobs.local.process_pool import Call, ProcessPool

STATES = {
    Outcome.MADE: State.DONE,
    Outcome.UP_TO_DATE: State.UP_TO_DATE,
    Outcome.NOTHING_LEFT: State.NOTHING_LEFT,
    Outcome.NOT_NEEDED: State.NOT_NEEDED,
}
"""How a step ends, by what has come of its plan."""


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
        place: Place,
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
            size = processes_for(steps, [self._place(step) for step in left])
            self._run_in_pool(left, self._pool_of(size))

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
        row.state = STATES[result.outcome]

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
