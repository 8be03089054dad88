"""How far steps are: a table on a terminal, lines in a log."""

import io
import os
import pty
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console

from jobs.common.errors import DataError
from jobs.common.step_table import State, StepTable
from jobs.common.terminal import panel, show_stage, show_steps
from tests.jobs.common.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table(clock: Clock) -> StepTable:
    folds = [(f"train-fold {k}", "train") for k in range(5)]
    return StepTable([("embed", "embed"), *folds, ("report", "report")], clock)


def drawn(table: StepTable, width: int = 80, height: int | None = None) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width).print(panel(table, height, width))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_which_runs_how_far_and_how_long(table: StepTable, clock: Clock):
    """Each step's state, what it took, and what is left as far as anything tells."""
    with table.running("embed") as row:
        clock.now += 61
        row.state = State.UP_TO_DATE
    with table.running("train-fold 0"):
        clock.now += 10
    with table.running("train-fold 1") as row:
        table.progress(row, "train fold1: epochs", 0, 2000)
        clock.now += 3
        table.progress(row, "train fold1: epochs", 1000, 2000)
        lines = drawn(table)
    assert "━" in lines[3]
    squeezed = [" ".join(re.sub("[━╸╺]", "", line).split()) for line in lines]
    assert squeezed == [
        "",
        "✓ embed up to date 1:01",
        "✓ train-fold 0 done 0:10",
        "▸ train-fold 1 epochs 1,000 of 2,000 0:03 0:03 left",
        *(f"· train-fold {k} to come 0:08 left" for k in (2, 3, 4)),
        "· report to come",
        "",
        "2 of 7 steps, 1:14 so far",
    ]


def test_the_time_of_the_whole_is_told_as_soon_as_it_is_known(table: StepTable, clock: Clock):
    """A part of it would be taken for the whole."""
    with table.running("embed"), table.running("train-fold 0"):
        clock.now += 10
    assert drawn(table)[-1] == "2 of 7 steps, 0:10 so far"
    table.rows[-1].expected = 2.0
    assert drawn(table)[-1] == "2 of 7 steps, 0:10 so far, about 0:42 left"


def test_the_name_of_a_stage_is_shown_once(clock: Clock):
    """If a stage reports its progress under its own name, the name is not repeated."""
    table = StepTable([("phantom", "phantom")], clock)
    with table.running("phantom") as row:
        table.progress(row, "phantom", 1, 410)
        assert drawn(table)[0].startswith("▸ phantom 1 of 410 ")


@pytest.mark.parametrize("width", [40, 60, 80, 140])
def test_a_line_is_a_line(table: StepTable, clock: Clock, width: int):
    """No step takes two lines, and times stay near their steps on a wide terminal."""
    with table.running("embed") as row:
        table.progress(row, "embed: views", 0, 5812)
        clock.now += 9
        table.progress(row, "embed: views", 1203, 5812)
        lines = drawn(table, width)
    assert len(lines) == 10
    assert max(map(len, lines)) <= min(width, 100)
    counts = "views 1,203/5,812" if width < 60 else "views 1,203 of 5,812"
    assert "▸ embed" in lines[1] and counts in lines[1] and "0:09" in lines[1]
    assert lines[2].split("train-fold 0")[1].strip() == "to come"


@pytest.mark.parametrize(("running", "seen"), [(0, (0, 3)), (3, (2, 5)), (6, (4, 7))])
def test_a_low_terminal_shows_what_runs(table: StepTable, running: int, seen: tuple[int, int]):
    """Where there is no room for all steps, those around the running one are shown."""
    names = [row.name for row in table.rows]
    for name in names[:running]:
        with table.running(name):
            pass
    with table.running(names[running]):
        lines = drawn(table, height=6)
    assert len(lines) == 6
    assert [" ".join(line.split()[1:3]) for line in lines[1:4]] == [
        name if " " in name else f"{name} {line.split()[2]}"
        for name, line in zip(names[slice(*seen)], lines[1:4], strict=True)
    ]


