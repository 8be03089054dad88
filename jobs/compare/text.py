"""comparison.json -> tables for the terminal."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jobs.common.sizes import size_text
from jobs.evaluation.levels import LEVELS
from jobs.evaluation.rows import CONTEXTS, SUMMARY_ROWS, SummaryRow

if TYPE_CHECKING:
    from rich.console import RenderableType

Entry = Mapping[str, Any]


def difference_table(comparison: Mapping[str, Any]) -> "RenderableType":
    """The areas of each run, and their differences to the first one's, a column a level."""
    from rich.table import Table

    table = Table.grid(padding=(0, 1))
    confidence = comparison["bootstrap"]["confidence"]
    table.add_row(f"AUC ({100 * confidence:g} % interval)", *LEVELS, style="bold")
    for row in SUMMARY_ROWS:
        lines = [*_lines(comparison, row)]
        if lines:
            table.add_row(row.title, style="bold")
        for title, cells in lines:
            table.add_row(f"  {title}", *cells)
    return table


def summary_lines(comparison: Mapping[str, Any]) -> Iterator[str]:
    """What differs in how the runs were made, how they agree, and what they cost: a line each."""
    for run in comparison["runs"]:
        cost = run["cost"]
        seconds = ", ".join(f"{name} {value:,.0f} s" for name, value in cost["seconds"].items())
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


def difference_text(entry: Entry) -> str:
    """+0.031 (-0.012 to +0.074), p 0.16."""
    found = entry["difference"]
    span = found["reason"] or f"({found['low']:+.3f} to {found['high']:+.3f})"
    return f"{found['value']:+.3f} {span}, p {entry['p_adjusted']:.2g}"


def _lines(comparison: Mapping[str, Any], row: SummaryRow) -> Iterator[tuple[str, list[str]]]:
    for number, pair in enumerate(comparison["pairs"]):
        entries = [find_row(pair, row, level, "auc") for level in LEVELS]
        if not any(entries):
            continue
        if number == 0:
            yield pair["against"], [_area(each, "first") for each in entries]
        yield pair["run"], [_area(each, "second") for each in entries]
        yield "  difference", [difference_text(each) if each else "" for each in entries]


def _area(entry: Entry | None, which: str) -> str:
    if not entry:
        return ""
    found = entry[which]
    span = found["reason"] or f"({found['low']:.3f}-{found['high']:.3f})"
    return f"{found['value']:.3f} {span}"
