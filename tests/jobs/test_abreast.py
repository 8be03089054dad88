"""A study's steps on this machine: in turn, or at once."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs import machine
from jobs.abreast import Runner, at_once
from jobs.errors import DataError
from jobs.pods import Step
from jobs.progress import Watch
from jobs.timetable import State, Timetable
from tests.jobs.crewed import call

GIB = 2**30


def step(job: str, index: int | None, *arguments: object, parallelism: int = 2) -> Step:
    return Step(job, index, tuple(map(str, arguments)), parallelism=parallelism)


def narrow(_: Step) -> bool:
    return False


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine of eight cores with 64 GiB free, and no GPU."""
    monkeypatch.setattr("jobs.machine.thread_count", lambda: 8)
    monkeypatch.setattr("jobs.machine.memory_available", lambda: 64 * GIB)
    monkeypatch.setattr("jobs.abreast._has_gpu", lambda: False)
    yield


def test_as_many_as_the_jobs_allow(roomy: None):
    """Each Job's parallelism counts once; there are never more than steps."""
    folds = [step("train-fold", k, "train", parallelism=3) for k in range(5)]
    everything = [*folds, step("train-all", None, "train", parallelism=1)]
    assert at_once(everything) == 4
    assert at_once(folds[:2]) == 2


@pytest.mark.parametrize(
    ("cores", "memory", "gpu", "wanted"),
    [(2, 64, False, 2), (1, 64, False, 1), (8, 7, False, 3), (8, 1, False, 1), (8, 64, True, 1)],
    ids=["cores", "one core", "memory", "little memory", "a GPU"],
)
def test_as_many_as_the_machine_has_room_for(
    roomy: None,
    monkeypatch: pytest.MonkeyPatch,
    cores: int,
    memory: int,
    gpu: bool,
    wanted: int,
):
    """A core and 2 GiB each; beside a GPU, which TensorFlow takes whole, one."""
    monkeypatch.setattr("jobs.machine.thread_count", lambda: cores)
    monkeypatch.setattr("jobs.machine.memory_available", lambda: memory * GIB)
    monkeypatch.setattr("jobs.abreast._has_gpu", lambda: gpu)
    assert at_once([step("train-fold", k, "train", parallelism=5) for k in range(5)]) == wanted


def test_memory_that_is_available():
    """What this machine says, within its limits: more than nothing, less than it has."""
    total = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    assert 0 < machine.memory_available() < total


@pytest.mark.parametrize("abreast", [1, 2])
def test_what_becomes_of_steps(monkeypatch: pytest.MonkeyPatch, abreast: int):
    """Done, or waiting for its input and given back: in turn and at once alike."""
    monkeypatch.setattr("jobs.abreast.at_once", lambda steps: abreast)
    steps = [step("embed", 0, "do"), step("embed", 1, "miss"), step("embed", 2, "do")]
    timetable = Timetable(steps)
    with Runner(timetable, call, narrow) as runner:
        waiting = runner.run(steps)
        again = runner.run(steps[:1])
    assert {each: str(error) for each, error in waiting.items()} == {
        steps[1]: "features are missing"
    }
    assert not again
    assert [row.state for row in timetable.rows] == [State.DONE, State.WAITING, State.DONE]


def test_what_is_wide_runs_alone(roomy: None):
    """In this process, one after another, whatever room there is."""
    steps = [step("embed", 0, "do"), step("embed", 1, "do")]
    pids = []

    def noted(step: Step, watch: Watch) -> bool:
        pids.append(os.getpid())
        return True

    with Runner(Timetable(steps), noted, lambda step: step.job == "embed") as runner:
        runner.run(steps)
    assert pids == [os.getpid()] * 2


def test_one_that_fails_stops_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Its error is the study's; those beside it were stopped and have kept their work."""
    monkeypatch.setattr("jobs.abreast.at_once", lambda steps: 2)
    note = tmp_path / "note"
    steps = [step("train", 0, "wait", note), step("train", 1, "fail", note)]
    timetable = Timetable(steps)
    with pytest.raises(DataError, match="odd"), Runner(timetable, call, narrow) as runner:
        runner.run(steps)
    assert [row.state for row in timetable.rows] == [State.STOPPED, State.FAILED]
    assert note.with_suffix(".kept").exists()
