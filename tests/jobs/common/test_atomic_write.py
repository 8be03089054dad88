"""Atomic writes: full disks, leftovers of killed writers, and writers that are alive."""

import errno
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jobs.common import atomic_write
from jobs.common.atomic_write import (
    name_errors,
    remove_leftovers,
    rename_if_absent,
    sync,
    temporary_folder,
    write_atomically,
)

HOST = socket.gethostname()

WRITER = """
import sys
from pathlib import Path
from jobs.common.atomic_write import temporary_folder
with temporary_folder(Path(sys.argv[1])) as aside:
    (aside / "half").write_text("half")
    print(aside, flush=True)
    sys.stdin.readline()
"""


class Writer:
    """Another process, in the middle of writing a temporary folder."""

    def __init__(self, folder: Path) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", WRITER, str(folder)]
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        assert self.process.stdout
        self.aside = Path(self.process.stdout.readline().strip())

    def kill(self) -> Path:
        """Kills it; returns what it leaves."""
        self.process.kill()
        self.process.communicate()
        return self.aside


@pytest.fixture
def writer(tmp_path: Path):
    writer = Writer(tmp_path / "features")
    yield writer
    writer.kill()


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # as write() and fsync() do: no name


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_whole(tmp_path: Path):
    """The new content replaces the old, and no other file is left."""
    path = tmp_path / "report.html"
    write_atomically(path, b"first")
    write_atomically(path, b"second")
    assert path.read_bytes() == b"second"
    assert names(tmp_path) == ["report.html"]


def test_many_files_are_written_without_a_look_at_all_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A process looks for leftovers in a folder only once, however many files it writes there."""
    looks: list[Path] = []
    monkeypatch.setattr(atomic_write, "remove_leftovers", looks.append)
    for number in range(3):
        write_atomically(tmp_path / f"{number}.npy", b"")
    assert looks == [tmp_path]


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The old content stays, the half of the new is removed, and the error names the file."""
    path = tmp_path / "report.html"
    write_atomically(path, b"first")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_atomically(path, b"second")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"first"
    assert names(tmp_path) == ["report.html"]


def test_a_file_whose_folder_is_missing_is_named(tmp_path: Path):
    """The error names the file that was to be written, not the temporary one."""
    with pytest.raises(FileNotFoundError) as caught:
        write_atomically(tmp_path / "missing" / "report.html", b"")
    assert caught.value.filename == str(tmp_path / "missing" / "report.html")


def test_a_folder_that_appears(tmp_path: Path):
    """The temporary folder becomes the folder, with all that is in it."""
    with temporary_folder(tmp_path / "root" / "features") as aside:
        (aside / "a").write_text("a")
        assert rename_if_absent(aside, tmp_path / "root" / "features")
    assert (tmp_path / "root" / "features" / "a").read_text() == "a"
    assert names(tmp_path / "root") == ["features"]


def test_a_folder_that_is_there_stays(tmp_path: Path):
    """The second writer of a folder gets False, and its temporary folder is removed."""
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "first").touch()
    with temporary_folder(tmp_path / "features") as aside:
        (aside / "second").touch()
        assert not rename_if_absent(aside, tmp_path / "features")
    assert names(tmp_path / "features") == ["first"]
    assert names(tmp_path) == ["features"]


def test_a_file_in_the_folder_s_place_is_an_error(tmp_path: Path):
    """A folder does not replace a file; the error names the file."""
    (tmp_path / "features").touch()
    with (
        pytest.raises(NotADirectoryError) as caught,
        temporary_folder(tmp_path / "features") as aside,
    ):
        rename_if_absent(aside, tmp_path / "features")
    assert caught.value.filename == str(tmp_path / "features")
    assert names(tmp_path) == ["features"]


def test_a_full_disk_names_the_folder(tmp_path: Path):
    """An error that names no file or a temporary one names the folder that the user knows."""
    folder = tmp_path / "features"
    with pytest.raises(OSError, match="No space") as caught, temporary_folder(folder):
        full()
    assert caught.value.filename == str(folder)
    with pytest.raises(IsADirectoryError) as caught, temporary_folder(folder) as aside:
        aside.open("w")
    assert caught.value.filename == str(folder)
    assert names(tmp_path) == []


def test_errors_of_other_files_keep_their_names(tmp_path: Path):
    """An error of reading an input, while a folder is written, does not name the folder."""
    with pytest.raises(FileNotFoundError) as caught, temporary_folder(tmp_path / "features"):
        (tmp_path / "input.dcm").open()
    assert caught.value.filename == str(tmp_path / "input.dcm")
    with pytest.raises(OSError, match="error") as other, temporary_folder(tmp_path / "features"):
        raise OSError(errno.EIO, os.strerror(errno.EIO))  # as read() does
    assert other.value.filename is None


def test_a_name_for_an_error_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """fsync() and flush() fail without a file's name: it is added."""
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space") as caught:
        sync(tmp_path)
    assert caught.value.filename == str(tmp_path)
    with pytest.raises(OSError, match="No space") as caught, name_errors(Path("stdout")):
        full()
    assert caught.value.filename == "stdout"


def test_leftovers_of_the_dead_are_removed(tmp_path: Path, writer: Writer):
    """What killed processes of this host left is removed at once."""
    folder = writer.kill()
    file = folder.with_name(folder.name.replace(".features", ".report.html"))
    file.touch()
    remove_leftovers(tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("what", ["folder", "file"])
def test_the_next_writer_clears_up(tmp_path: Path, writer: Writer, what: str):
    """A process that writes next to a leftover removes it first."""
    writer.kill()
    if what == "folder":
        with temporary_folder(tmp_path / "others"):
            assert len(names(tmp_path)) == 1
    else:
        write_atomically(tmp_path / "others", b"")
        assert names(tmp_path) == ["others"]


def test_living_writers_are_left_alone(tmp_path: Path, writer: Writer):
    """What another process is writing now is not touched, however old it is."""
    os.utime(writer.aside, (0, 0))
    remove_leftovers(tmp_path)
    assert names(writer.aside) == ["half"]
    with temporary_folder(tmp_path / "features") as own:
        remove_leftovers(tmp_path)
        assert own.is_dir()


def test_a_pid_that_came_again(tmp_path: Path, writer: Writer):
    """A leftover is removed although another process has its writer's pid by now."""
    match = re.fullmatch(r"(.*_)(\d+)(-[0-9a-f]{8})", writer.aside.name)
    assert match
    earlier = tmp_path / f"{match[1]}{int(match[2]) - 1}{match[3]}"
    earlier.mkdir()
    remove_leftovers(tmp_path)
    assert names(tmp_path) == [writer.aside.name]


@pytest.mark.parametrize("age", [60, 25 * 3600])
def test_other_hosts_are_judged_by_age(tmp_path: Path, writer: Writer, age: int):
    """Nothing is known of another host's processes: their leftovers go when they are a day old."""
    name = writer.kill().name
    assert f"-{HOST}_" in name
    theirs = tmp_path / name.replace(f"-{HOST}_", "-elsewhere_")
    theirs.mkdir()
    os.utime(theirs, (time.time() - age,) * 2)
    remove_leftovers(tmp_path)
    assert names(tmp_path) == ([theirs.name] if age == 60 else [])


def test_other_files_are_nobody_s_leftovers(tmp_path: Path):
    """Only what is named like a leftover is ever removed."""
    for name in ("features", ".features.ab12.unfinished", "a.writing-b", ".git"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (0, 0))
    remove_leftovers(tmp_path)
    assert len(names(tmp_path)) == 4
