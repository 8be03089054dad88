"""INbreast.csv, the original or a re-packed copy -> rows, and every problem with them."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mammo_tfds.release.problems import Problem
from mammo_tfds.release.table_text import HINT, SAVE_AS, TableError, delimiter_of, read_text

TABLE = "INbreast.csv"


@dataclass(frozen=True)
class Row:
    """The row of an image: its line, counted from 1, and its values as in `release.ImageFacts`."""

    line: int
    image_id: str
    side: str
    view: str
    birads: str
    density: int | None


@dataclass(frozen=True)
class Table:
    """The table as it was read.

    Attributes:
        path: the file.
        rows: the valid rows, in the file's order.
        ids: the image ids of all rows, also of those with another invalid value.
        problems: what is wrong with the file, in the order of its lines.
    """

    path: Path
    rows: tuple[Row, ...]
    ids: frozenset[str]
    problems: tuple[Problem, ...]


class _Column(NamedTuple):
    """A column: its header in the original release, and the form of its values."""

    title: str
    form: re.Pattern[str]
    rule: str


def _column(title: str, form: str, rule: str) -> _Column:
    # Copies exported from the xls have whole numbers as floats, with the locale's decimal mark.
    return _Column(title, re.compile(rf"({form})(?:[.,]0*)?", re.IGNORECASE), rule)


_ID = _column("File Name", "[0-9]+", "digits")
_SIDE = _column("Laterality", "L|R", "L or R")
_VIEW = _column("View", "CC|MLO|FB", "CC, MLO or FB")
_DENSITY = _column("ACR", "[1-4]?", "1 to 4, or blank")
_BIRADS = _column("Bi-Rads", "[0-6]|4[abc]", "one of 0..6, 4a, 4b, 4c")
_COLUMNS = (_ID, _SIDE, _VIEW, _DENSITY, _BIRADS)

_Cells = dict[_Column, str]


def read_table(path: Path, name: str = TABLE) -> Table:
    """Reads INbreast.csv.

    Accepts `;`, `,` and tabs; UTF-8 and UTF-16; columns in any order; headers in another case or
    spacing; ids and other numbers as floats; rows of totals at the end. Other columns are ignored.

    Args:
        path: the file.
        name: the file as problems name it.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        rows = _drop_footer(_read_cells(read_text(path)))
    except TableError as error:
        line, message = error.args
        return Table(path, (), frozenset(), (Problem(name, line, message, fatal=True),))
    return _parse(path, name, rows)


def _read_cells(text: str) -> list[tuple[int, _Cells]]:
    """The rows that are not blank: each with its line in the file and the cells of _COLUMNS."""
    rows = [
        (line, cells)
        for line, cells in _split(text, delimiter_of(text))
        if any(map(str.strip, cells)) and cells[0].casefold() != HINT
    ]
    if not rows:
        raise TableError(None, "the file is empty; it must have a header and a row per image")
    (header_line, header), *body = rows
    indices = _find_columns(header_line, header)
    if not body:
        raise TableError(header_line, "no rows after the header; there must be one per image")
    return [(line, {c: _cell(cells, at) for c, at in indices.items()}) for line, cells in body]


def _split(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows, each with its first line: a quoted cell may span several lines."""
    # Not strict, an unclosed quote would silently make one cell of the rest of the file.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise TableError(
            line, f"the row on this line cannot be read: {error}; close its quotes"
        ) from error


def _find_columns(line: int, header: Sequence[str]) -> dict[_Column, int]:
    """The index of each column in the header."""
    titles = [_normalise(title) for title in header]
    if len(titles) == 1:
        raise TableError(line, f"the columns must be separated by ; or , or tabs: {SAVE_AS}")
    wrong = [column.title for column in _COLUMNS if titles.count(_normalise(column.title)) != 1]
    if wrong:
        every = ", ".join(column.title for column in _COLUMNS)
        raise TableError(
            line,
            f"each of the columns {every} must occur once; missing or repeated: {', '.join(wrong)}",
        )
    return {column: titles.index(_normalise(column.title)) for column in _COLUMNS}


def _normalise(title: str) -> str:
    """A header without case, spaces and punctuation: "Bi-Rads" and "BI RADS" are the same."""
    return "".join(character for character in title.casefold() if character.isalnum())


def _cell(cells: Sequence[str], at: int) -> str:
    """A cell's text without surrounding spaces; "" where the row is too short."""
    return cells[at].strip() if at < len(cells) else ""


def _drop_footer(rows: list[tuple[int, _Cells]]) -> list[tuple[int, _Cells]]:
    """The rows up to the last one with a valid side or view; rows of totals have neither."""
    images = [
        bool(_SIDE.form.fullmatch(cells[_SIDE]) or _VIEW.form.fullmatch(cells[_VIEW]))
        for _, cells in rows
    ]
    return rows[: len(rows) - images[::-1].index(True)] if any(images) else rows


def _parse(path: Path, name: str, rows: Iterable[tuple[int, _Cells]]) -> Table:
    valid: list[Row] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for line, cells in rows:
        values, faults = _validate(cells)
        image_id = values.get(_ID)
        if image_id in lines:
            faults.append(
                f"duplicate {_ID.title} {image_id} (first: line {lines[image_id]}); keep one"
            )
        elif image_id is not None:
            lines[image_id] = line
        problems += [Problem(name, line, fault, fatal=True) for fault in faults]
        if not faults:
            valid.append(_make_row(line, values))
    return Table(path, tuple(valid), frozenset(lines), tuple(problems))


def _validate(cells: _Cells) -> tuple[_Cells, list[str]]:
    """The valid values, and a message for each invalid one."""
    values: _Cells = {}
    faults = []
    for column, text in cells.items():
        if match := column.form.fullmatch(text):
            values[column] = match[1]
        else:
            faults.append(f"{column.title} must be {column.rule}; got {text[:40]!r}")
    return values, faults


def _make_row(line: int, values: _Cells) -> Row:
    density = values[_DENSITY]
    return Row(
        line=line,
        image_id=values[_ID],
        side=values[_SIDE].upper(),
        view=values[_VIEW].upper(),
        birads=values[_BIRADS].lower(),
        density=int(density) if density else None,
    )
