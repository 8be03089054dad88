"""What a study would do, in lines."""

from collections.abc import Iterator

from jobs.common.step_table import State, StepTable, clock_text


def describe(table: StepTable, root: object) -> Iterator[str]:
    """Each step with its state and its time, as far as that is known, and the whole."""
    width = max(len(row.name) for row in table.rows)
    for row in table.rows:
        coming = row.state is State.TO_COME
        left = table.left(row) if coming else None
        time = f", about {clock_text(left)}" if left else ""
        yield f"{row.name:{width}}  {'would run' if coming else row.state}{time}"
    yield ""
    yield _summary(table, root)


def _summary(table: StepTable, root: object) -> str:
    coming = [row for row in table.rows if row.state is State.TO_COME]
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
