"""Errors that the user can act on, and what an operating system's error becomes."""

import errno
import os
from pathlib import Path

import pytest

from jobs.common import errors
from jobs.common.errors import CannotCreateError, ExitCode, IoError, MammoError, lines_of, refusal


def test_every_error_has_an_exit_code():
    """Each kind of error that the user can act on says how the process exits."""
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    ours = [kind for kind in kinds if issubclass(kind, MammoError) and kind is not MammoError]
    assert len(ours) == 7
    assert all(kind.exit_code in set(ExitCode) - {ExitCode.OK} for kind in ours)


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (errno.ENOSPC, "cannot write there: No space left on device: make room, "),
        (errno.EACCES, "cannot open there: Permission denied: give this user the right to, "),
        (errno.EROFS, "cannot write there: Read-only file system: name a place that can be "),
        (errno.EEXIST, "cannot create there: File exists: remove what lies there, or name "),
    ],
)
def test_what_cannot_be_created(number: int, what: str):
    """Exit 73: what cannot be done where, why, and what to do."""
    error = refusal(OSError(number, "a library's own text", "there"))
    assert isinstance(error, CannotCreateError) and error.exit_code == 73
    assert str(error).startswith(what)


def test_any_other_error_is_of_reading_or_writing():
    """Exit 74: a volume that fails may work again."""
    error = refusal(OSError(errno.EIO, "Input/output error", b"there"))
    assert isinstance(error, IoError) and error.exit_code == 74
    assert str(error).startswith("cannot read or write there: Input/output error: check it")


def test_memory_that_is_full():
    """Exit 74, and not the volume's fault."""
    error = refusal(OSError(errno.ENOMEM, "killed from outside", "there"))
    assert isinstance(error, IoError)
    assert str(error).startswith("cannot read or write there: Cannot allocate memory: give it more")


def test_of_a_rename_the_new_name_is_reported(tmp_path: Path):
    """It is the one that cannot be created."""
    (tmp_path / "old").mkdir()
    (tmp_path / "new").touch()
    with pytest.raises(OSError, match="Not a directory") as caught:
        os.rename(tmp_path / "old", tmp_path / "new")  # noqa: PTH104
    assert f"cannot create {tmp_path}/new: " in str(refusal(caught.value))


def test_an_error_without_a_name():
    """write() and fsync() name no file."""
    assert "cannot write a file: " in str(refusal(OSError(errno.ENOSPC, "No space left")))


def test_one_line_that_a_terminal_shows_as_it_is():
    """Names from files may hold line breaks and escape sequences, which are not passed on."""
    assert lines_of(MammoError("a\nb\x1b[31m c")) == ["a b\\x1b[31m c"]
    assert lines_of(MammoError("größer")) == ["größer"]
