"""The bytes of INbreast.csv -> its text."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mammo_tfds.release.table_text import SAVE_AS, TableError, delimiter_of, read_text

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(ENCODINGS), st.text(st.characters(codec="utf-8", min_codepoint=32)))
def test_a_text_in_any_encoding(tmp_path: Path, encoding: str, text: str):
    """It is read as it was written, as long as it begins with a header, which is ASCII."""
    (tmp_path / "INbreast.csv").write_bytes(f"File Name;{text}".encode(encoding))
    assert read_text(tmp_path / "INbreast.csv") == f"File Name;{text}"


def test_an_encoding_of_one_country(tmp_path: Path):
    """A letter of another encoding is replaced; what the table needs is ASCII."""
    (tmp_path / "INbreast.csv").write_bytes("File Name;Médico".encode("cp1252"))
    assert read_text(tmp_path / "INbreast.csv") == "File Name;M\ufffddico"


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [("a;b;c", ";"), ("\r\na,b,c", ","), ("a\tb\tc", "\t"), ("a;b,c;d", ";"), ("", ";")],
)
def test_the_delimiter_is_that_of_the_first_line(header: str, delimiter: str):
    """Whatever the other lines have."""
    assert delimiter_of(f"{header}\r\n1,2,3,4,5;;;;;;\t\t\t\t" if header else "") == delimiter


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04", "a spreadsheet (xlsx, ods, numbers) or another archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a spreadsheet (xls)"),
        (gzip.compress(b"", mtime=0), "a compressed file (gzip)"),
        (b"%PDF-1.7", "a PDF"),
        (b"<html>", "a page (HTML or XML)"),
    ],
)
def test_another_kind_of_file(tmp_path: Path, content: bytes, kind: str):
    """A file that was only renamed to .csv is named as what it is, with how to save it."""
    (tmp_path / "INbreast.csv").write_bytes(content + b"\0;,\t\r\n" * 99)
    with pytest.raises(TableError) as caught:
        read_text(tmp_path / "INbreast.csv")
    assert caught.value.args == (
        None,
        f"the table must be text, and this is {kind}: {SAVE_AS}",
    )


def test_a_table_of_a_terabyte(tmp_path: Path):
    """A file is read no further than a table can be long, however long it says it is."""
    with (tmp_path / "INbreast.csv").open("wb") as file:
        file.truncate(2**40)  # sparse: it takes no room
    with pytest.raises(TableError) as caught:
        read_text(tmp_path / "INbreast.csv")
    assert caught.value.args == (None, f"the table must have at most 16 MB: {SAVE_AS}")
