"""How far steps are, on stderr: a table that moves on a terminal, a line now and then in a log."""

import contextlib
import functools
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TextIO

from jobs.common.progress import Watch
from jobs.common.step_table import ENDED, Row, State, StepTable, clock_text, state_after

if TYPE_CHECKING:
    from rich.console import RenderableType

_SECONDS_BETWEEN_LINES = 10.0
_WIDEST = 100  # a wider table takes times away from their steps
_NARROW = 60  # below, a step's words would be cut
_LOOKS = {
    State.TO_COME: ("·", "dim"),
    State.RUNNING: ("▸", "bold"),
    State.MISSING_INPUT: ("·", "yellow"),
    State.DONE: ("✓", "green"),
    State.UP_TO_DATE: ("✓", "dim green"),
    State.NOTHING_LEFT: ("✓", "dim green"),
    State.NOT_NEEDED: ("-", "dim"),
    State.STOPPED: ("■", "yellow"),
    State.FAILED: ("✗", "bold red"),
}


@contextlib.contextmanager
def show_stage(command: str, telling: Mapping[str, str] = MappingProxyType({})) -> Iterator[Watch]:
    """Shows how far one stage is, as a table of one row; nothing if the stage tells nothing.

    Args:
        command: its name.
        telling: see `StepTable`.

    Yields:
        what the stage tells how far it is.
    """
    table = StepTable([(command, command)], telling=telling)
    row = table.begin(command)
    state = State.DONE
    with show_steps(table):
        try:
            yield functools.partial(table.progress, row)
        except BaseException as error:
            state = state_after(error)
            raise
        finally:
            if row.what:
                table.end(row, state)


@contextlib.contextmanager
def show_steps(
    table: StepTable, heading: Sequence[str] = (), log: Path | None = None
) -> Iterator[None]:
    """Shows a table on stderr, from its first change on: in place on a terminal, else by lines.

    Args:
        heading: lines above it.
        log: on a terminal, the file for what libraries write to the descriptor of stderr, which
            would tear the table apart.
    """
    if not sys.stderr.isatty():
        sys.stderr.writelines(f"{line}\n" for line in heading)
        table.on_change = functools.partial(_tell, table, {})
        yield
        return
    file = _redirect_libraries(log) if log else contextlib.nullcontext(sys.stderr)
    with file as terminal, _moving(table, heading, terminal):
        yield


@contextlib.contextmanager
def _moving(table: StepTable, heading: Sequence[str], terminal: TextIO) -> Iterator[None]:
    from rich.console import Console
    from rich.live import Live

    console = Console(file=terminal, force_terminal=True, highlight=False, markup=False)
    for line in heading:
        console.print(line, style="dim")
    running = True
    live = Live(
        console=console,
        get_renderable=lambda: panel(table, console.height - 1 if running else None, console.width),
        redirect_stdout=sys.stdout.isatty(),  # what goes into a pipe stays whole
    )
    table.on_change = lambda _: live.start()
    try:
        yield
    finally:
        running = False
        live.stop()


@contextlib.contextmanager
def _redirect_libraries(log: Path) -> Iterator[TextIO]:
    """Yields the terminal that stderr is, while the descriptor of stderr leads into a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stderr.flush()
    with os.fdopen(os.dup(2), "w", encoding="utf-8") as terminal, log.open("ab") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield terminal
        finally:
            os.dup2(terminal.fileno(), 2)


def _tell(table: StepTable, told: dict[str, tuple[State, float]], row: Row) -> None:
    """Writes a line on a row whose state is new, or which `told` says was told a while ago."""
    state, when = told.get(row.name, (None, -math.inf))
    now = table.clock()
    if row.state is state and now - when < _SECONDS_BETWEEN_LINES:
        return
    told[row.name] = (row.state, now)
    left = table.left(row)
    if row.state is not State.RUNNING:
        time = f", {clock_text(row.seconds)}"
    else:
        time = f", {clock_text(left)} left" if left else ""
    sys.stderr.write(f"{row.name}: {_words(row)}{time}\n")
    sys.stderr.flush()


def panel(table: StepTable, height: int | None = None, width: int = _WIDEST) -> "RenderableType":
    """The table, and if it has several rows a line on the whole; in at most `height` lines.

    Where there are fewer columns than `_NARROW`, it has neither bars nor what is left of a step.
    """
    from rich.console import Group
    from rich.constrain import Constrain

    rows = table.rows
    if len(rows) == 1:
        return Constrain(_grid(table, rows, width), _WIDEST)
    room = len(rows) if height is None else max(1, height - 3)
    if len(rows) > room:
        current = next((i for i, row in enumerate(rows) if row.state not in ENDED), len(rows))
        first = min(max(0, current - room // 2), max(0, len(rows) - room))
        rows = rows[first : first + room]
    return Group("", Constrain(_grid(table, rows, width), _WIDEST), "", _summary(table))


def _grid(table: StepTable, rows: Sequence[Row], width: int) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    wide = width >= _NARROW
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=1)
    grid.add_column(no_wrap=True)
    if wide:
        grid.add_column(no_wrap=True, min_width=28)
        grid.add_column(ratio=1)
    else:
        grid.add_column(no_wrap=True, ratio=1)
    grid.add_column(no_wrap=True, justify="right", min_width=5)
    if wide:
        grid.add_column(no_wrap=True, justify="right", min_width=10)
    for row in rows:
        mark, style = _LOOKS[row.state]
        left = None if row.state in ENDED else table.left(row)
        bar = _bar(row) if row.state is State.RUNNING and row.total else ""
        cells = [
            Text(mark, style),
            Text(row.name, "" if row.state in ENDED else style),
            Text(_words(row, wide), style if row.state is State.RUNNING else "dim"),
            bar,
            clock_text(table.elapsed(row)) if row.state is not State.TO_COME else "",
            Text(f"{clock_text(left)} left" if left else "", "dim"),
        ]
        grid.add_row(*(cells if wide else (*cells[:3], cells[4])))
    return grid


def _bar(row: Row) -> "RenderableType":
    from rich.progress_bar import ProgressBar

    return ProgressBar(row.total, row.done, complete_style="cyan", finished_style="green")


def _summary(table: StepTable) -> "RenderableType":
    from rich.text import Text

    count, ended = len(table.rows), sum(row.state in ENDED for row in table.rows)
    so_far = clock_text(table.clock() - table.began)
    if ended == count:
        return Text(f"{count} steps in {so_far}", "dim")
    seconds = table.total_left()
    left = f", about {clock_text(seconds)} left" if seconds else ""
    return Text(f"{ended} of {count} steps, {so_far} so far{left}", "dim")


def _words(row: Row, wide: bool = True) -> str:
    """The state, or what a running step does: `views 1,203 of 5,812`, or `views 1,203/5,812`."""
    if row.state is not State.RUNNING:
        return row.state
    if not row.what:
        return "starting"
    what = "" if row.what == row.command else f"{row.what} "
    return f"{what}{row.done:,}{' of ' if wide else '/'}{row.total:,}"
