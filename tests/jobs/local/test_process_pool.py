"""Steps that run at once, in real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from jobs.common import resources
from jobs.common.errors import (
    CannotCreateError,
    DataError,
    MissingInputError,
    PeerError,
    StoppedError,
)
from jobs.common.progress import Watch, silent
from jobs.local.manifests.pod import Step
from jobs.local.process_pool import ProcessPool
from tests.jobs.local.pool_steps import PRELOAD, call

REPOSITORY = Path(__file__).parents[3]


def step(name: str, *arguments: object) -> Step:
    return Step(name, None, tuple(map(str, arguments)))


def unwatched(_: Step) -> Watch:
    return silent


def until(condition: Callable[[], bool]) -> None:
    """Returns once the condition holds; fails if it does not within a minute."""
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}/exe").exists()


def test_steps_run_at_once(tmp_path: Path):
    """Two that wait for each other both end, each in a process with its share of the threads."""
    a, b = tmp_path / "a", tmp_path / "b"
    with ProcessPool(2, PRELOAD) as pool:
        ended = pool.run([step("a", "meet", a, b), step("b", "meet", b, a)], call, unwatched)
        (one, threads), (other, _) = (each.result for each in ended)
    assert os.getpid() not in (one, other) and one != other
    assert threads == max(1, resources.thread_count() // 2)


def test_a_process_is_kept_for_the_next_steps():
    """What it has imported for one stage is there for the next."""
    with ProcessPool(1, PRELOAD) as pool:
        pids = {
            ended.result[0]
            for name in "abc"
            for ended in pool.run([step(name, "do")], call, unwatched)
        }
    assert len(pids) == 1


def test_a_process_has_imported_what_it_needs():
    """TensorFlow is there before a step begins; the process that forks has one thread when it does.

    The matrix libraries' own end with a fork, and begin anew where they are wanted.
    """
    with ProcessPool(1, PRELOAD) as pool:
        (ended,) = pool.run([step("a", "imports")], call, unwatched)
    assert ended.result == (True, 1)


def test_how_far_a_step_is():
    """It is told here, for each step by itself, from its beginning on."""
    told: list[tuple[str, str, int, int]] = []

    def watch(begun: Step) -> Watch:
        told.append((begun.name, "begun", 0, 0))
        return lambda *given: told.append((begun.name, *given))

    with ProcessPool(1, PRELOAD) as pool:
        for ended in pool.run([step("a", "walk"), step("b", "run")], call, watch):
            told += [(ended.step.name, "ended", 0, 0)]
    walked = [("a", "begun", 0, 0), ("a", "walk", 1, 1), ("a", "ended", 0, 0)]
    assert told == [*walked, ("b", "begun", 0, 0), ("b", "run", 1, 1), ("b", "ended", 0, 0)]


def test_errors_come_back_as_they_are():
    """The stage's own error, with its text; the steps beside it go on."""
    steps = [step("a", "fail"), step("b", "miss"), step("c", "do")]
    with ProcessPool(1, PRELOAD) as pool:
        failed, waits, done = (each.error for each in pool.run(steps, call, unwatched))
    assert isinstance(failed, DataError) and str(failed) == "odd"
    assert "pool_steps.py" in failed.__notes__[0]  # where it was raised, for --debug
    assert isinstance(waits, MissingInputError) and str(waits) == "features are missing"
    assert done is None


@pytest.mark.parametrize(
    ("signum", "words"),
    [
        (signal.SIGKILL, "train 0: its process was killed, as the system does when memory"),
        (signal.SIGABRT, "train 0: its process ended with code -6"),
    ],
)
def test_a_process_that_dies(signum: int, words: str):
    """Killed for its memory, say: an error, not a study that waits for ever."""
    with ProcessPool(1, PRELOAD) as pool:
        (ended,) = pool.run([step("train 0", "end", signum)], call, unwatched)
    assert str(ended.error).startswith(words)
    assert isinstance(ended.error, PeerError)  # one line, and the same command goes on


@pytest.mark.parametrize(
    ("raised", "wanted", "words"),
    [
        (EOFError(), PeerError, "mammo study: its process was killed"),
        (OSError("AF_UNIX path too long"), CannotCreateError, "too long): set TMPDIR to another"),
        (OSError(28, "No space left on device"), OSError, "No space left on device"),
    ],
    ids=["the one that forks is gone", "no socket", "disk full"],
)
def test_a_process_that_cannot_be_begun(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, wanted: type[Exception], words: str
):
    """Each is an error of its own exit code."""

    def start(self: object) -> None:
        raise raised

    monkeypatch.setattr("multiprocessing.context.ForkServerProcess.start", start)
    with pytest.raises(wanted) as caught, ProcessPool(1, PRELOAD) as pool:
        list(pool.run([step("a", "do")], call, unwatched))
    assert words in str(caught.value)


def test_an_error_that_cannot_be_sent():
    """What it was is told all the same, and the process goes on."""
    with ProcessPool(1, PRELOAD) as pool:
        failed, done = pool.run([step("a", "odd"), step("b", "do")], call, unwatched)
    assert str(failed.error) == "OddError: 1 of 2" and done.error is None


def test_an_error_here_stops_the_others(tmp_path: Path):
    """They get SIGTERM, on which a stage keeps its work, and have ended when the pool has."""
    note = tmp_path / "note"
    with pytest.raises(StoppedError), ProcessPool(2, PRELOAD) as pool:
        for _ in pool.run([step("a", "wait", note), step("b", "do")], call, unwatched):
            until(note.exists)
            raise StoppedError("stopped by SIGTERM")
    assert note.with_suffix(".kept").exists() and not alive(int(note.read_text()))


def test_a_sigterm_to_all_processes(tmp_path: Path):
    """As `timeout` or a service manager sends it: the steps still end before the pool does."""
    note = tmp_path / "note"
    with pytest.raises(StoppedError), ProcessPool(2, PRELOAD) as pool:
        for _ in pool.run([step("a", "wait", note), step("b", "do")], call, unwatched):
            process, _ = pool._processes.values()
            forking = psutil.Process(process.pid).parent()
            forking.terminate()
            until(note.exists)
            raise StoppedError("stopped by SIGTERM")
    assert note.with_suffix(".kept").exists()
    assert forking.status() != psutil.STATUS_ZOMBIE


def test_a_study_that_is_killed_leaves_no_process(tmp_path: Path):
    """kill -9 of the study: its processes see it gone, keep their work and end.

    What lies in the folder where it was called is not imported in place of ours.
    """
    note = tmp_path / "note"
    program = tmp_path / "scripts" / "program.py"
    program.parent.mkdir()
    program.write_text(
        "import sys\n"
        "from tests.jobs.local.test_process_pool import *\n"
        "if __name__ == '__main__':\n"
        "    with ProcessPool(2, PRELOAD) as pool:\n"
        "        list(pool.run([step('a', 'wait', sys.argv[1])], call, unwatched))\n"
    )
    for name in ("jobs", "numpy"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit(3)\n")
    study = subprocess.Popen(
        [sys.executable, str(program), str(note)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    until(lambda: note.exists() and note.read_text() != "")
    study.send_signal(signal.SIGKILL)
    study.wait()
    until(note.with_suffix(".kept").exists)
    until(lambda: not alive(int(note.read_text())))
