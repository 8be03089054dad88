"""Steps while they run: which state each is in, how far it is, and how long it takes."""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from statistics import mean

from jobs.common.errors import MissingInputError, StoppedError


class State(StrEnum):
    """The state of a step."""

    TO_COME = "to come"
    RUNNING = "running"
    MISSING_INPUT = "missing input"
    DONE = "done"
    UP_TO_DATE = "up to date"
    NOTHING_LEFT = "nothing left to do"
    NOT_NEEDED = "not needed"
    STOPPED = "stopped"
    FAILED = "failed"


ENDED = (State.DONE, State.UP_TO_DATE, State.NOTHING_LEFT, State.NOT_NEEDED)


@dataclass
class Row:
    """The state of one step.

    Attributes:
        name: the step's.
        command: steps of one command are alike: what one took, another will take.
        what: what it is doing now, of which `done` of `total` are done; empty before it tells.
        began: when it was last started, on the table's clock.
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
    """A row for each step, in order. `on_change` is called with a row after each change of it."""

    def __init__(
        self, steps: Iterable[tuple[str, str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`steps`: the name and the command of each. `clock`: in seconds."""
        self.rows = [Row(name, command) for name, command in steps]
        self.clock = clock
        self.on_change: Callable[[Row], None] = lambda row: None
        self.began = clock()

    def begin(self, name: str) -> Row:
        """Starts the step of that name."""
        (row,) = (row for row in self.rows if row.name == name)
        row.began, row.what, row.state = self.clock(), "", State.RUNNING
        self.on_change(row)
        return row

    def end(self, row: Row, state: State) -> None:
        """Notes the state in which a running step has ended."""
        row.state, row.seconds = state, self.clock() - row.began
        self.on_change(row)

    @contextlib.contextmanager
    def running(self, name: str) -> Iterator[Row]:
        """Times a step; it ends as done unless its row or an error says otherwise."""
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
        self.on_change(row)

    def elapsed(self, row: Row) -> float:
        """The seconds that a step has taken so far."""
        return self.clock() - row.began if row.state is State.RUNNING else row.seconds

    def left(self, row: Row) -> float | None:
        """The seconds that a step is likely to take from now on; None if nothing tells.

        A running step goes on at its pace so far; one to come takes as long as those of its
        command that are done.
        """
        if row.state is State.RUNNING:
            began, before = row.baseline
            if not row.what or row.done <= before:
                return None
            return (self.clock() - began) / (row.done - before) * (row.total - row.done)
        if row.state is State.TO_COME:
            alike = [each for each in self.rows if each.command == row.command]
            took = [each.seconds for each in alike if each.state is State.DONE]
            return mean(took) if took else None
        return 0.0

    def total_left(self) -> tuple[float, bool]:
        """The seconds left as far as steps' are known, and whether all of them are.

        Steps of one command share its time among as many as are running at once.
        """
        running = Counter(row.command for row in self.rows if row.state is State.RUNNING)
        left = [self.left(row) for row in self.rows]
        shares = [max(1, running[row.command]) for row in self.rows]
        seconds = sum((each or 0.0) / share for each, share in zip(left, shares, strict=True))
        return seconds, None not in left


def state_after(error: BaseException | None) -> State:
    """The state of a step that has ended with an error, or with none."""
    match error:
        case None:
            return State.DONE
        case MissingInputError():
            return State.MISSING_INPUT
        case KeyboardInterrupt() | StoppedError():
            return State.STOPPED
    return State.FAILED


def clock_text(seconds: float) -> str:
    """A span of time as m:ss, or h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
