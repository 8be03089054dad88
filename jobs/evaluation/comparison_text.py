"""How two runs compare, for people and for machines."""

import dataclasses
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from jobs.evaluation.compare_files import Difference, FileGap
from jobs.evaluation.compare_runs import Aspect, Comparison
from jobs.evaluation.number_gaps import ROUNDING, Gap

_NAMED, _LINES = 3, 6
"""How many artifacts of a line, and how many lines of an aspect, stand for the others."""

_MEASURE = (
    "largest: |a - b| over the largest magnitude in the same column or array.",
    f"Up to {ROUNDING:.0e}, 839 units in the last place of a float32, it is rounding; else beyond.",
)


def as_text(comparison: Comparison, everything: bool = False) -> str:
    """An aspect a paragraph, then how far numbers are apart, then the verdict.

    Args:
        everything: all artifacts and lines, where otherwise the first few are named.
    """
    whole = frozenset(comparison.artifacts)
    table = [
        (aspect.name, _group(aspect.differences, whole, everything) or [_agreement(aspect)])
        for aspect in comparison.aspects
    ]
    if missing := _group(comparison.missing, frozenset(), everything):
        table.insert(0, ("missing", missing))
    if gaps := [each for each in comparison.gaps if each.gap.different]:
        table.append(("distances", [*_table(gaps if everything else _by_file(gaps)), *_MEASURE]))
    table.append(("verdict", [comparison.verdict.words]))
    width = 2 + max(len(name) for name, _ in table)
    return "".join(
        f"{'' if number else name:{width}}{line}\n"
        for name, lines in table
        for number, line in enumerate(lines)
    )


def _agreement(aspect: Aspect) -> str:
    return "the same" if aspect.compared else "nothing yet that both have"


def as_json(comparison: Comparison) -> str:
    """One document; docs/commands.md says what its fields are."""
    verdict = comparison.verdict
    document = {
        "verdict": {**dataclasses.asdict(verdict), "words": verdict.words},
        "artifacts": comparison.artifacts,
        "missing": [dataclasses.asdict(each) for each in comparison.missing],
        "aspects": {
            aspect.name: [dataclasses.asdict(each) for each in aspect.differences]
            for aspect in comparison.aspects
        },
        "rounding": ROUNDING,
        "numbers": [
            {"file": each.file, "artifact": each.artifact, **_finite(each.gap)}
            for each in comparison.gaps
        ],
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _finite(gap: Gap) -> dict[str, object]:
    """JSON has no infinity: a distance to what is no number is null."""
    largest = gap.largest if math.isfinite(gap.largest) else None
    return {**dataclasses.asdict(gap), "largest": largest}


def _group(differences: Iterable[Difference], whole: frozenset[str], everything: bool) -> list[str]:
    """A line for each text, with the artifacts that it holds of; `whole` is all of them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in differences:
        found[each.text].append(each.artifact)
    lines = [f"{text}{_names(names, whole, everything)}" for text, names in found.items()]
    if everything or len(lines) <= _LINES:
        return lines
    return [*lines[:_LINES], f"and {len(lines) - _LINES} more lines: --all shows them"]


def _names(names: Sequence[str], whole: frozenset[str], everything: bool) -> str:
    if names == [""]:
        return ""
    if len(names) > 1 and whole == set(names):
        return f" (all {len(names)} artifacts)"
    few = names if everything or len(names) <= _NAMED + 1 else names[:_NAMED]
    more = f" and {len(names) - len(few)} more" if len(few) < len(names) else ""
    return f" ({', '.join(few)}{more})"


def _by_file(gaps: Iterable[FileGap]) -> list[FileGap]:
    """The gaps of each file over all artifacts."""
    found: dict[str, FileGap] = {}
    for each in gaps:
        gap = dataclasses.replace(each.gap, where=f"{each.artifact}: {each.gap.where}")
        before = found.get(each.file)
        found[each.file] = FileGap(each.file, "", before.gap + gap if before else gap)
    return list(found.values())


def _table(gaps: Sequence[FileGap]) -> Iterator[str]:
    head = ("file", "numbers", "differ", "beyond", "largest", "furthest apart")
    rows = [
        (
            "/".join(filter(None, (each.artifact, each.file))),
            f"{each.gap.numbers:,}",
            f"{each.gap.different:,}",
            f"{each.gap.beyond:,}",
            f"{each.gap.largest:.1e}",
            each.gap.where,
        )
        for each in gaps
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for first, *middle, last in (head, *rows):
        numbers = (f"{text:>{width}}" for text, width in zip(middle, widths[1:-1], strict=True))
        yield "  ".join((f"{first:{widths[0]}}", *numbers, last))
