"""Differences with their intervals, drawn."""

from matplotlib.figure import Figure

from jobs.evaluation.bootstrap import Interval
from jobs.plots.differences import DifferenceRow, DifferencesDisplay


def test_what_it_draws():
    """Zero, and for each row a mark at its value and a line from end to end; the words say both."""
    rows = (
        DifferenceRow("wider", 0.03, Interval(-0.01, 0.07, 0), "p 0.2"),
        DifferenceRow("deeper", -0.02, Interval(None, None, 0, "few patients")),
    )
    display = DifferencesDisplay((("per image", rows),))
    axes = Figure().subplots()
    display.draw(axes)
    drawn = [list(map(float, line.get_xdata())) for line in axes.lines]
    assert drawn == [[-0.01, 0.07], [0.03], [-0.02], [0, 0]]
    assert "deeper: -0.02, few patients" in display.alt_text()
