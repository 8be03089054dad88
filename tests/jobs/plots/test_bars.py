"""Bars of shares."""

from jobs.plots.bars import BarsDisplay
from jobs.plots.svg import to_svg


def test_each_share_is_named_with_its_number():
    """The largest is at the top, and first in the words."""
    display = BarsDisplay({"rate": 0.25, "kernel": 0.75}, "share")
    assert display.alt_text() == "share: kernel 0.75, rate 0.25"
    drawn = to_svg(display, "bars")
    assert "kernel" in drawn and "0.75" in drawn


def test_more_bars_have_more_room():
    few, many = (BarsDisplay({str(n): 0.1 for n in range(count)}, "") for count in (2, 12))
    assert many.size[1] > few.size[1]
