"""Numbers of workers: one process has each, until it has ended or is silent."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.common.atomic_write import this_process
from jobs.common.errors import CannotCreateError
from jobs.search import marks
from jobs.search.marks import Marks

ELSEWHERE = "another-host_1_7_99"


@pytest.fixture
def other() -> Iterator[str]:
    """A process of this machine that is alive, as its mark names it."""
    code = "from jobs.common.atomic_write import this_process as p; print(p(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.kill()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "_LOOK_SECONDS", 0.05)


def held_by(folder: Path, process: str, age: float = 0) -> Marks:
    """Number 0, which a process touched some seconds ago."""
    mine = Marks(folder, 0)
    mine.claim()
    (folder / "0").write_text(process)
    now = (folder / "0").stat().st_mtime
    os.utime(folder / "0", (now - age, now - age))
    return mine


def test_a_number_that_is_at_work_is_refused(tmp_path: Path, other: str):
    """In a line, also to the one who had it before; not where it has been silent for long."""
    mine = held_by(tmp_path, other)
    for what in (mine.claim, mine.touch):
        with pytest.raises(CannotCreateError, match="at work as worker 0; give each its own"):
            what()
    mine.release()
    assert (tmp_path / "0").read_text() == other
    held_by(tmp_path / "silent", other, age=700).claim()


def test_one_that_was_killed_here_leaves_its_number_at_once(tmp_path: Path):
    """Also where its pid is taken: then it began at another time."""
    ended = f"{this_process().rpartition('_')[0]}_1"
    held_by(tmp_path, ended).claim()
    assert (tmp_path / "0").read_text() == this_process()


def test_of_another_machine_it_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Until it is silent for long; if its mark moves, it is at work."""
    held_by(tmp_path / "dead", ELSEWHERE, age=599.8).claim()
    mine = held_by(tmp_path / "alive", ELSEWHERE, age=300)
    monkeypatch.setattr(marks.time, "sleep", lambda _: (tmp_path / "alive" / "0").touch())
    with pytest.raises(CannotCreateError, match="at work as worker 0"):
        mine.claim()


def test_one_that_ends_leaves_its_number(tmp_path: Path):
    """Its trials are then anybody's."""
    mine = Marks(tmp_path, 0)
    mine.claim()
    assert not mine.is_silent(0)
    mine.release()
    assert mine.is_silent(0) and not list(tmp_path.iterdir())
