"""Differences of one metric between runs with their intervals, around zero."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from jobs.evaluation.bootstrap import Interval
from jobs.plots.svg import INK, MUTED


@dataclass(frozen=True)
class DifferenceRow:
    """A difference, with its name and what stands beside it."""

    name: str
    value: float
    interval: Interval
    note: str = ""


@dataclass(frozen=True)
class DifferencesDisplay:
    """Differences with their intervals, in groups of rows, each with a title.

    Examples:
        >>> from jobs.evaluation import Interval
        >>> from jobs.plots.differences import DifferenceRow, DifferencesDisplay
        >>> row = DifferenceRow("wider", 0.03, Interval(-0.01, 0.07, skipped=0), "p 0.2")
        >>> DifferencesDisplay((("per image", (row,)),)).alt_text()
        'Differences in AUC with their intervals. per image, wider: +0.03, -0.01 to 0.07, p 0.2'
    """

    groups: Sequence[tuple[str, Sequence[DifferenceRow]]]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches, the height by the number of rows."""
        return 6.4, 0.7 + 0.24 * sum(len(rows) + 1.4 for _, rows in self.groups)

    def draw(self, axes: Axes) -> None:
        """Draws a line for each interval, with the numbers beside it."""
        y, ticks = 0.0, {}
        for title, rows in self.groups:
            margin = axes.get_yaxis_transform()
            axes.text(-0.02, y, title, transform=margin, ha="right", va="center", weight="bold")
            for row in rows:
                y += 1
                ticks[y] = row.name
                _draw_row(axes, y, row)
            y += 1.4
        axes.axvline(0, color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.set_yticks(list(ticks), list(ticks.values()))
        axes.set(ylim=(y - 0.6, -0.8), xlabel="difference in the area under the ROC curve")
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)

    def alt_text(self) -> str:
        """All rows in words."""
        texts = (
            f"{title}, {row.name}: {_beside(row)}" for title, rows in self.groups for row in rows
        )
        return f"Differences in AUC with their intervals. {'; '.join(texts)}"


def _draw_row(axes: Axes, y: float, row: DifferenceRow) -> None:
    interval = row.interval
    if interval.low is not None and interval.high is not None:
        axes.plot([interval.low, interval.high], [y, y], color=INK, linewidth=2)
    axes.plot([row.value], [y], "D", color=INK, markersize=5)
    axes.annotate(
        _beside(row),
        (1, y),
        (6, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        color=INK,
    )


def _beside(row: DifferenceRow) -> str:
    return ", ".join(filter(None, (f"{row.value:+.2f}", str(row.interval), row.note)))
