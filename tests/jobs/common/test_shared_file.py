"""Files that processes use together: made once, removed by the last, nothing left behind."""

import fcntl
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from jobs.common.errors import CannotCreateError, StoppedError
from jobs.common.shared_file import hold_file, remove_unheld

HOLDER = """
import contextlib, os, signal, sys
from pathlib import Path
from jobs.common.shared_file import hold_file

def fill(descriptor):
    for half in (b"ab", b"cd"):
        os.write(descriptor, half)
        print("makes", flush=True)
        sys.stdin.readline()

def whole(descriptor):
    return os.fstat(descriptor).st_size == 4

@contextlib.contextmanager
def waiting():
    print("waits", flush=True)
    yield

def stop(signum, frame):
    sys.exit(75)

signal.signal(signal.SIGTERM, stop)
path = Path(sys.argv[1])
with hold_file(path, fill, whole, waiting):
    print(path.read_text(), flush=True)
    sys.stdin.readline()
"""


class Holder:
    """Another process that wants a file, and makes it in two halves if it is not there."""

    def __init__(self, path: Path, *within: str) -> None:
        pipe = subprocess.PIPE
        command = [*within, sys.executable, "-c", HOLDER, str(path)]
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)

    def says(self) -> str:
        """What it says next: that it has made a half, that it waits, or what the file holds."""
        line = self.process.stdout.readline().strip()
        assert line, f"it has ended, with {self.process.wait()}"
        return line

    def go_on(self) -> None:
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def begun(self) -> "Holder":
        """Waits until it has made the first half."""
        assert self.says() == "makes"
        return self

    def made(self) -> "Holder":
        """Has it make both halves."""
        for _ in range(2):
            self.begun().go_on()
        assert self.says() == "abcd"
        return self

    def ends(self, how: int | None = None) -> int:
        """Ends it by a signal, or lets it end; returns its exit code."""
        if how:
            self.process.send_signal(how)
        self.process.communicate()
        return self.process.returncode


