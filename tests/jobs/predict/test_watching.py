"""A folder that is watched: each exam once, when all of its files have come."""

import os

import pytest

from jobs.common.errors import UsageError
from jobs.common.progress import silent
from jobs.predict.watching import Inbox, watch_folder
from tests.jobs.predict.files import write_image

NOW = 1_000_000.0


def arrive(path, at, **tags):
    file = write_image(path, **tags)
    os.utime(path, (at, at))
    return file


def names(found):
    return [sorted(file.name for file in files) for files in found]


def test_an_exam_is_complete_when_it_is_quiet(tmp_path):
    """Its last file counts; it is returned once."""
    inbox = Inbox(tmp_path, quiet=30)
    arrive(tmp_path / "1_a", NOW - 60)
    arrive(tmp_path / "2_b", NOW - 10, view="MLO")
    assert names(inbox.ready(NOW)) == []
    assert names(inbox.ready(NOW + 20)) == [["1_a", "2_b"]]
    assert names(inbox.ready(NOW + 40)) == []


def test_a_late_file_makes_another_exam(tmp_path):
    """The exam is returned again, whole."""
    inbox = Inbox(tmp_path, quiet=30)
    arrive(tmp_path / "1_a", NOW - 60)
    assert names(inbox.ready(NOW)) == [["1_a"]]
    arrive(tmp_path / "2_b", NOW, view="MLO")
    assert names(inbox.ready(NOW + 31)) == [["1_a", "2_b"]]


def test_an_exam_that_is_still_coming_holds_up_no_other(tmp_path):
    """They are apart."""
    inbox = Inbox(tmp_path, quiet=30)
    arrive(tmp_path / "1_a", NOW - 60, PatientID="P1")
    arrive(tmp_path / "2_b", NOW, PatientID="P2")
    assert names(inbox.ready(NOW)) == [["1_a"]]


def test_what_is_no_dicom_is_told_once(tmp_path, capsys):
    """And not at each look."""
    (tmp_path / "note.txt").write_text("a shopping list")
    inbox = Inbox(tmp_path, quiet=0)
    assert names(inbox.ready(NOW)) == names(inbox.ready(NOW)) == []
    assert capsys.readouterr().err.count("left out") == 1


def test_no_such_folder(tmp_path):
    """Exit 64, before anything is loaded."""
    with pytest.raises(UsageError, match="--watch must be a folder"):
        watch_folder(tmp_path / "none", 30, None, silent)
