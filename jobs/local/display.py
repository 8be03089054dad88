"""What `mammo study` shows: a table that moves on a terminal, plain lines in a log."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from jobs.local.step_table import ENDED, Row, State, StepTable, clock_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_SECONDS_BETWEEN_LINES = 10.0
_WIDEST = 100  # a wider table takes times away from their steps
_NARROWEST = 80
_LOOKS = {
    State.TO_COME: ("·", "dim"),
    State.RUNNING: ("▸", "bold"),
    State.WAITING: ("·", "yellow"),
    State.DONE: ("✓", "green"),
    State.UP_TO_DATE: ("✓", "dim green"),
    State.STOPPED: ("■", "yellow"),
    State.FAILED: ("✗", "bold red"),
}
_AUC_ROWS = {
    "out-of-fold, mean": ("out_of_fold", "mean"),
    "out-of-fold, pooled": ("out_of_fold", "pooled"),
    "test, mean of folds": ("test", "mean"),
    "test, all data": ("test", "all"),
}


@contextlib.contextmanager
def showing(timetable: StepTable, heading: Sequence[str], log: Path) -> Iterator[None]:
    """Draws the timetable on stderr while it lasts: on a terminal in place, else line by line.

    Args:
        heading: lines that stand above it.
        log: gets what libraries write past Python on stderr, which would tear a moving table.
    """
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False)
    for line in heading:
        console.print(line, style="dim", soft_wrap=not console.is_terminal)
    if console.is_terminal:
        with _terminal(log) as file, _moving(timetable, Console(file=file, force_terminal=True)):
            yield
    else:
        timetable.tell = Narrator(timetable).tell
        yield


@contextlib.contextmanager
def _moving(timetable: StepTable, console: "Console") -> Iterator[None]:
    from rich.live import Live

    running = True

    def look() -> "RenderableType":
        return panel(timetable, console.size.height - 1 if running else None)

    with Live(console=console, get_renderable=look, redirect_stdout=False):
        try:
            yield
        finally:
            running = False


@contextlib.contextmanager
def _terminal(log: Path) -> Iterator[TextIO]:
    """The terminal that stderr is, while the descriptor of stderr leads into a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stderr.flush()
    with os.fdopen(os.dup(2), "w", encoding="utf-8") as terminal, log.open("ab") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield terminal
        finally:
            os.dup2(terminal.fileno(), 2)


class Narrator:
    """Writes a line on stderr when a step starts or ends, and now and then between."""

    def __init__(self, timetable: StepTable) -> None:
        self._timetable = timetable
        self._said = {row.name: (State.TO_COME, 0.0) for row in timetable.rows}

    def tell(self, row: Row) -> None:
        """Says what has become of a row, unless that was said a moment ago."""
        state, when = self._said[row.name]
        now = self._timetable.clock()
        if row.state is state and now - when < _SECONDS_BETWEEN_LINES:
            return
        self._said[row.name] = (row.state, now)
        sys.stderr.write(f"{row.name}: {_words(row)}{self._time(row)}\n")
        sys.stderr.flush()

    def _time(self, row: Row) -> str:
        if row.state is not State.RUNNING:
            return f", {clock_text(row.seconds)}"
        left = self._timetable.left(row)
        return f", {clock_text(left)} left" if left else ""


def panel(timetable: StepTable, height: int | None = None) -> "RenderableType":
    """The table of steps and a line on the whole, within so many lines where that is asked for."""
    from rich.console import Group
    from rich.constrain import Constrain

    rows = timetable.rows
    room = len(rows) if height is None else max(1, height - 3)
    if len(rows) > room:
        current = next((i for i, row in enumerate(rows) if row.state not in ENDED), len(rows))
        first = min(max(0, current - room // 2), max(0, len(rows) - room))
        rows = rows[first : first + room]
    return Group("", Constrain(_table(timetable, rows), _WIDEST), "", _summary(timetable))


def _table(timetable: StepTable, rows: Sequence[Row]) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, min_width=28)
    table.add_column(ratio=1)
    table.add_column(no_wrap=True, justify="right", min_width=5)
    table.add_column(no_wrap=True, justify="right", min_width=10)
    for row in rows:
        mark, style = _LOOKS[row.state]
        left = None if row.state in ENDED else timetable.left(row)
        table.add_row(
            Text(mark, style),
            Text(row.name, "" if row.state in ENDED else style),
            Text(_words(row), style if row.state is State.RUNNING else "dim"),
            _bar(row) if row.state is State.RUNNING and row.total else "",
            clock_text(timetable.elapsed(row)) if row.state is not State.TO_COME else "",
            Text(f"{clock_text(left)} left" if left else "", "dim"),
        )
    return table


def _bar(row: Row) -> "RenderableType":
    from rich.progress_bar import ProgressBar

    return ProgressBar(row.total, row.done, complete_style="cyan", finished_style="green")


def _summary(timetable: StepTable) -> "RenderableType":
    from rich.text import Text

    count, ended = len(timetable.rows), sum(row.state in ENDED for row in timetable.rows)
    so_far = clock_text(timetable.clock() - timetable.began)
    if ended == count:
        return Text(f"{count} steps in {so_far}", "dim")
    seconds, whole = timetable.to_go()
    to_go = f", {'about' if whole else 'at least'} {clock_text(seconds)} to go" if seconds else ""
    return Text(f"{ended} of {count} steps, {so_far} so far{to_go}", "dim")


def _words(row: Row) -> str:
    """The state, or while a step runs what it does: `views 1,203 of 5,812`."""
    if row.state is not State.RUNNING:
        return row.state
    if not row.what:
        return "starting"
    what = "" if row.what == row.command else f"{row.what} "
    return f"{what}{row.done:,} of {row.total:,}"


def auc_table(metrics: Mapping[str, Any]) -> "RenderableType":
    """The AUC of the out-of-fold and the test predictions, with intervals, a column a level.

    Args:
        metrics: what `runs/<run>/evaluation/metrics.json` holds.
    """
    from rich.table import Table

    from jobs.evaluation.levels import LEVELS

    levels = [metrics["levels"][level] for level in LEVELS]
    confidence = metrics["bootstrap"]["confidence"]
    table = Table.grid(padding=(0, 1))
    table.add_row(f"AUC ({100 * confidence:g} % interval)", *LEVELS, style="bold")
    for name, (split, model) in _AUC_ROWS.items():
        table.add_row(name, *(_auc(level[split][model]["figures"]["auc"]) for level in levels))
    return table


def _auc(figure: Mapping[str, Any]) -> str:
    """The area with its interval, or with the reason why there is none."""
    interval = figure["reason"] or f"({figure['low']:.3f}-{figure['high']:.3f})"
    return f"{figure['value']:.3f} {interval}"


def results_console() -> "Console":
    """stdout, wide enough for the figures: a narrower terminal wraps them, and cuts none."""
    from rich.console import Console

    return Console(width=max(_NARROWEST, Console().width), highlight=False, markup=False)
