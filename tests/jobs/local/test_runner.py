"""A study's steps on this machine: here in turn, or at once in processes of their own."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from jobs.artifacts.publish import Recipe, up_to_date
from jobs.common import resources
from jobs.common.errors import DataError, MissingInputError
from jobs.common.progress import Watch
from jobs.common.step_table import State, StepTable
from jobs.local.manifests.pod import Step
from jobs.local.runner import Place, Runner, at_once
from tests.jobs.local.pool_steps import Here, call

GIB = 2**30


def step(job: str, index: int | None, *arguments: object, parallelism: int = 2) -> Step:
    return Step(job, index, tuple(map(str, arguments)), parallelism=parallelism)


def table_of(steps: Iterable[Step]) -> StepTable:
    return StepTable((each.name, each.arguments[0]) for each in steps)


def abreast(_: Step) -> Place:
    return Place.ABREAST


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine of eight cores with 64 GiB free, and no GPU."""
    monkeypatch.setattr("jobs.common.resources.thread_count", lambda: 8)
    monkeypatch.setattr("jobs.common.resources.memory_available", lambda: 64 * GIB)
    monkeypatch.setattr("jobs.common.resources.gpu_count", lambda: 0)
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
    monkeypatch.setattr("jobs.common.resources.thread_count", lambda: cores)
    monkeypatch.setattr("jobs.common.resources.memory_available", lambda: memory * GIB)
    monkeypatch.setattr("jobs.common.resources.gpu_count", lambda: int(gpu))
    assert at_once([step("train-fold", k, "train", parallelism=5) for k in range(5)]) == wanted


def test_memory_that_is_available():
    """What this machine says, within its limits: more than nothing, less than it has."""
    total = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    assert 0 < resources.memory_available() < total


@pytest.mark.parametrize("size", [1, 2])
def test_what_becomes_of_steps(monkeypatch: pytest.MonkeyPatch, size: int):
    """Done, or waiting for its input and given back."""
    monkeypatch.setattr("jobs.local.runner.at_once", lambda steps: size)
    steps = [step("embed", 0, "make"), step("embed", 1, "miss"), step("embed", 2, "make")]
    table = table_of(steps)
    with Runner(table, call, abreast) as runner:
        waiting = runner.run(steps)
        again = runner.run(steps[:1])
    assert {each: str(error) for each, error in waiting.items()} == {
        steps[1]: "features are missing"
    }
    assert not again
    assert [row.state for row in table.rows] == [State.DONE, State.MISSING_INPUT, State.DONE]


class Noted:
    """Steps of no work, which are noted; those named are still to make."""

    def __init__(self, unmade: set[str]) -> None:
        self.unmade = unmade
        self.here: list[str] = []

    def __call__(self, step: Step, watch: Watch) -> bool:
        if step.name in self.unmade:
            up_to_date(Path("nowhere"), Recipe("embed", {}, {}, 1), "")
        self.here.append(step.name)
        if step.arguments[0] == "miss":
            raise MissingInputError("features are missing")
        return False


def test_what_has_nothing_to_make_stays_here():
    """No process is begun for what is up to date, or waits, and none is called twice."""
    steps = [step("train", 0, "do"), step("train", 1, "miss"), step("train", 2, "do")]
    table, noted = table_of(steps), Noted(set())
    with Runner(table, noted, abreast) as runner:
        assert list(runner.run(steps)) == [steps[1]]
        assert runner._crew is None
    assert noted.here == [each.name for each in steps]
    assert [row.state for row in table.rows] == [
        State.UP_TO_DATE,
        State.MISSING_INPUT,
        State.UP_TO_DATE,
    ]


class Sized(Here):
    """It notes how large each pool is, and what it is given."""

    seen: ClassVar[list[tuple[int, list[str]]]] = []

    def run(self, steps, call, watch):
        """Notes them; nothing comes of them."""
        self.seen.append((self.size, [step.name for step in steps]))
        return iter(())


@pytest.mark.parametrize(
    ("places", "wanted"),
    [
        ([Place.ABREAST] * 3, [(3, ["a 0", "a 1", "a 2"])]),
        ([Place.ABREAST, Place.ALONE, Place.ABREAST], [(1, ["a 0", "a 1", "a 2"])]),
        ([Place.HERE, Place.ABREAST, Place.ABREAST], [(3, ["a 1", "a 2"])]),
        ([Place.HERE] * 3, []),
    ],
    ids=["abreast", "alone", "some here", "here"],
)
def test_where_steps_run(roomy: None, monkeypatch: pytest.MonkeyPatch, places, wanted):
    """What keeps all cores busy runs alone, whatever room there is; what is light runs here."""
    monkeypatch.setattr("jobs.local.runner.ProcessPool", Sized)
    monkeypatch.setattr(Sized, "seen", [])
    steps = [step("a", k, "do", parallelism=8) for k in range(3)]
    left = {each.name for each, place in zip(steps, places, strict=True) if place != Place.HERE}
    noted = Noted(left)
    with Runner(table_of(steps), noted, dict(zip(steps, places, strict=True)).get) as runner:
        runner.run(steps)
    assert Sized.seen == wanted
    assert noted.here == [each.name for each in steps if each.name not in left]


def test_one_that_fails_stops_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Its error is the study's; those beside it were stopped and have kept their work."""
    monkeypatch.setattr("jobs.local.runner.at_once", lambda steps: 2)
    note = tmp_path / "note"
    steps = [step("train", 0, "wait", note), step("train", 1, "fail", note)]
    table = table_of(steps)
    with pytest.raises(DataError, match="odd"), Runner(table, call, abreast) as runner:
        runner.run(steps)
    assert [row.state for row in table.rows] == [State.STOPPED, State.FAILED]
    assert note.with_suffix(".kept").exists()
