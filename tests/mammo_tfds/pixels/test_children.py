"""Tasks in child processes that may die."""

import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from pathlib import Path

import psutil
import pytest

from mammo_tfds.pixels.children import Death, run_tasks
from tests import doomed

DEATHS = {
    "abort": Death(-signal.SIGABRT, "doing abort"),
    "crash": Death(-signal.SIGSEGV, "doing crash"),
}


def run(*tasks: str, workers: int = 1) -> list[tuple[str, object]]:
    return sorted(run_tasks(doomed.work, deque(tasks), workers))


def test_each_task_has_its_result():
    """They are done by other processes than this one, each of which does several."""
    found = run("a", "b", "pid", "pid")
    assert found[:2] == [("a", "a"), ("b", "b")]
    assert found[2] == found[3] != ("pid", os.getpid())


@pytest.mark.parametrize("fate", DEATHS)
def test_a_death_costs_one_task(fate: str):
    """It comes with the signal and what the child told last; the other tasks have their results."""
    found = dict(run("a", fate, "b", workers=2))
    assert found == {"a": "a", "b": "b", fate: DEATHS[fate]}


def test_a_death_says_its_cause():
    """The signal's name, or the exit code."""
    assert [death.cause for death in DEATHS.values()] == ["SIGABRT", "SIGSEGV"]
    assert Death(3).cause == "exit code 3"


def test_tasks_may_be_added():
    """What is added while the results come is done, too: a task that failed, in another form."""
    tasks = deque(["a"])
    found = []
    with contextlib.closing(run_tasks(doomed.work, tasks, 1)) as results:
        for task, _ in results:
            found.append(task)
            if task == "a":
                tasks.append("b")
    assert found == ["a", "b"]


def test_an_error_of_the_work_is_raised():
    """With where it was raised, as a note."""
    with pytest.raises(ValueError, match="a task that fails") as caught:
        run("error")
    assert "doomed.py" in caught.value.__notes__[0]


def test_a_closed_generator_kills_its_children():
    """Also one that hangs."""
    tasks = run_tasks(doomed.work, deque(["pid", "hang", "hang"]), 2)
    _, pid = next(tasks)
    assert isinstance(pid, int)
    tasks.close()
    assert not psutil.pid_exists(pid)


PARENT = """
import sys
from collections import deque
from mammo_tfds.pixels.children import run_tasks
from tests import doomed
if __name__ == "__main__":
    tasks = run_tasks(doomed.work, deque(["pid", *sys.argv[1:]]), 1)
    print(next(tasks)[1], flush=True)
    next(tasks, input())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("busy", [True, False])
def test_a_child_ends_with_its_parent(tmp_path: Path, number: signal.Signals, busy: bool):
    """Idle, or in a codec that hangs and holds Python's lock."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT.replace("next(tasks, input())", "next(tasks)" if busy else "input()"))
    with subprocess.Popen(
        [sys.executable, script, *(["hang"] if busy else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    ) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(number)
    child.wait(timeout=10)


def test_a_signal_to_all_processes_is_left_to_the_parent():
    """SIGTERM or Ctrl-C also reach a child, whose task would otherwise count as its death."""
    tasks = run_tasks(doomed.work, deque(["pid", "pid"]), 1)
    _, pid = next(tasks)
    assert isinstance(pid, int)
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(pid, number)
    assert list(tasks) == [("pid", pid)]
