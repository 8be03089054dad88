"""The bytes of INbreast.csv, as one spreadsheet program or another has saved them -> its text."""

import codecs
from pathlib import Path

MOST_BYTES = 16 * 2**20
"""More than a thousand times the table of the release, which has 410 rows and 0.1 MB."""

SAVE_AS = "save the sheet as CSV (UTF-8), with a header and a row per image"

HINT = "sep="
"""How a first line begins that is no header, but tells Excel the character between the columns."""

_ENCODINGS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_OTHER_FILES = {
    b"PK\x03\x04": "a spreadsheet (xlsx, ods, numbers) or another archive",
    b"\xd0\xcf\x11\xe0": "a spreadsheet (xls)",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"%PDF": "a PDF",
    b"<": "a page (HTML or XML)",
}
_DELIMITERS = ";,\t"  # the first of those that are equally common


class TableError(Exception):
    """The file cannot be read as a table; its arguments: (line or None, what is wrong)."""


def read_text(path: Path) -> str:
    """The text of a table in UTF-8, or in UTF-16 or UTF-32 with or without a byte order mark.

    All that is needed of it is ASCII: what another encoding has besides becomes U+FFFD.

    Raises:
        OSError: the file cannot be read.
        TableError: it is another kind of file, or too large.
    """
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TableError(None, f"the table must have at most {MOST_BYTES >> 20} MB: {SAVE_AS}")
    for magic, kind in _OTHER_FILES.items():
        if content.startswith(magic):
            raise TableError(None, f"the table must be text, and this is {kind}: {SAVE_AS}")
    return content.decode(_encoding(content), errors="replace")


def _encoding(content: bytes) -> str:
    for mark, encoding in _ENCODINGS.items():
        if content.startswith(mark):
            return encoding
    # The text begins with ASCII, of which UTF-16 has every second byte 0.
    if content[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if content[:1] == b"\0" else "utf-8"


def delimiter_of(text: str) -> str:
    """The character between the columns: the one that is most common in the first line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=first.count)
