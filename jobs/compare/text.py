"""comparison.json -> lines for the terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from jobs.common.sizes import size_text
from jobs.evaluation.levels import LEVELS
from jobs.evaluation.rows import CONTEXTS, SUMMARY_ROWS, SummaryRow

Entry = Mapping[str, Any]

_WIDTH = 16  # of an area with its interval: 0.66 (0.53-0.79)


def difference_lines(comparison: Mapping[str, Any]) -> Iterator[str]:
    """The areas of each run beside the first one's, as lines of at most 80 characters."""
    confidence = f"{100 * comparison['bootstrap']['confidence']:g} % interval"
    for pair in comparison["pairs"]:
        yield f"AUC ({confidence}): {pair['run']} against {pair['against']}"
        yield _line("", pair["against"][:_WIDTH], pair["run"][:_WIDTH], "difference", "p")
        for row in SUMMARY_ROWS:
            entries = [(level, find_row(pair, row, level, "auc")) for level in LEVELS]
            if any(entry for _, entry in entries):
                yield row.title
            for level, entry in entries:
                if entry:
                    yield _line(f"  {level}", *_cells(entry))


def summary_lines(comparison: Mapping[str, Any]) -> Iterator[str]:
    """What differs in how the runs were made, how they agree, and what they cost: a line each.

    A run whose figures are inflated by design is marked.
    """
    for run in comparison["runs"]:
        cost = run["cost"]
        seconds = ", ".join(f"{name} {value:,.0f} s" for name, value in cost["seconds"].items())
        if run.get("order") == "augment-first":
            yield (
                f"INFLATED: the out-of-fold figures of {run['name']} are too high: its views were "
                "split into folds, not its patients"
            )
        yield (
            f"{run['name']}: scores {CONTEXTS[run['context']]}; {seconds}; "
            f"at most {size_text(cost['peak_memory'])}"
        )
    for pair in comparison["pairs"]:
        names = f"{pair['run']} against {pair['against']}"
        changes = (
            f"{each['name']}: {each['first']} -> {each['second']}" for each in pair["settings"]
        )
        yield f"{names}: {', '.join(changes) or 'the same configuration'}"
        for truth, counts in pair["agreement"].items():
            yield (
                f"{names}, {truth} images out of fold: both right {counts['both_right']}, only "
                f"{pair['against']} {counts['only_first_right']}, only {pair['run']} "
                f"{counts['only_second_right']}, neither {counts['both_wrong']}"
            )


def find_row(pair: Mapping[str, Any], row: SummaryRow, level: str, metric: str) -> Entry | None:
    """An entry of a pair's `rows`; None where it has no meaning for the two runs."""
    wanted = (level, row.part, row.name, metric)
    found = (
        each
        for each in pair["rows"]
        if (each["level"], each["part"], each["name"], each["metric"]) == wanted
    )
    return next(found, None)


def _line(level: str, first: str, second: str, difference: str, p: str) -> str:
    cells = f"{level:10}{first:{_WIDTH + 2}}{second:{_WIDTH + 2}}{difference:24}{p}"
    return cells.rstrip()


def _cells(entry: Entry) -> tuple[str, ...]:
    found = entry["difference"]
    span = found["reason"] or f"({found['low']:+.2f} to {found['high']:+.2f})"
    areas = (_area(entry[which]) for which in ("first", "second"))
    return *areas, f"{found['value']:+.2f} {span}", f"{entry['p_adjusted']:.2g}"


def _area(found: Entry) -> str:
    span = found["reason"] or f"({found['low']:.2f}-{found['high']:.2f})"
    return f"{found['value']:.2f} {span}"
