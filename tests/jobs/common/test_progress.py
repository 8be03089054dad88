"""Progress: a Watch is called with each item that is done."""

import pytest

from jobs.common.progress import silent, tracked


def test_each_item_is_reported_when_it_is_done():
    """None at first, then one more after each item, up to all."""
    reports: list[tuple[str, int, int]] = []
    items = tracked("reading", ["a", "b"], lambda *what: reports.append(what))
    assert next(items) == "a"
    assert reports == [("reading", 0, 2)]
    assert next(items) == "b"
    assert reports == [("reading", 0, 2), ("reading", 1, 2)]
    assert list(items) == []
    assert reports == [("reading", 0, 2), ("reading", 1, 2), ("reading", 2, 2)]


def test_nothing_to_do():
    """Without items there is one report, of 0 of 0."""
    reports: list[tuple[str, int, int]] = []
    assert list(tracked("reading", [], lambda *what: reports.append(what))) == []
    assert reports == [("reading", 0, 0)]


def test_silence(capsys: pytest.CaptureFixture[str]):
    """A watch that shows nothing shows nothing."""
    assert list(tracked("reading", range(3), silent)) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")
