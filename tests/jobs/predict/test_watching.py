"""A folder that is watched: each exam once, when all of its files have come."""

import os

import pytest

from jobs.common.errors import UsageError
from jobs.common.progress import silent
from jobs.predict.files import InputFile
from jobs.predict.plan import NoMammogramError
from jobs.predict.watching import Inbox, WatchPlan, watch_folder
from tests.jobs.predict.files import write_image

NOW = 4_000_000_000.0
"""In the future: files that are written now have not changed lately."""


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


def test_a_copy_that_keeps_its_times(tmp_path):
    """As by rsync -a: what counts is when it came."""
    inbox = Inbox(tmp_path, quiet=30)
    arrive(tmp_path / "1_a", 1_000_000)
    came = (tmp_path / "1_a").stat().st_ctime
    assert names(inbox.ready(came + 10)) == []
    assert names(inbox.ready(came + 31)) == [["1_a"]]


def test_a_file_that_is_taken_away_while_it_is_looked_at(tmp_path, monkeypatch):
    """It was listed, and is gone: the others are looked at."""
    arrive(tmp_path / "1_a", NOW - 60)
    listed = [(tmp_path / name, name) for name in ("0_gone", "1_a")]
    monkeypatch.setattr("jobs.predict.watching.list_files", lambda given: listed)
    inbox = Inbox(tmp_path, quiet=30)
    assert names(inbox.ready(NOW)) == [["1_a"]]
    (tmp_path / "1_a").rename(tmp_path / ".1_a")
    monkeypatch.setattr(Inbox, "_hash", lambda self, path, name: (hashed, NOW - 60))
    hashed = InputFile(tmp_path / "1_a", "1_a", "0" * 64)
    assert names(inbox.ready(NOW)) == []


def test_a_copy_is_told_once(tmp_path, capsys):
    """Of files with one content the first counts."""
    for name in ("1_a", "1_b"):
        arrive(tmp_path / name, NOW - 60)
    inbox = Inbox(tmp_path, quiet=30)
    assert names(inbox.ready(NOW)) == [["1_a"]] and names(inbox.ready(NOW)) == []
    assert capsys.readouterr().err == "mammo: left out: 1_b: has the same content as 1_a\n"


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
    os.utime(tmp_path / "note.txt", (NOW, NOW))
    inbox = Inbox(tmp_path, quiet=0)
    assert names(inbox.ready(NOW)) == names(inbox.ready(NOW)) == []
    assert capsys.readouterr().err.count("left out") == 1


def test_what_is_still_being_copied_is_not_told(tmp_path, capsys):
    """The beginning of a file is no DICOM file; it is told of when it does not change any more."""
    (tmp_path / "cut").write_bytes(b"DI")
    os.utime(tmp_path / "cut", (NOW, NOW))
    inbox = Inbox(tmp_path, quiet=30)
    assert names(inbox.ready(NOW + 10)) == [] and not capsys.readouterr().err
    assert names(inbox.ready(NOW + 30)) == [] and "left out: cut: " in capsys.readouterr().err


def test_what_is_taken_away_meanwhile(tmp_path):
    """What is left of its exam is predicted at the next look; another missing file is an error."""
    arrive(tmp_path / "1_a", NOW - 60)
    arrive(tmp_path / "2_b", NOW - 60, view="MLO")
    seen = []

    def handle(files):
        seen.append(sorted(file.name for file in files))
        (tmp_path / "2_b").unlink(missing_ok=True)
        raise FileNotFoundError("gone")

    plan = WatchPlan(Inbox(tmp_path, quiet=30), handle)
    plan.look(NOW)
    with pytest.raises(FileNotFoundError):
        plan.look(NOW)
    assert seen == [["1_a", "2_b"], ["1_a"]]


def test_an_exam_without_a_mammogram(tmp_path):
    """Such as a report: its lines were told, the other exams are predicted, and it comes once."""
    arrive(tmp_path / "1_report", NOW - 60, PatientID="P1")
    arrive(tmp_path / "2_b", NOW - 60, PatientID="P2")
    seen = []

    def handle(files):
        seen.extend(file.name for file in files)
        if files[0].name == "1_report":
            raise NoMammogramError("no file could be predicted")

    plan = WatchPlan(Inbox(tmp_path, quiet=30), handle)
    plan.look(NOW)
    plan.look(NOW)
    assert sorted(seen) == ["1_report", "2_b"]


def test_no_such_folder(tmp_path):
    """Exit 64, before anything is loaded."""
    with pytest.raises(UsageError, match="--watch must be a folder"):
        watch_folder(tmp_path / "none", 30, None, silent)
