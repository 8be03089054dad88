"""The terminal: progress bars on a terminal, sparse lines in a log."""

import contextlib
import sys
import time
from collections.abc import Iterator

from jobs.common.progress import Watch

_SECONDS_BETWEEN_LINES = 10.0


@contextlib.contextmanager
def watching() -> Iterator[Watch]:
    """A Watch that draws on stderr: bars where it is a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    piped = not sys.stdout.isatty()  # what a pipe is to get must not be drawn above the bars
    with Progress(
        *columns, TimeRemainingColumn(), console=Console(stderr=True), redirect_stdout=not piped
    ) as progress:
        tasks: dict[str, int] = {}

        def watch(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]

        yield watch


def _lines() -> Watch:
    said: dict[str, float] = {}

    def watch(what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done == total or now - said.get(what, -_SECONDS_BETWEEN_LINES) >= _SECONDS_BETWEEN_LINES:
            said[what] = now
            sys.stderr.write(f"{what}: {done} of {total}\n")

    return watch
