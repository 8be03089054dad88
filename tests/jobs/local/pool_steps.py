"""The functions that a pool's processes call in tests, which must be importable."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from jobs.artifacts.plan import Outcome, Result
from jobs.common import resources
from jobs.common.errors import DataError, MissingInputError, StoppedError
from jobs.common.progress import Watch
from jobs.local.manifests.pod import Step
from jobs.local.process_pool import Call, StepResult

PRELOAD = "jobs.training.preload"


class OddError(Exception):
    """An error that cannot be pickled: its constructor takes other arguments than it keeps."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} of {second}")


class InProcessPool:
    """A pool without processes: it calls its steps in this one, in turn."""

    def __init__(self, size: int, preload: str) -> None:
        self.size = size

    def __enter__(self) -> "InProcessPool":
        return self

    def __exit__(self, *error: object) -> None: ...

    def run(
        self, steps: Sequence[Step], call: Call, watch: Callable[[Step], Watch]
    ) -> Iterator[StepResult]:
        """The result of each step."""
        for step in steps:
            step_watch = watch(step)
            try:
                yield StepResult(step, result=call(step, step_watch))
            except BaseException as error:
                yield StepResult(step, error=error)


def ask(step: Step) -> None:
    """Every step has something to make."""


def perform(step: Step, watch: Watch) -> Result:
    """As `call`, for a Runner."""
    call(step, watch)
    return Result(Outcome.MADE)


def call(step: Step, watch: Watch) -> tuple[int, ...]:
    """Does what the step's arguments say; returns this process's number and its threads."""
    command, *given = step.arguments
    match command:
        case "fail":
            while given and not Path(given[0]).exists():
                time.sleep(0.01)
            raise DataError("odd")
        case "miss":
            raise MissingInputError("features are missing")
        case "end":
            os.kill(os.getpid(), int(given[0]))
        case "odd":
            raise OddError(1, 2)
        case "imports":
            return "tensorflow" in sys.modules, len(
                list(Path(f"/proc/{os.getppid()}/task").iterdir())
            )
        case "meet":
            _meet(*map(Path, given))
        case "wait":
            _wait(Path(given[0]))
    watch(command, 1, 1)
    return os.getpid(), resources.thread_count()


def _meet(mine: Path, other: Path) -> None:
    """Ends when the other step has begun, too."""
    mine.touch()
    while not other.exists():
        time.sleep(0.01)


def _wait(note: Path) -> None:
    """Waits for SIGTERM, and leaves a file when it has come."""
    note.write_text(str(os.getpid()))
    try:
        time.sleep(60)
    except StoppedError:
        note.with_suffix(".kept").touch()
        raise
