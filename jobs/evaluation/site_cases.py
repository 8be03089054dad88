"""The labelled cases of another site: what a run predicted there, and what came of it."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jobs.common.errors import DataError
from jobs.evaluation.levels import Cases

LEVEL, PROBABILITY, TRUTH = "level", "probability", "truth"
GROUPS = ("patient", "exam")
"""The columns that say which cases are of one person; the first of them that is there."""

_TRUTHS = {"1": True, "0": False, "sick": True, "healthy": False}


@dataclass(frozen=True)
class SiteCases:
    """Labelled cases by level.

    Attributes:
        levels: image, breast, exam or any other word of the column `level`, with its cases.
        unlabelled: how many rows have a probability and no truth.
    """

    levels: dict[str, Cases]
    unlabelled: int


def read_site_cases(path: Path) -> SiteCases:
    """Reads a table of cases: predictions.csv of `mammo predict` with a column `truth` added.

    Columns: `probability`, from 0 to 1; `truth`, 1 or sick, 0 or healthy, blank if not known;
    `patient` or `exam`, which say what is of one person (without them, each row is of another);
    `level`, by which cases are told apart (without it, all are images). Other columns, and rows
    without a probability, are not looked at.

    Raises:
        DataError: it is no such table, or a value breaks its column's rule; names file and line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = [(reader.line_num, row) for row in reader]
            columns = reader.fieldnames or ()
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not a csv in UTF-8 ({error})") from error
    for name in (PROBABILITY, TRUTH):
        if name not in columns:
            raise DataError(
                f"{path}:1: must have the columns {PROBABILITY} and {TRUTH}; got "
                f"{','.join(columns)!r}: add what is missing to predictions.csv of mammo predict"
            )
    group = next((name for name in GROUPS if name in columns), None)
    found: dict[str, list[tuple[str, bool, float]]] = {}
    unlabelled = 0
    for line, row in rows:
        probability = _probability(row[PROBABILITY], f"{path}:{line}")
        if probability is None:
            continue
        if not (row[TRUTH] or "").strip():
            unlabelled += 1
            continue
        case = (
            row[group] if group and row[group] else f"line {line}",
            _truth(row[TRUTH], f"{path}:{line}"),
            probability,
        )
        found.setdefault(row.get(LEVEL) or "image", []).append(case)
    levels = {level: _cases(level, each, path) for level, each in found.items()}
    if not levels:
        raise DataError(f"{path}: no row has a {PROBABILITY} and a {TRUTH}: fill in the truth")
    return SiteCases(levels, unlabelled)


def _cases(level: str, cases: Sequence[tuple[str, bool, float]], path: Path) -> Cases:
    patient, sick, probability = zip(*cases, strict=True)
    if len(set(sick)) < 2:
        word = "sick" if sick[0] else "healthy"
        raise DataError(f"{path}: all {len(sick)} cases per {level} are {word}: both are needed")
    return Cases(np.array(patient), np.array(sick, bool), np.array(probability, float))


def _probability(text: str | None, where: str) -> float | None:
    if not (text or "").strip():
        return None
    try:
        value = float(text or "")
    except ValueError:
        value = np.nan
    if not 0 <= value <= 1:
        raise DataError(f"{where}: {PROBABILITY} must be a number from 0 to 1; got {text!r}")
    return value


def _truth(text: str, where: str) -> bool:
    try:
        return _TRUTHS[text.strip().lower()]
    except KeyError as error:
        rule = f"one of {', '.join(_TRUTHS)} or blank"
        raise DataError(f"{where}: {TRUTH} must be {rule}; got {text!r}") from error
