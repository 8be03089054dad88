"""What a study would do, in lines."""

from collections.abc import Iterator

from jobs.common.step_table import Row, State, StepTable, clock_text


def describe(table: StepTable, root: object) -> Iterator[str]:
    """Each step with its state and its time, as far as that is known, and the whole."""
    width = max(len(row.name) for row in table.rows)
    for row in table.rows:
        left = table.left(row) if _would_run(row) else None
        time = f", about {clock_text(left)}" if left else ""
        yield f"{row.name:{width}}  {_state(row)}{time}"
    yield ""
    yield _summary(table, root)


def _would_run(row: Row) -> bool:
    return row.state is State.TO_COME and row.work > 0


def _state(row: Row) -> str:
    """In words; a step without work finds all done by the one before it."""
    if row.state is not State.TO_COME:
        return row.state
    return "would run" if _would_run(row) else State.NOTHING_LEFT


def _summary(table: StepTable, root: object) -> str:
    coming = [row for row in table.rows if _would_run(row)]
    if not coming:
        return "nothing is left to run"
    count = f"{len(coming)} of {len(table.rows)} steps would run"
    if (total := table.total_left()) is not None:
        return f"{count}, in about {clock_text(total)} by what earlier ones took in {root}"
    unknown = ", ".join(dict.fromkeys(row.command for row in coming if table.left(row) is None))
    return (
        f"{count}; how long they take is not known: nothing like it was made in {root} yet "
        f"({unknown})"
    )
