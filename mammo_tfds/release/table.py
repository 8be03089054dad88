"""INbreast.csv, the real one or a re-packed copy -> rows, and every problem with them."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

TABLE = "INbreast.csv"


@dataclass(frozen=True)
class Problem:
    """Something wrong with a release.

    Attributes:
        path: the file, relative to the release; "" for the folder itself.
        line: the line in the file, counted from 1, where there is one.
        message: the rule and the value.
        fatal: whether the release cannot be used.
    """

    path: str
    line: int | None
    message: str
    fatal: bool

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}" if place else self.message


@dataclass(frozen=True)
class Row:
    """An image's row: its values as in `release.Record`, and its line, counted from 1."""

    line: int
    image_id: str
    side: str
    view: str
    birads: str
    density: int | None


@dataclass(frozen=True)
class Table:
    """The sound rows in the file's order, the ids of all rows, and what is wrong with the file."""

    path: Path
    rows: tuple[Row, ...]
    ids: frozenset[str]
    problems: tuple[Problem, ...]


class _Column(NamedTuple):
    """A column: its header in the real release, and what its values must look like."""

    title: str
    form: re.Pattern[str]
    rule: str


def _column(title: str, form: str, rule: str) -> _Column:
    # Whole numbers become floats in copies that were exported from the xls.
    return _Column(title, re.compile(rf"({form})(?:\.0*)?", re.IGNORECASE), rule)


_ID = _column("File Name", "[0-9]+", "digits")
_SIDE = _column("Laterality", "L|R", "L or R")
_VIEW = _column("View", "CC|MLO|FB", "CC, MLO or FB")
_DENSITY = _column("ACR", "[1-4]?", "1 to 4, or blank")
_BIRADS = _column("Bi-Rads", "[0-6]|4[abc]", "one of 0..6, 4a, 4b, 4c")
_COLUMNS = (_ID, _SIDE, _VIEW, _DENSITY, _BIRADS)

_Cells = dict[_Column, str]


class _UnreadableError(Exception):
    """The file has no rows to speak of: (line or None, what is wrong)."""


def read_table(path: Path, name: str = TABLE) -> Table:
    """Reads INbreast.csv.

    Taken as they come: `;` or `,`; a BOM; headers in another case or spacing, in any order; ids and
    other numbers as floats; footer rows (blank ones and totals). Other columns are not looked at.

    Args:
        path: the file.
        name: what problems call the file.
    """
    # Nothing outside ASCII is wanted here: where it stands for something else, its rule complains.
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    try:
        rows = _without_footer(_cut(text))
    except _UnreadableError as error:
        line, message = error.args
        return Table(path, (), frozenset(), (Problem(name, line, message, fatal=True),))
    return _parse(path, name, rows)


def _cut(text: str) -> list[tuple[int, _Cells]]:
    """The rows that are not blank, each with its line in the file and the cells that are wanted."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = "," if first.count(",") > first.count(";") else ";"
    lines = [(line, cells) for line, cells in _lines(text, delimiter) if any(map(str.strip, cells))]
    if not lines:
        raise _UnreadableError(None, "the file is empty; it must have a header and a row an image")
    (header_line, header), *body = lines
    where = _positions(header_line, header)
    if not body:
        raise _UnreadableError(header_line, "no rows follow the header; there must be one an image")
    return [(line, {c: _cell(cells, at) for c, at in where.items()}) for line, cells in body]


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows, each with the line that it begins in: a quoted cell may go over several."""
    # Strict: else a quote that is never closed makes one cell of all that follows, and no error.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise _UnreadableError(
            line, f"the row that begins here cannot be read: {error}; close its quotes"
        ) from error


def _positions(line: int, header: Sequence[str]) -> dict[_Column, int]:
    titles = [_squeeze(title) for title in header]
    wrong = [column.title for column in _COLUMNS if titles.count(_squeeze(column.title)) != 1]
    if wrong:
        every = ", ".join(column.title for column in _COLUMNS)
        raise _UnreadableError(
            line, f"the columns {every} must be there once each; not so: {', '.join(wrong)}"
        )
    return {column: titles.index(_squeeze(column.title)) for column in _COLUMNS}


def _squeeze(title: str) -> str:
    """A header without case, blanks and punctuation: "Bi-Rads" and "BI RADS" are the same."""
    return "".join(character for character in title.casefold() if character.isalnum())


def _cell(cells: Sequence[str], at: int) -> str:
    """A cell's text without blanks round it; blank where the row is too short."""
    return cells[at].strip() if at < len(cells) else ""


def _without_footer(rows: list[tuple[int, _Cells]]) -> list[tuple[int, _Cells]]:
    """The rows up to the last one that has a side or a view: totals have neither."""
    images = [
        bool(_SIDE.form.fullmatch(cells[_SIDE]) or _VIEW.form.fullmatch(cells[_VIEW]))
        for _, cells in rows
    ]
    return rows[: len(rows) - images[::-1].index(True)] if any(images) else rows


def _parse(path: Path, name: str, rows: Iterable[tuple[int, _Cells]]) -> Table:
    sound: list[Row] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for line, cells in rows:
        values, faults = _values(cells)
        image_id = values.get(_ID)
        if image_id in lines:
            faults.append(f"{_ID.title} {image_id} is in line {lines[image_id]} already; keep one")
        elif image_id is not None:
            lines[image_id] = line
        problems += [Problem(name, line, fault, fatal=True) for fault in faults]
        if not faults:
            sound.append(_row(line, values))
    return Table(path, tuple(sound), frozenset(lines), tuple(problems))


def _values(cells: _Cells) -> tuple[_Cells, list[str]]:
    """The values in their form, and a line for each that has another."""
    values: _Cells = {}
    faults = []
    for column, text in cells.items():
        if match := column.form.fullmatch(text):
            values[column] = match[1]
        else:
            faults.append(f"{column.title} must be {column.rule}; got {text[:40]!r}")
    return values, faults


def _row(line: int, values: _Cells) -> Row:
    density = values[_DENSITY]
    return Row(
        line=line,
        image_id=values[_ID],
        side=values[_SIDE].upper(),
        view=values[_VIEW].upper(),
        birads=values[_BIRADS].lower(),
        density=int(density) if density else None,
    )