def test_a_log_gets_plain_lines(
    table: StepTable, clock: Clock, capfd: pytest.CaptureFixture[str], tmp_path: Path
):
    """Not a terminal: a line when a step starts and ends, and one in ten seconds between."""
    with show_steps(table, ["7 steps of k8s", "note"], tmp_path / "log"):
        with table.running("embed") as row:
            for done in range(0, 101, 10):
                table.progress(row, "embed: views", done, 100)
                clock.now += 2.5
        with table.running("report") as row:
            row.state = State.UP_TO_DATE
    assert capfd.readouterr().err.splitlines() == [
        "7 steps of k8s",
        "note",
        "embed: starting",
        "embed: views 40 of 100, 0:15 left",
        "embed: views 80 of 100, 0:05 left",
        "embed: done, 0:28",
        "report: starting",
        "report: up to date, 0:00",
    ]
    assert not (tmp_path / "log").exists()


def test_a_terminal_keeps_its_table_whole(
    table: StepTable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """What libraries write on stderr past Python goes into a file; what Python writes is shown."""
    reading, terminal = pty.openpty()
    before = os.dup(2)
    os.dup2(terminal, 2)
    monkeypatch.setattr(sys, "stderr", os.fdopen(os.dup(terminal), "w"))
    monkeypatch.setenv("TERM", "xterm")
    try:
        with show_steps(table, ["heading"], tmp_path / "root" / "study.log"):
            os.write(2, b"from a library\n")
            sys.stderr.write("mammo: left out: 1.dcm\n")
            with table.running("embed"):
                pass
        os.write(2, b"afterwards\n")
        shown = ""
        while "afterwards" not in shown:
            shown += os.read(reading, 100_000).decode()
    finally:
        os.dup2(before, 2)
        for descriptor in (before, reading, terminal):
            os.close(descriptor)
    assert (tmp_path / "root" / "study.log").read_bytes() == b"from a library\n"
    assert "from a library" not in shown
    for words in ("heading", "mammo: left out: 1.dcm", "embed", "done", "1 of 7 steps"):
        assert words in shown


def test_a_log_of_one_stage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], clock: Clock
):
    """In the same words as a study's log; its beginning is not worth a line."""
    monkeypatch.setattr("jobs.common.step_table.StepTable.__init__.__defaults__", (clock, {}))
    with show_stage("embed") as watch:
        for done in range(9):
            watch("embed: views", done, 8)
            clock.now += 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "embed: views 0 of 8",
        "embed: views 3 of 8, 0:20 left",
        "embed: views 6 of 8, 0:08 left",
        "embed: done, 0:36",
    ]


@pytest.mark.parametrize("reports", [0, 1], ids=["before its first report", "after one"])
def test_a_stage_that_fails(capsys: pytest.CaptureFixture[str], reports: int):
    """The caller gets the error; a stage that has reported nothing has no line of its own."""
    with pytest.raises(DataError), show_stage("embed") as watch:
        for _ in range(reports):
            watch("embed: views", 1, 2)
        raise DataError("odd")
    wanted = ["embed: views 1 of 2", "embed: failed, 0:00"] if reports else []
    assert capsys.readouterr().err.splitlines() == wanted


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def terminal_on(monkeypatch: pytest.MonkeyPatch, *streams: str) -> Terminal:
    """Has these streams of `sys` be one terminal."""
    monkeypatch.setenv("TERM", "xterm")
    screen = Terminal()
    for stream in streams:
        monkeypatch.setattr(sys, stream, screen)
    return screen


def test_one_stage_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """A table of one row on stderr; what goes to a piped stdout stays whole."""
    screen = terminal_on(monkeypatch, "stderr")
    with show_stage("embed") as watch:
        sys.stdout.write('{"images": 1}\n')
        watch("embed: views", 3, 8)
        watch("embed: views", 8, 8)
    assert capsys.readouterr().out == '{"images": 1}\n'
    assert "embed" in screen.getvalue() and "done" in screen.getvalue()
    assert " of 1 steps" not in screen.getvalue()


def test_stdout_that_is_the_terminal_too(monkeypatch: pytest.MonkeyPatch):
    """What a stage prints is shown above its row, and not drawn over."""
    screen = terminal_on(monkeypatch, "stdout", "stderr")
    with show_stage("embed") as watch:
        watch("embed: views", 3, 8)
        sys.stdout.write("features: made\n")
        watch("embed: views", 8, 8)
    shown = screen.getvalue()
    assert shown.index("features: made") < shown.rindex("done")


def test_a_stage_that_tells_nothing_shows_nothing(monkeypatch: pytest.MonkeyPatch):
    """`mammo report` ends at once: its own words on stdout are all."""
    screen = terminal_on(monkeypatch, "stderr")
    with show_stage("report"):
        pass
    assert screen.getvalue() == ""
