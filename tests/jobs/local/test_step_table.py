"""The steps of a study while it runs."""

import pytest

from jobs.common.errors import DataError, MissingInputError, StoppedError
from jobs.local.manifests.pod import Step
from jobs.local.step_table import Row, State, StepTable, clock_text


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timetable(clock: Clock) -> StepTable:
    calls = {"embed": "embed", "train 0": "train", "train 1": "train", "all": "train"}
    return StepTable([Step(name, None, (command,)) for name, command in calls.items()], clock)


def row_of(timetable: StepTable, name: str) -> Row:
    return next(row for row in timetable.rows if row.name == name)


def test_a_step_is_timed(timetable: StepTable, clock: Clock):
    """A step runs, and is done after so many seconds; whoever looks is told of both."""
    told = []
    timetable.tell = lambda row: told.append(row.state)
    with timetable.running("embed") as row:
        clock.now += 4
        assert timetable.elapsed(row) == 4
    clock.now += 9
    assert (row.state, row.seconds, timetable.elapsed(row)) == (State.DONE, 4, 4)
    assert told == [State.RUNNING, State.DONE]


def test_a_step_that_found_its_artifact_is_up_to_date(timetable: StepTable):
    """The caller's word on how a step ended stands."""
    with timetable.running("embed") as row:
        row.state = State.UP_TO_DATE
    assert row.state is State.UP_TO_DATE


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (MissingInputError("x"), State.WAITING),
        (StoppedError("x"), State.STOPPED),
        (KeyboardInterrupt(), State.STOPPED),
        (DataError("x"), State.FAILED),
        (ZeroDivisionError(), State.FAILED),
        (SystemExit(), State.FAILED),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value,
)
def test_how_a_step_can_end(timetable: StepTable, error: BaseException, state: State):
    """It waits, was stopped or failed; the error goes on to the caller."""
    with pytest.raises(type(error)), timetable.running("embed") as row:
        raise error
    assert row.state is state


def test_a_step_that_waited_starts_afresh(timetable: StepTable, clock: Clock):
    """Only the attempt that ends it counts."""
    with pytest.raises(MissingInputError), timetable.running("embed") as row:
        timetable.progress(row, "embed: views", 1, 2)
        clock.now += 50
        raise MissingInputError("x")
    with timetable.running("embed") as row:
        assert (row.what, timetable.left(row)) == ("", None)
        clock.now += 2
    assert (row.state, row.seconds) == (State.DONE, 2)


def test_time_left_from_the_pace_so_far(timetable: StepTable, clock: Clock):
    """Counted from where this call began, not from what an earlier call had done."""
    with timetable.running("embed") as row:
        clock.now += 30  # imports
        timetable.progress(row, "embed: views", 40, 100)
        assert timetable.left(row) is None
        clock.now += 10
        timetable.progress(row, "embed: views", 60, 100)
        assert (row.what, timetable.left(row)) == ("views", 20)
        timetable.progress(row, "embed: files", 0, 5)
        assert timetable.left(row) is None
        clock.now += 1
        timetable.progress(row, "embed: files", 1, 5)
        assert timetable.left(row) == 4


def test_time_left_from_steps_of_the_same_command(timetable: StepTable, clock: Clock):
    """What one fold took another will take; one that was up to date tells nothing."""
    with timetable.running("train 0") as row:
        row.state = State.UP_TO_DATE
    assert timetable.left(row_of(timetable, "train 1")) is None
    with timetable.running("train 1"):
        clock.now += 6
    assert timetable.left(row_of(timetable, "all")) == 6
    assert timetable.left(row_of(timetable, "train 0")) == 0
    assert timetable.to_go() == (6, False)
    with timetable.running("embed"):
        clock.now += 1
    assert timetable.to_go() == (6, True)


def test_time_left_of_steps_that_run_at_once(clock: Clock):
    """Two folds that run beside each other take the time of one."""
    timetable = StepTable([Step(f"train {k}", None, ("train",)) for k in range(3)], clock)
    with timetable.running("train 0"):
        clock.now += 10
    rows = [timetable.begin("train 1"), timetable.begin("train 2")]
    for done in (0, 10):
        for row in rows:
            timetable.progress(row, "train: epochs", done, 20)
        clock.now += 4
    assert timetable.to_go() == (8, True)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (0.6, "0:01"),
        (59.4, "0:59"),
        (61, "1:01"),
        (3599.6, "1:00:00"),
        (7265, "2:01:05"),
    ],
)
def test_spans_of_time(seconds: float, text: str):
    """m:ss, with hours where there are any."""
    assert clock_text(seconds) == text
