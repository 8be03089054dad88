"""Steps while they run."""

import pytest

from jobs.common.errors import DataError, MissingInputError, StoppedError
from jobs.common.step_table import Row, State, StepTable, clock_text


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table(clock: Clock) -> StepTable:
    calls = {"embed": "embed", "train 0": "train", "train 1": "train", "all": "train"}
    return StepTable(calls.items(), clock)


def row_of(table: StepTable, name: str) -> Row:
    return next(row for row in table.rows if row.name == name)


def test_a_step_is_timed(table: StepTable, clock: Clock):
    """A step runs, and is done after so many seconds; whoever listens is told of both."""
    told = []
    table.on_change = lambda row: told.append(row.state)
    with table.running("embed") as row:
        clock.now += 4
        assert table.elapsed(row) == 4
    clock.now += 9
    assert (row.state, row.seconds, table.elapsed(row)) == (State.DONE, 4, 4)
    assert told == [State.RUNNING, State.DONE]


def test_a_step_that_found_its_artifact_is_up_to_date(table: StepTable):
    """The caller may set the state in which a step ends."""
    with table.running("embed") as row:
        row.state = State.UP_TO_DATE
    assert row.state is State.UP_TO_DATE


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (MissingInputError("x"), State.MISSING_INPUT),
        (StoppedError("x"), State.STOPPED),
        (KeyboardInterrupt(), State.STOPPED),
        (DataError("x"), State.FAILED),
        (ZeroDivisionError(), State.FAILED),
        (SystemExit(), State.FAILED),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value,
)
def test_how_a_step_can_end(table: StepTable, error: BaseException, state: State):
    """Its input is missing, it was stopped or it failed; the error goes on to the caller."""
    with pytest.raises(type(error)), table.running("embed") as row:
        raise error
    assert row.state is state


def test_a_step_that_begins_again_starts_afresh(table: StepTable, clock: Clock):
    """Only the attempt that ends it counts."""
    with pytest.raises(MissingInputError), table.running("embed") as row:
        table.progress(row, "embed: views", 1, 2)
        clock.now += 50
        raise MissingInputError("x")
    with table.running("embed") as row:
        assert (row.what, table.left(row)) == ("", None)
        clock.now += 2
    assert (row.state, row.seconds) == (State.DONE, 2)


def test_time_left_from_the_pace_so_far(table: StepTable, clock: Clock):
    """Counted from where this call began, not from what an earlier call had done."""
    with table.running("embed") as row:
        clock.now += 30  # imports
        table.progress(row, "embed: views", 40, 100)
        assert table.left(row) is None
        clock.now += 10
        table.progress(row, "embed: views", 60, 100)
        assert (row.what, table.left(row)) == ("views", 20)
        table.progress(row, "embed: files", 0, 5)
        assert table.left(row) is None
        clock.now += 1
        table.progress(row, "embed: files", 1, 5)
        assert table.left(row) == 4


def test_time_left_from_steps_of_the_same_command(table: StepTable, clock: Clock):
    """What one fold took another will take; one that was up to date tells nothing."""
    with table.running("train 0") as row:
        row.state = State.UP_TO_DATE
    assert table.left(row_of(table, "train 1")) is None
    with table.running("train 1"):
        clock.now += 6
    assert table.left(row_of(table, "all")) == 6
    assert table.left(row_of(table, "train 0")) == 0
    assert table.total_left() == (6, False)
    with table.running("embed"):
        clock.now += 1
    assert table.total_left() == (6, True)


def test_time_left_of_steps_that_run_at_once(clock: Clock):
    """Two folds that run beside each other take the time of one."""
    table = StepTable([(f"train {k}", "train") for k in range(3)], clock)
    with table.running("train 0"):
        clock.now += 10
    rows = [table.begin("train 1"), table.begin("train 2")]
    for done in (0, 10):
        for row in rows:
            table.progress(row, "train: epochs", done, 20)
        clock.now += 4
    assert table.total_left() == (8, True)


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
