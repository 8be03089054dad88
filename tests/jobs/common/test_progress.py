"""How far a stage is, reported to a watch."""

import pytest

from jobs.common.progress import silent, track


def test_each_item_is_reported_when_it_is_done():
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
    """Without items, it reports 0 of 0 and ends."""
    told: list[tuple[str, int, int]] = []
    assert list(track("reading", [], lambda *what: told.append(what))) == []
    assert told == [("reading", 0, 0)]


def test_silence(capsys: pytest.CaptureFixture[str]):
    """A watch that shows nothing shows nothing."""
    assert list(track("reading", range(3), silent)) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")
