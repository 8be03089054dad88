"""A study's steps on this machine: in this process in turn, or at once in processes."""

from pathlib import Path
from typing import ClassVar

import pytest

from jobs.artifacts.plan import Outcome, Result
from jobs.common.errors import DataError, MissingInputError
from jobs.common.progress import Watch
from jobs.common.step_table import State, StepTable
from jobs.local.manifests.pod import Step
from jobs.local.placement import Execution, Placement
from jobs.local.runner import Runner
from tests.jobs.local.machines import make_roomy
from tests.jobs.local.pool_steps import PRELOAD, InProcessPool, ask, perform

IN_PROCESS = Execution.IN_PROCESS


def step(job: str, index: int | None, *arguments: object, parallelism: int = 2) -> Step:
    return Step(job, index, tuple(map(str, arguments)), parallelism=parallelism)


def concurrent(_: Step) -> Placement:
    return Placement(Execution.CONCURRENT)


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of eight cores with 64 GiB free, and no GPU."""
    make_roomy(monkeypatch)


@pytest.mark.parametrize("size", [1, 2])
def test_the_table_has_the_outcome_of_each_step(monkeypatch: pytest.MonkeyPatch, size: int):
    """A step without its input ends the study, and its row says so."""
    monkeypatch.setattr("jobs.local.placement.count_at_once", lambda steps, memory: size)
    steps = [step("embed", 0, "make"), step("embed", 1, "make"), step("train", 0, "miss")]
    table = StepTable((each.name, each.arguments[0]) for each in steps)
    with Runner(table, ask, perform, concurrent, PRELOAD) as runner:
        runner.run(steps[:2])
        with pytest.raises(MissingInputError, match="features are missing"):
            runner.run(steps[2:])
    assert [row.state for row in table.rows] == [State.DONE, State.DONE, State.MISSING_INPUT]


class Recorder:
    """Records which steps it is asked about, and which it performs; the unmade need making."""

    def __init__(self, unmade: set[str]) -> None:
        self.unmade = unmade
        self.asked: list[str] = []
        self.performed: list[str] = []

    def ask(self, step: Step) -> Result | None:
        self.asked.append(step.name)
        if step.arguments[0] == "miss":
            raise MissingInputError("features are missing")
        return None if step.name in self.unmade else Result(Outcome.UP_TO_DATE)

    def perform(self, step: Step, watch: Watch) -> Result:
        self.performed.append(step.name)
        return Result(Outcome.MADE)


def test_steps_that_are_up_to_date_start_no_process(monkeypatch: pytest.MonkeyPatch):
    """Each is asked once; one that cannot be planned ends the study."""
    monkeypatch.setattr("jobs.local.runner.ProcessPool", None)
    steps = [step("train", 0, "do"), step("train", 1, "do"), step("train", 2, "miss")]
    table, recorder = StepTable((each.name, "train") for each in steps), Recorder(set())
    with Runner(table, recorder.ask, recorder.perform, concurrent, PRELOAD) as runner:
        runner.run(steps[:2])
        with pytest.raises(MissingInputError):
            runner.run(steps[2:])
    assert recorder.asked == [each.name for each in steps] and not recorder.performed
    assert [row.state for row in table.rows] == [
        State.UP_TO_DATE,
        State.UP_TO_DATE,
        State.MISSING_INPUT,
    ]


class RecordingPool(InProcessPool):
    """Records the size of each pool and the steps that it gets."""

    seen: ClassVar[list[tuple[int, list[str]]]] = []

    def run(self, steps, call, watch):
        """Records them, and runs none."""
        self.seen.append((self.size, [step.name for step in steps]))
        return iter(())


@pytest.mark.parametrize(
    ("executions", "wanted"),
    [
        ([Execution.CONCURRENT] * 3, [(3, ["a 0", "a 1", "a 2"])]),
        (
            [Execution.CONCURRENT, Execution.EXCLUSIVE, Execution.CONCURRENT],
            [(1, ["a 0", "a 1", "a 2"])],
        ),
        ([Execution.IN_PROCESS, Execution.CONCURRENT, Execution.CONCURRENT], [(3, ["a 1", "a 2"])]),
        ([Execution.IN_PROCESS] * 3, []),
    ],
    ids=["concurrent", "exclusive", "some in process", "in process"],
)
def test_where_steps_run(roomy: None, monkeypatch: pytest.MonkeyPatch, executions, wanted):
    """An exclusive step runs alone, however much room there is; a light one in this process."""
    monkeypatch.setattr("jobs.local.runner.ProcessPool", RecordingPool)
    monkeypatch.setattr(RecordingPool, "seen", [])
    steps = [step("a", k, "do", parallelism=8) for k in range(3)]
    placements = dict(zip(steps, map(Placement, executions), strict=True))
    left = {step.name for step, place in placements.items() if place.execution is not IN_PROCESS}
    recorder = Recorder(left)
    with Runner(
        StepTable((each.name, "train") for each in steps),
        recorder.ask,
        recorder.perform,
        placements.__getitem__,
        PRELOAD,
    ) as runner:
        runner.run(steps)
    assert RecordingPool.seen == wanted
    assert recorder.performed == [each.name for each in steps if each.name not in left]


def test_a_step_that_fails_stops_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The study raises its error; the others are stopped, and have kept their work."""
    monkeypatch.setattr("jobs.local.placement.count_at_once", lambda steps, memory: 2)
    note = tmp_path / "note"
    steps = [step("train", 0, "wait", note), step("train", 1, "fail", note)]
    table = StepTable((each.name, "train") for each in steps)
    with (
        pytest.raises(DataError, match="odd"),
        Runner(table, ask, perform, concurrent, PRELOAD) as runner,
    ):
        runner.run(steps)
    assert [row.state for row in table.rows] == [State.STOPPED, State.FAILED]
    assert note.with_suffix(".kept").exists()
