"""What a crew's processes call in tests: they import it from here."""

import os
import time
from pathlib import Path

from jobs import machine
from jobs.errors import DataError, MissingInputError, StoppedError
from jobs.pods import Step
from jobs.progress import Watch


class OddError(Exception):
    """One that is made of other things than it keeps."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} of {second}")


def call(step: Step, watch: Watch) -> tuple[int, int]:
    """Does what the step's arguments say; returns this process's number and its threads."""
    command, *given = step.arguments
    match command:
        case "fail":
            while given and not Path(given[0]).exists():
                time.sleep(0.01)
            raise DataError("odd")
        case "miss":
            raise MissingInputError("features are missing")
        case "crash":
            os._exit(11)
        case "odd":
            raise OddError(1, 2)
        case "meet":
            _meet(*map(Path, given))
        case "wait":
            _wait(Path(given[0]))
    watch(command, 1, 1)
    return os.getpid(), machine.thread_count()


def _meet(mine: Path, other: Path) -> None:
    """Ends when the other step has begun, too."""
    mine.touch()
    while not other.exists():
        time.sleep(0.01)


def _wait(note: Path) -> None:
    """Ends by SIGTERM alone, and notes that it did."""
    note.write_text(str(os.getpid()))
    try:
        time.sleep(60)
    except StoppedError:
        note.with_suffix(".kept").touch()
        raise
