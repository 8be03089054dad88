"""The steps of a study while it runs: which state each is in, how far, and how long it takes."""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import mean

from jobs.common.errors import MissingInputError, StoppedError
from jobs.local.manifests.pod import Step


class State(StrEnum):
    """What has become of a step."""

    TO_COME = "to come"
    RUNNING = "running"
    WAITING = "waits for its input"
    DONE = "done"
    UP_TO_DATE = "up to date"
    STOPPED = "stopped"
    FAILED = "failed"


ENDED = (State.DONE, State.UP_TO_DATE)


@dataclass
class Row:
    """One step's state.

    Attributes:
        name: the step's.
        command: steps of one command are alike: what one took, another will take.
        what: what is being done of it, `done` of `total`.
        began: when it was last started, on the timetable's clock.
        seconds: how long it took, once it has ended.
        baseline: when `what` began, and how much of it was done then.
    """

    name: str
    command: str
    state: State = State.TO_COME
    what: str = ""
    done: int = 0
    total: int = 0
    began: float = 0.0
    seconds: float = 0.0
    baseline: tuple[float, int] = (0.0, 0)


class StepTable:
    """All steps' rows, in order. `tell` is called with a row whenever it has changed."""

    def __init__(
        self,
        steps: Sequence[Step],
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[Row], None] = lambda row: None,
    ) -> None:
        self.rows = [Row(step.name, step.arguments[0]) for step in steps]
        self.clock = clock
        self.tell = tell
        self.began = clock()

    def begin(self, name: str) -> Row:
        """Starts the step of that name."""
        (row,) = (row for row in self.rows if row.name == name)
        row.began, row.what, row.state = self.clock(), "", State.RUNNING
        self.tell(row)
        return row

    def end(self, row: Row, state: State) -> None:
        """Says what has become of a running step."""
        row.state, row.seconds = state, self.clock() - row.began
        self.tell(row)

    @contextlib.contextmanager
    def running(self, name: str) -> Iterator[Row]:
        """Times a step; its row ends as done unless it is told otherwise, or an error says so."""
        row = self.begin(name)
        try:
            yield row
        except BaseException as error:
            self.end(row, state_after(error))
            raise
        self.end(row, State.DONE if row.state is State.RUNNING else row.state)

    def progress(self, row: Row, what: str, done: int, total: int) -> None:
        """Notes how far a running step is, as a Watch is told it: `step: what`, done, total."""
        what = what.rpartition(": ")[2]
        if what != row.what or done < row.done:
            row.baseline = (self.clock(), done)
        row.what, row.done, row.total = what, done, total
        self.tell(row)

    def elapsed(self, row: Row) -> float:
        """The seconds that a step has taken so far."""
        return self.clock() - row.began if row.state is State.RUNNING else row.seconds

    def left(self, row: Row) -> float | None:
        """The seconds that a step is likely to take from now; None where nothing tells.

        A running step goes on as fast as it has begun; one to come is like those of its command
        that are done.
        """
        if row.state is State.RUNNING:
            began, before = row.baseline
            if not row.what or row.done <= before:
                return None
            return (self.clock() - began) / (row.done - before) * (row.total - row.done)
        if row.state in (State.TO_COME, State.WAITING):
            alike = [each for each in self.rows if each.command == row.command]
            took = [each.seconds for each in alike if each.state is State.DONE]
            return mean(took) if took else None
        return 0.0

    def to_go(self) -> tuple[float, bool]:
        """The seconds to go as far as steps are known, and whether all of them are.

        Steps of one command share its time among as many as are running at once.
        """
        running = Counter(row.command for row in self.rows if row.state is State.RUNNING)
        each = [(self.left(row), max(1, running[row.command])) for row in self.rows]
        return sum((left or 0.0) / abreast for left, abreast in each), None not in dict(each)


def state_after(error: BaseException | None) -> State:
    """What a step has come to that ended with an error, or with none."""
    match error:
        case None:
            return State.DONE
        case MissingInputError():
            return State.WAITING
        case KeyboardInterrupt() | StoppedError():
            return State.STOPPED
    return State.FAILED


def clock_text(seconds: float) -> str:
    """A span of time as m:ss, or h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