@pytest.fixture
def hold():
    """Starts processes that want a file; ends them at the end of the test."""
    with ExitStack() as end:

        def started(path: Path, *within: str) -> Holder:
            holder = Holder(path, *within)
            end.callback(holder.ends, signal.SIGKILL)
            return holder

        yield started


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a file, in a folder of its own."""
    return tmp_path / "file"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def never(descriptor: int = 0) -> None:
    raise AssertionError("the file is there already")


def is_whole(descriptor: int) -> bool:
    return os.fstat(descriptor).st_size == 4


# One for all


def test_one_process_makes_it_and_the_others_find_it(path: Path, hold):
    """A process that comes meanwhile waits, and says so; one that comes later does not wait."""
    maker = hold(path).begun()
    other = hold(path)
    assert other.says() == "waits"
    maker.go_on()
    maker.begun().go_on()
    assert [maker.says(), other.says(), hold(path).says()] == ["abcd"] * 3


def test_where_the_one_that_makes_it_is_killed_another_does(path: Path, hold):
    """After kill -9 one of those that wait starts anew; the others use what that one makes."""
    maker = hold(path).begun()
    others = [hold(path), hold(path)]
    assert [other.says() for other in others] == ["waits"] * 2
    maker.ends(signal.SIGKILL)
    for other in others:  # it need not be the first of them
        other.go_on()
        other.go_on()
    told = [line for other in others for line in iter(other.says, "abcd")]
    assert told.count("makes") == 2


@pytest.mark.parametrize("error", [StoppedError, OSError])
def test_where_the_one_that_makes_it_fails_another_does(path: Path, hold, error):
    """After SIGTERM or an error its half is removed, and one that waits starts anew."""
    others = []

    def fill(descriptor: int) -> None:
        os.write(descriptor, b"half")
        others.append(hold(path))
        assert others[0].says() == "waits"
        raise error

    with pytest.raises(error), hold_file(path, fill, never):
        pass
    others[0].made()


def test_sigterm_stops_a_process_that_waits(path: Path, hold):
    """A process that waits ends at once, and the one that makes the file goes on."""
    maker = hold(path).begun()
    other = hold(path)
    assert other.says() == "waits"
    assert other.ends(signal.SIGTERM) == 75
    maker.go_on()
    maker.begun().go_on()
    assert maker.says() == "abcd"


# Its end


@pytest.mark.parametrize("how", [None, signal.SIGTERM, signal.SIGKILL])
def test_the_one_that_made_it_ends_first(path: Path, hold, how: int | None):
    """However it ends: a second process still has it, a third finds it, the last removes it."""
    maker, other = hold(path).made(), hold(path)
    assert other.says() == "abcd"
    maker.ends(how)
    with hold_file(path, never, is_whole, never):
        other.ends(how)
        assert path.read_text() == "abcd"
    assert names(path.parent) == []


def test_a_stopped_holder_removes_what_it_alone_holds(path: Path, hold):
    """SIGTERM leaves nothing in the folder."""
    assert hold(path).made().ends(signal.SIGTERM) == 75
    assert names(path.parent) == []


def test_a_process_may_hold_a_file_again(path: Path):
    """After its end the file is made anew, as often as it is wanted."""
    made = []
    for _ in range(2):
        with hold_file(path, made.append, never):
            assert path.exists()
        assert names(path.parent) == []
    assert len(made) == 2


# The dead and the living


def test_files_of_killed_processes_are_removed(tmp_path: Path, hold):
    """After kill -9 of all holders a file stays until another process looks; others stay."""
    killed, half, making, living = paths = [tmp_path / name for name in "abcd"]
    hold(killed).made().ends(signal.SIGKILL)
    hold(half).begun().ends(signal.SIGKILL)
    hold(making).begun()
    hold(living).made()
    assert names(tmp_path) == ["a", "b", "c", "d"]
    remove_unheld(paths)
    assert names(tmp_path) == ["c", "d"]


def test_a_complete_file_of_a_killed_process_is_used(path: Path, hold):
    """A complete file is used as it is."""
    hold(path).made().ends(signal.SIGKILL)
    with hold_file(path, never, is_whole, never):
        assert path.read_text() == "abcd"
    assert names(path.parent) == []


def test_what_the_killed_left_half_is_made_anew(path: Path, hold):
    """A half is never used."""
    hold(path).begun().ends(signal.SIGKILL)
    hold(path).made()


def test_another_container_s_holder(path: Path, hold):
    """Containers that share memory do not share pids: living and killed holders are told apart."""
    within = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    try:
        subprocess.run([*within, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not unshare --user --pid")
    holder = hold(path, *within).made()
    remove_unheld([path])
    assert path.exists()
    holder.ends(signal.SIGKILL)
    remove_unheld([path])
    assert not path.exists()


def test_a_file_that_is_removed_before_it_is_locked(path: Path, monkeypatch: pytest.MonkeyPatch):
    """`remove_unheld` of another process comes in between: the file is made again, filled once."""
    lock, removed, filled = fcntl.flock, [], []

    def late(descriptor: int, how: int) -> None:
        if not removed:
            removed.append(path.unlink())
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with hold_file(path, filled.append, never):
        assert path.exists() and removed
    assert len(filled) == 1
    assert names(path.parent) == []


# What else may have its name


@pytest.fixture(params=["link", "pipe", "folder", "another's"])
def odd(request, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Something else of that name, beside a file that a link leads to."""
    target = path.with_name("target")
    target.touch()
    match request.param:
        case "link":
            path.symlink_to(target)
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case _:
            path.touch()
            another = os.geteuid() + 1
            monkeypatch.setattr(os, "geteuid", lambda: another)
    return path


def test_something_else_is_no_file_to_hold(odd: Path):
    """An error names it; it is not waited for, written or removed."""
    with (
        pytest.raises((CannotCreateError, OSError), match=f"{odd}"),
        hold_file(odd, never, never, never),
    ):
        pass
    assert names(odd.parent) == ["file", "target"]
    assert odd.with_name("target").stat().st_size == 0


def test_something_else_is_never_removed(odd: Path):
    """Only regular files of this user are removed."""
    remove_unheld([odd, odd.with_name("missing")])
    assert names(odd.parent) == ["file", "target"]
