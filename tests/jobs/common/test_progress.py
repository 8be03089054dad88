"""How far a stage is, told to whoever watches, and drawn in a log."""

import io
import sys

import pytest

from jobs.common import terminal
from jobs.common.progress import silent, track
from jobs.common.terminal import watching


def test_each_item_is_told_when_it_is_done():
    """None at first, then one more after each item, up to all."""
    told: list[tuple[str, int, int]] = []
    items = track("reading", ["a", "b"], lambda *what: told.append(what))
    assert next(items) == "a"
    assert told == [("reading", 0, 2)]
    assert next(items) == "b"
    assert told == [("reading", 0, 2), ("reading", 1, 2)]
    assert list(items) == []
    assert told == [("reading", 0, 2), ("reading", 1, 2), ("reading", 2, 2)]


def test_nothing_to_do():
    """Of no items none are told, and it ends."""
    told: list[tuple[str, int, int]] = []
    assert list(track("reading", [], lambda *what: told.append(what))) == []
    assert told == [("reading", 0, 0)]


def test_silence(capsys: pytest.CaptureFixture[str]):
    """A watch that shows nothing shows nothing."""
    assert list(track("reading", range(3), silent)) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_a_log_has_sparse_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """On no terminal: the first, one every ten seconds, and the last, on stderr."""
    clock = iter(range(0, 400, 4))
    monkeypatch.setattr(terminal.time, "monotonic", lambda: next(clock))
    with watching() as watch:
        for done in range(9):
            watch("embed: views", done, 8)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [f"embed: views: {done} of 8" for done in (0, 3, 6, 8)]


def test_a_log_of_several_things(capsys: pytest.CaptureFixture[str]):
    """Each thing that is done has its own first line."""
    with watching() as watch:
        watch("a", 0, 9)
        watch("b", 0, 9)
        watch("a", 1, 9)
    assert capsys.readouterr().err.splitlines() == ["a: 0 of 9", "b: 0 of 9"]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_has_bars(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """On a terminal: a bar for each thing, on stderr; what goes to a piped stdout stays whole."""
    monkeypatch.setenv("TERM", "xterm")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with watching() as watch:
        sys.stdout.write('{"images": 1}\n')
        watch("embed: views", 3, 8)
        watch("embed: views", 8, 8)
    assert capsys.readouterr().out == '{"images": 1}\n'
    assert "embed: views" in screen.getvalue()
    assert "8/8" in screen.getvalue()
