"""Areas under the ROC curve with their intervals, a row for each model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from jobs.config.names import fold_number, spoken
from jobs.evaluation.bootstrap import Interval
from jobs.evaluation.rows import PARTS, SUMMARIES
from jobs.plots.svg import INK, MUTED


@dataclass(frozen=True)
class ForestRow:
    """An area, None if it is undefined; rows that sum up several models (`summary`) stand out."""

    name: str
    value: float | None
    interval: Interval
    summary: bool = False


@dataclass(frozen=True)
class ForestDisplay:
    """Areas with their intervals, in groups of rows, each with a title.

    Examples:
        >>> from jobs.plots import ForestDisplay
        >>> def entry(value, low, high):
        ...     auc = {"value": value, "low": low, "high": high, "skipped": 0, "reason": None}
        ...     return {"figures": {"auc": auc}}
        >>> display = ForestDisplay.from_metrics(
        ...     {
        ...         "out_of_fold": {"fold0": entry(0.8, 0.7, 0.9), "mean": entry(0.82, 0.75, 0.9)},
        ...         "test": {"all": entry(0.85, 0.71, 0.97)},
        ...     }
        ... )
        >>> [row.name for title, rows in display.groups for row in rows]
        ['fold 0', 'mean of folds', 'all-data model']
    """

    groups: tuple[tuple[str, tuple[ForestRow, ...]], ...]

    @classmethod
    def from_metrics(cls, level: Mapping[str, Any]) -> "ForestDisplay":
        """From one level of metrics.json: `metrics["levels"]["image"]`."""
        return cls(tuple((title, _rows(level[part])) for part, title in PARTS.items()))

    @classmethod
    def from_subgroups(cls, groups: Iterable[Mapping[str, Any]]) -> "ForestDisplay":
        """From some of metrics.json's `subgroups`; each name has its sick and healthy images."""
        return cls(
            tuple(
                (group["title"], tuple(_subgroup_row(part) for part in group["parts"]))
                for group in groups
            )
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches, the height by the number of rows."""
        return 4.6, 0.6 + 0.22 * sum(len(rows) + 1.4 for _, rows in self.groups)

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
        axes.axvline(0.5, color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.set_yticks(list(ticks), list(ticks.values()))
        axes.set(
            ylim=(y - 0.6, -0.8), xlabel="area under the ROC curve", xlim=(self._left_end(), 1.02)
        )
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)

    def alt_text(self) -> str:
        """The rows that sum up several models; all rows of a group that has none."""
        texts = (
            f"{title}, {row.name}: {_text(row.value)}, {row.interval}"
            for title, rows in self.groups
            for row in rows
            if row.summary or not any(each.summary for each in rows)
        )
        return "Areas under the ROC curve with their intervals. " + "; ".join(texts)

    def _left_end(self) -> float:
        lows = [
            row.value if row.interval.low is None else row.interval.low
            for _, rows in self.groups
            for row in rows
            if row.value is not None
        ]
        return max(0.0, min(0.45, np.floor(min(lows, default=0.5) * 10) / 10))


def _rows(part: Mapping[str, Any]) -> tuple[ForestRow, ...]:
    """Fold models in order, then what sums them up."""
    folds = sorted((name for name in part if name not in SUMMARIES), key=fold_number)
    names = {name: spoken(name) for name in folds} | SUMMARIES
    return tuple(
        ForestRow(title, auc["value"], Interval.from_metrics(auc), name in SUMMARIES)
        for name, title in names.items()
        if name in part
        for auc in [part[name]["figures"]["auc"]]
    )


def _draw_row(axes: Axes, y: float, row: ForestRow) -> None:
    colour, width = (INK, 2.0) if row.summary else (MUTED, 1.0)
    interval = row.interval
    if interval.low is not None and interval.high is not None:
        axes.plot([interval.low, interval.high], [y, y], color=colour, linewidth=width)
    marker = "D" if row.summary else "o"
    if row.value is not None:
        axes.plot([row.value], [y], marker, color=colour, markersize=5 if row.summary else 3.5)
    beside: dict[str, Any] = {
        "xycoords": axes.get_yaxis_transform(),
        "textcoords": "offset points",  # of any width: the layout makes room for all of them
        "va": "center",
        "color": colour,
    }
    axes.annotate(_text(row.value), (1, y), (5, 0), weight="bold", **beside)
    axes.annotate(str(interval), (1, y), (35, 0), **beside)


def _subgroup_row(part: Mapping[str, Any]) -> ForestRow:
    name = f"{part['name']} ({part['sick']}, {part['healthy']})"
    return ForestRow(name, part["auc"]["value"], Interval.from_metrics(part["auc"]))


def _text(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"
