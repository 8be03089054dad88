"""Steps while they run."""

import pytest

from jobs.common.errors import DataError, MissingInputError, StoppedError
from jobs.common.step_table import Row, State, StepTable, clock_text
from tests.jobs.common.clock import Clock


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
    """A step's state changes when it begins and ends; `on_change` is called for both."""
    states = []
    table.on_change = lambda row: states.append(row.state)
    with table.running("embed") as row:
        clock.now += 4
        assert table.elapsed(row) == 4
    clock.now += 9
    assert (row.state, row.seconds, table.elapsed(row)) == (State.DONE, 4, 4)
    assert states == [State.RUNNING, State.DONE]


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
    assert table.total_left() is None  # nothing tells of the embedding
    with table.running("embed"):
        clock.now += 1
    assert table.total_left() == 6


def test_time_left_grows_with_the_work(table: StepTable, clock: Clock):
    """A model of more views takes longer, by what a fold took, or is going to take, for its own."""
    for name, work in (("train 0", 400), ("train 1", 400), ("all", 500)):
        row_of(table, name).work = work
    row = table.begin("train 0")
    table.progress(row, "train: epochs", 0, 20)
    clock.now += 4
    table.progress(row, "train: epochs", 10, 20)
    assert table.left(row_of(table, "all")) == 10
    table.end(row, State.DONE)
    assert table.left(row_of(table, "all")) == 5


def test_a_step_without_work_takes_no_time(table: StepTable, clock: Clock):
    """Such as that of a worker who finds all done by the first; and it tells no pace."""
    row_of(table, "train 1").work = 0
    with table.running("train 0"):
        clock.now += 4
    assert table.left(row_of(table, "train 1")) == 0
    with table.running("train 1"):
        clock.now += 1
    assert table.left(row_of(table, "all")) == 4


def test_time_left_from_earlier_runs(table: StepTable, clock: Clock):
    """It counts until a step of this study tells its pace."""
    for row in table.rows:
        row.expected = 30.0
    assert table.total_left() == 120
    with table.running("embed") as row:
        clock.now += 5  # imports
        assert table.left(row) == 25
        table.progress(row, "embed: views", 0, 10)
        clock.now += 6
        table.progress(row, "embed: views", 1, 10)
        assert table.left(row) == 54
    with table.running("train 0"):
        clock.now += 10
    assert table.left(row_of(table, "train 1")) == 10


def test_a_step_that_takes_longer_than_it_did(table: StepTable, clock: Clock):
    """Nobody knows how much longer: no time is told, neither of the step nor of the whole."""
    for row in table.rows:
        row.expected = 3.0
    with table.running("embed") as row:
        clock.now += 4
        assert table.left(row) is None and table.total_left() is None


def test_only_the_main_work_tells_the_time_left(clock: Clock):
    """A dataset's images are hashed in seconds, and written in minutes."""
    table = StepTable([("prepare", "prepare")], clock, {"prepare": "images"})
    with table.running("prepare") as row:
        for what in ("hashes", "images"):
            table.progress(row, f"prepare: {what}", 0, 10)
            clock.now += 1
            table.progress(row, f"prepare: {what}", 5, 10)
            assert table.left(row) == (1 if what == "images" else None)


def test_time_left_of_steps_that_run_at_once(clock: Clock):
    """Two folds that run beside each other take the time of one, and no less than the longest."""
    table = StepTable([(f"train {k}", "train") for k in range(5)], clock)
    for row in table.rows:
        row.at_once = 2
    with table.running("train 0"):
        clock.now += 10
    assert table.total_left() == 20
    rows = [table.begin("train 1"), table.begin("train 2")]
    for done in (0, 10):
        for row in rows:
            table.progress(row, "train: epochs", done, 20)
        clock.now += 4
    for row in table.rows[3:]:
        table.end(table.begin(row.name), State.UP_TO_DATE)
    assert table.total_left() == 8
    table.end(rows[0], State.DONE)
    assert table.total_left() == 8


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
