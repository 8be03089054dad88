"""What a study would do, in lines."""

from jobs.common.step_table import State, StepTable
from jobs.local.dry_run import describe


def table_of(expected: float | None) -> StepTable:
    table = StepTable([("weights", "weights"), ("train 0", "train"), ("report", "report")])
    table.rows[0].state = State.UP_TO_DATE
    table.rows[1].expected, table.rows[2].expected = expected, 2.0
    return table


def test_steps_and_how_long_they_take():
    """Each with its state and, where it is known, its time; the whole once all are known."""
    assert list(describe(table_of(75.0), "root")) == [
        "weights  up to date",
        "train 0  would run, about 1:15",
        "report   would run, about 0:02",
        "",
        "2 of 3 steps would run, in about 1:17 by what earlier ones took in root",
    ]


def test_a_time_that_is_not_known():
    """It says so, and for which commands: a part is not told as the whole."""
    *_, last = describe(table_of(None), "root")
    assert last == (
        "2 of 3 steps would run; how long they take is not known: nothing like it was made in root "
        "yet (train)"
    )


def test_a_worker_that_finds_all_done():
    """It runs, in a way, and has nothing left to do: it is not counted."""
    table = table_of(75.0)
    table.rows[1].work = 0.0
    lines = list(describe(table, "root"))
    assert lines[1] == "train 0  nothing left to do"
    assert lines[-1].startswith("1 of 3 steps would run")


def test_nothing_to_do():
    """No time, no number."""
    table = table_of(None)
    for row in table.rows:
        row.state = State.NOT_NEEDED
    assert list(describe(table, "root"))[-1] == "nothing is left to run"
