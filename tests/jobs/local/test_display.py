"""What `mammo study` shows."""

import io
import os
import pty
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console

from jobs.local.display import auc_table, panel, results_console, showing
from jobs.local.manifests.pod import Step
from jobs.local.step_table import State, StepTable


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timetable(clock: Clock) -> StepTable:
    steps = [Step("embed", None, ("embed",))]
    steps += [Step("train-fold", k, ("train",)) for k in range(5)]
    return StepTable([*steps, Step("report", None, ("report",))], clock)


def drawn(timetable: StepTable, width: int = 80, height: int | None = None) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width).print(panel(timetable, height))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_which_runs_how_far_and_how_long(timetable: StepTable, clock: Clock):
    """Each step's state, what it took, and what is left as far as anything tells."""
    with timetable.running("embed") as row:
        clock.now += 61
        row.state = State.UP_TO_DATE
    with timetable.running("train-fold 0"):
        clock.now += 10
    with timetable.running("train-fold 1") as row:
        timetable.progress(row, "train fold1: epochs", 0, 2000)
        clock.now += 3
        timetable.progress(row, "train fold1: epochs", 1000, 2000)
        lines = drawn(timetable)
    assert "━" in lines[3]
    squeezed = [" ".join(re.sub("[━╸╺]", "", line).split()) for line in lines]
    assert squeezed == [
        "",
        "✓ embed up to date 1:01",
        "✓ train-fold 0 done 0:10",
        "▸ train-fold 1 epochs 1,000 of 2,000 0:03 0:03 left",
        *(f"· train-fold {k} to come 0:10 left" for k in (2, 3, 4)),
        "· report to come",
        "",
        "2 of 7 steps, 1:14 so far, at least 0:33 to go",
    ]


def test_nothing_is_said_twice(clock: Clock):
    """A stage that calls what it does by its own name has it said once."""
    timetable = StepTable([Step("phantom", None, ("phantom",))], clock)
    with timetable.running("phantom") as row:
        timetable.progress(row, "phantom", 1, 410)
        assert drawn(timetable)[1].startswith("▸ phantom 1 of 410 ")


@pytest.mark.parametrize("width", [60, 80, 140])
def test_a_line_is_a_line(timetable: StepTable, clock: Clock, width: int):
    """No step takes two lines, and times stay near their steps on a wide terminal."""
    with timetable.running("embed") as row:
        timetable.progress(row, "embed: views", 0, 5812)
        clock.now += 9
        timetable.progress(row, "embed: views", 1203, 5812)
        lines = drawn(timetable, width)
    assert len(lines) == 10
    assert max(map(len, lines)) <= min(width, 100)


@pytest.mark.parametrize(("running", "seen"), [(0, (0, 3)), (3, (2, 5)), (6, (4, 7))])
def test_a_low_terminal_shows_what_runs(timetable: StepTable, running: int, seen: tuple[int, int]):
    """Where there is no room for all steps, those around the running one are shown."""
    names = [row.name for row in timetable.rows]
    for name in names[:running]:
        with timetable.running(name):
            pass
    with timetable.running(names[running]):
        lines = drawn(timetable, height=6)
    assert len(lines) == 6
    assert [" ".join(line.split()[1:3]) for line in lines[1:4]] == [
        name if " " in name else f"{name} {line.split()[2]}"
        for name, line in zip(names[slice(*seen)], lines[1:4], strict=True)
    ]


def test_a_log_gets_plain_lines(
    timetable: StepTable, clock: Clock, capfd: pytest.CaptureFixture[str], tmp_path: Path
):
    """Not a terminal: a line when a step starts and ends, and one in ten seconds between."""
    with showing(timetable, ["7 steps of k8s", "note"], tmp_path / "log"):
        with timetable.running("embed") as row:
            for done in range(0, 101, 10):
                timetable.progress(row, "embed: views", done, 100)
                clock.now += 2.5
        with timetable.running("report") as row:
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
    timetable: StepTable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """What libraries write on stderr past Python goes into a file; what Python writes is shown."""
    reading, terminal = pty.openpty()
    before = os.dup(2)
    os.dup2(terminal, 2)
    monkeypatch.setattr(sys, "stderr", os.fdopen(os.dup(terminal), "w"))
    monkeypatch.setenv("TERM", "xterm")
    try:
        with showing(timetable, ["heading"], tmp_path / "root" / "study.log"):
            os.write(2, b"from a library\n")
            sys.stderr.write("mammo: left out: 1.dcm\n")
            with timetable.running("embed"):
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


def metrics() -> dict:
    """As `jobs.evaluation.metrics.evaluate` makes them, with what is shown of them."""

    def figures(value: float, reason: str | None = None) -> dict:
        low, high = (None, None) if reason else (value - 0.1, value + 0.1)
        auc = {"value": value, "low": low, "high": high, "skipped": 0, "reason": reason}
        return {"figures": {"auc": auc}}

    def level(value: float, reason: str | None = None) -> dict:
        return {
            "out_of_fold": {"mean": figures(0.5), "pooled": figures(0.6), "fold0": figures(0.1)},
            "test": {"mean": figures(0.7), "all": figures(value, reason), "fold0": figures(0.1)},
        }

    levels = {"breast": level(0.75), "image": level(0.8), "patient": level(0.5, "few patients")}
    return {"bootstrap": {"confidence": 0.95}, "levels": levels}


def test_the_figures_at_the_end(monkeypatch: pytest.MonkeyPatch, capsys):
    """Out-of-fold and test, image, breast and patient, uncut in any width."""
    monkeypatch.setenv("COLUMNS", "40")
    results_console().print(auc_table(metrics()))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "AUC (95 % interval) image               breast              patient",
        "out-of-fold, mean   0.500 (0.400-0.600) 0.500 (0.400-0.600) 0.500 (0.400-0.600)",
        "out-of-fold, pooled 0.600 (0.500-0.700) 0.600 (0.500-0.700) 0.600 (0.500-0.700)",
        "test, mean of folds 0.700 (0.600-0.800) 0.700 (0.600-0.800) 0.700 (0.600-0.800)",
        "test, all data      0.800 (0.700-0.900) 0.750 (0.650-0.850) 0.500 few patients",
    ]


def test_figures_that_were_really_made(predictions, models, capsys):
    """metrics.json, as `evaluate` makes it, has all that is shown."""
    from jobs.evaluation.metrics import evaluate

    results_console().print(auc_table(evaluate(predictions, models, seed=1, replicates=100)))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert [line.count("(0.") for line in lines[1:]] == [3, 3, 0, 0]
    assert [line.count(" few patients") for line in lines[1:]] == [0, 0, 3, 3]
