"""Steps while they run: which state each is in, how far it is, and how long it takes."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import mean
from types import MappingProxyType

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
        command: steps of one command do the same work, each so much of it.
        what: what it is doing now, of which `done` of `total` are done; empty before it tells.
        began: when it was last started, on the table's clock.
        seconds: how long it took, once it has ended.
        baseline: when `what` began, and how much of it was done then.
        work: how much it does, in a unit of its command's own; 0 is nothing.
        expected: the seconds that it took earlier, if anything tells.
        at_once: how many steps of its command run at once.
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
    work: float = 1.0
    expected: float | None = None
    at_once: int = 1


class StepTable:
    """A row for each step, in order. `on_change` is called with a row after each change of it."""

    def __init__(
        self,
        steps: Iterable[tuple[str, str]],
        clock: Callable[[], float] = time.monotonic,
        telling: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Rows of steps that are all to come.

        Args:
            steps: the name and the command of each.
            clock: in seconds.
            telling: what a command does for most of its time, if it does several things: only the
                pace of that tells when it ends.
        """
        self.rows = [Row(name, command) for name, command in steps]
        self.clock = clock
        self._telling = telling
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

        A running step goes on at its pace so far. One to come takes as long, for its work, as those
        of its command here. Where none has told yet, it takes what it took earlier.
        """
        if row.state in ENDED:
            return 0.0
        if row.state is State.RUNNING:
            return self._left_of_running(row)
        paces = [pace for each in self.rows if (pace := self._pace(each, row.command)) is not None]
        return mean(paces) * row.work if paces else row.expected

    def _left_of_running(self, row: Row) -> float | None:
        began, before = row.baseline
        tells = row.what == self._telling.get(row.command, row.what)
        if tells and row.what and row.done > before:
            return (self.clock() - began) / (row.done - before) * (row.total - row.done)
        # Where it takes longer than it did, nobody knows how much longer.
        left = (row.expected or 0.0) - self.elapsed(row)
        return left if left > 0 else None

    def _pace(self, row: Row, command: str) -> float | None:
        """The seconds for a unit of a command's work, as one of its steps tells them."""
        if row.command != command or not row.work:
            return None
        if row.state is State.DONE:
            return row.seconds / row.work
        left = self._left_of_running(row) if row.state is State.RUNNING else None
        return None if left is None else (self.elapsed(row) + left) / row.work

    def total_left(self) -> float | None:
        """The seconds that all steps together are likely to take from now on.

        None where nothing tells of one of them. Steps of one command run beside each other, and
        those of the next one begin when they have ended.
        """
        total = 0.0
        for command in dict.fromkeys(row.command for row in self.rows):
            rows = [row for row in self.rows if row.command == command]
            left = [self.left(row) for row in rows]
            if None in left:
                return None
            seconds = [each for each in left if each is not None]
            at_once = max(row.at_once for row in rows)
            total += max(sum(seconds) / at_once, *seconds)
        return total


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
