"""INbreast.csv, the original and re-packed copies."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammo_tfds.release.release import is_sick
from mammo_tfds.release.table import read_table
from mammo_tfds.release.table_text import SAVE_AS
from tests.releases import HEADERS, RowSpec, make_rows, write_table


def spoiled(tmp_path: Path, old: str, new: str) -> tuple[str, ...]:
    """The problems of a valid table of 16 rows in which the first `old` is replaced by `new`."""
    path = tmp_path / "INbreast.csv"
    write_table(path, make_rows())
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())
    return tuple(str(problem) for problem in read_table(path).problems)


def test_the_real_table(shared: Path):
    """The real file is read without a problem, and has the known counts of the release."""
    table = read_table(shared / "real_inbreast_csv" / "INbreast.csv")
    rows = table.rows
    assert table.problems == ()
    assert len(rows) == len(table.ids) == 410
    assert Counter(is_sick(row.birads) for row in rows) == {False: 310, True: 100}
    assert Counter(row.birads for row in rows) == {
        "1": 67, "2": 220, "3": 23, "4a": 13, "4b": 8, "4c": 22, "5": 49, "6": 8,
    }  # fmt: skip
    assert Counter(row.view for row in rows) == {"CC": 203, "MLO": 206, "FB": 1}
    assert Counter(row.side for row in rows) == {"L": 209, "R": 201}
    assert Counter(row.density for row in rows) == {1: 136, 2: 146, 3: 99, 4: 28, None: 1}
    assert [row.image_id for row in rows if row.density is None] == ["53582540"]
    (other,) = [row for row in rows if row.view == "FB"]
    assert (other.image_id, other.side, other.birads) == ("50994300", "R", "2")
    assert rows[0].line == 2


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"delimiter": ","},
        {"delimiter": "\t"},
        {"bom": True},
        {"encoding": "utf-16", "delimiter": "\t"},  # what Excel calls Unicode text
        {"encoding": "utf-16-le"},
        {"encoding": "utf-16-be"},
        {"encoding": "utf-32"},
        {"newline": "\n"},
        {"newline": "\r"},
        {"float_ids": True},
        {"footer": True},
        {"headers": [header.upper().replace("-", " ") for header in HEADERS]},
        {"headers": [f" {header.lower().replace(' ', '_')} " for header in HEADERS]},
        {"delimiter": ",", "bom": True, "float_ids": True, "footer": True},
    ],
)
def test_copies_are_read_like_the_real_one(tmp_path: Path, form: dict[str, object]):
    """Separators, encodings, line ends, float ids, footers and headers in another case."""
    rows = [*make_rows(), RowSpec(image_id="50994300", view="FB", density="")]
    write_table(tmp_path / "INbreast.csv", rows, **form)  # type: ignore[arg-type]
    table = read_table(tmp_path / "INbreast.csv")
    assert table.problems == ()
    assert [(row.image_id, row.side, row.view, row.birads) for row in table.rows] == [
        (row.image_id, row.side, row.view, row.birads) for row in rows
    ]
    assert [row.density for row in table.rows] == [
        int(row.density) if row.density else None for row in rows
    ]


def test_numbers_that_became_floats(tmp_path: Path):
    """A density of 3.0 or 3,0 is 3, a category of 2.0 is 2, and 4A is 4a."""
    rows = [RowSpec("1", birads="2.0", density="3,0"), RowSpec("2", birads="4A", density="1.")]
    write_table(tmp_path / "INbreast.csv", rows)
    table = read_table(tmp_path / "INbreast.csv")
    assert [(row.birads, row.density) for row in table.rows] == [("2", 3), ("4a", 1)]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (";4a\r", ";7\r", "INbreast.csv:2: Bi-Rads must be one of 0..6, 4a, 4b, 4c; got '7'"),
        (";4a\r", ";4d\r", "INbreast.csv:2: Bi-Rads must be one of 0..6, 4a, 4b, 4c; got '4d'"),
        (";4a\r", "\r", "INbreast.csv:2: Bi-Rads must be one of 0..6, 4a, 4b, 4c; got ''"),
        (";1;4a", ";5;4a", "INbreast.csv:2: ACR must be 1 to 4, or blank; got '5'"),
        (";L;CC", ";left;CC", "INbreast.csv:2: Laterality must be L or R; got 'left'"),
        (";L;CC", ";L;ML", "INbreast.csv:2: View must be CC, MLO or FB; got 'ML'"),
        ("20586908", "2.05869E+07", "INbreast.csv:2: File Name must be digits; got '2.05869E+07'"),
        (
            "20586931",
            "20586908",
            "INbreast.csv:3: duplicate File Name 20586908 (first: line 2); keep one",
        ),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, old: str, new: str, problem: str):
    """An invalid value is a fatal problem with its line, its rule and the value."""
    assert spoiled(tmp_path, old, new) == (problem,)


def test_every_wrong_value_is_named(tmp_path: Path):
    """All problems of all rows are collected; the valid rows are still read."""
    rows = make_rows()
    rows[0] = RowSpec(birads="9", density="8")
    rows[3] = RowSpec(image_id="x")
    write_table(tmp_path / "INbreast.csv", rows)
    table = read_table(tmp_path / "INbreast.csv")
    assert [problem.line for problem in table.problems] == [2, 2, 5]
    assert all(problem.fatal for problem in table.problems)
    assert len(table.rows) == 14
    assert "20586908" in table.ids


def test_a_wrong_last_row_is_no_footer(tmp_path: Path):
    """Only rows without side and view count as totals; any other last row is checked."""
    write_table(tmp_path / "INbreast.csv", [*make_rows(), RowSpec(image_id="", birads="2")])
    (problem,) = read_table(tmp_path / "INbreast.csv").problems
    assert (problem.line, problem.message) == (18, "File Name must be digits; got ''")


@pytest.mark.parametrize("column", ["File Name", "Laterality", "View", "ACR", "Bi-Rads"])
def test_a_missing_column_is_named(tmp_path: Path, column: str):
    """A missing or repeated column is the only problem of the table."""
    for wrong in ("Something", "View" if column != "View" else "ACR"):
        (problem,) = spoiled(tmp_path, column, wrong)
        assert problem.startswith("INbreast.csv:1: each of the columns File Name, Lat")
        assert column in problem.split("missing or repeated: ")[1]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "INbreast.csv: the file is empty; it must have a header and a row per image"),
        (
            b"\r\n ; ;\r\n",
            "INbreast.csv: the file is empty; it must have a header and a row per image",
        ),
        (
            ";".join(HEADERS).encode(),
            "INbreast.csv:1: no rows after the header; there must be one per image",
        ),
    ],
)
def test_a_table_without_rows(tmp_path: Path, content: bytes, problem: str):
    """An empty table is one fatal problem."""
    (tmp_path / "INbreast.csv").write_bytes(content)
    table = read_table(tmp_path / "INbreast.csv")
    assert [str(each) for each in table.problems] == [problem]
    assert table.problems[0].fatal
    assert table.rows == ()


def test_another_separator(tmp_path: Path):
    """It is told in one line how to save the table."""
    write_table(tmp_path / "INbreast.csv", make_rows(), delimiter="|")
    assert [str(each) for each in read_table(tmp_path / "INbreast.csv").problems] == [
        f"INbreast.csv:1: the columns must be separated by ; or , or tabs: {SAVE_AS}"
    ]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_hint_for_excel_is_no_header(tmp_path: Path, delimiter: str):
    """A first line like `sep=;` is passed over; the lines are counted with it."""
    write_table(tmp_path / "INbreast.csv", make_rows(), delimiter=delimiter)
    content = (tmp_path / "INbreast.csv").read_bytes()
    (tmp_path / "INbreast.csv").write_bytes(f"sep={delimiter}\r\n".encode() + content)
    table = read_table(tmp_path / "INbreast.csv")
    assert (table.problems, len(table.rows), table.rows[0].line) == ((), 16, 3)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("20587046", '"20587046', 8, "unexpected end of data"),
        ("20587046", '"20587046;x"y', 8, "';' expected after '\"'"),
        ("20587046", '"' + "x" * 200_000, 8, "field larger than field limit (131072)"),
        ("File Name", '"File Name', 1, "unexpected end of data"),
    ],
    ids=["to the end", "to another quote", "to the limit", "in the header"],
)
def test_a_quote_that_is_not_closed(tmp_path: Path, old: str, new: str, line: int, reason: str):
    """An unclosed quote swallows what follows: the only problem names the line where it opens."""
    rule = "the row on this line cannot be read"
    assert spoiled(tmp_path, old, new) == (
        f"INbreast.csv:{line}: {rule}: {reason}; close its quotes",
    )


def test_quoted_cells_are_cells(tmp_path: Path):
    """A quoted cell may span several lines; a row's line is its first."""
    write_table(tmp_path / "INbreast.csv", make_rows())
    text = (tmp_path / "INbreast.csv").read_text().replace("removed", '"re\nmov""ed"', 2)
    (tmp_path / "INbreast.csv").write_text(text.replace(";2;5", ';"2";"9"', 1))
    table = read_table(tmp_path / "INbreast.csv")
    assert [row.line for row in table.rows][:2] == [2, 5]
    assert [problem.line for problem in table.problems] == [6]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_named(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    """Any content gives rows or problems, never an exception."""
    path = tmp_path_factory.getbasetemp() / "INbreast.csv"
    for head in (b"", ";".join(HEADERS).encode() + b"\r\n"):
        path.write_bytes(head + content)
        table = read_table(path)
        assert table.rows or table.problems
