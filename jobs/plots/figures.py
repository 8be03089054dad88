"""Figures of a study: compute, hold, draw. Each holds its numbers, so they are tested unseen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from jobs.common.keyed_rng import rng
from jobs.config.names import ALL, LAST, TEST, VALIDATION, spoken
from jobs.evaluation.bootstrap import Floats
from jobs.evaluation.levels import Cases, at_level
from jobs.evaluation.predictions import Prediction, select, weights_on_test
from jobs.plots.roc import Roc
from jobs.plots.svg import HEALTHY, INK, MAIN, MUTED, SICK, Drawable


@dataclass(frozen=True)
class Interval:
    """A row of a forest plot; `summary` rows stand out. Values are areas.

    `low` and `high` are None where there is a `reason` for no interval.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    reason: str | None
    summary: bool = False

    def says(self) -> str:
        """The interval in words."""
        return self.reason or f"{self.low:.2f} to {self.high:.2f}"


@dataclass(frozen=True)
class Forest:
    """Areas with their intervals, in groups."""

    groups: tuple[tuple[str, tuple[Interval, ...]], ...]

    @classmethod
    def of(cls, level: Mapping[str, Any]) -> "Forest":
        """From one level of metrics.json."""
        titles = {"out_of_fold": "Out of fold", "test": "Test set"}
        return cls(tuple((titles[part], _intervals(level[part])) for part in titles))

    @property
    def size(self) -> tuple[float, float]:
        return 4.6, 0.6 + 0.22 * sum(len(rows) + 1.4 for _, rows in self.groups)

    def draw(self, axes: Axes) -> None:
        y, ticks = 0.0, {}
        for title, rows in self.groups:
            place = axes.get_yaxis_transform()
            axes.text(-0.02, y, title, transform=place, ha="right", va="center", weight="bold")
            for row in rows:
                y += 1
                ticks[y] = row.name
                self._draw_row(axes, y, row)
            y += 1.4
        axes.axvline(0.5, color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.set_yticks(list(ticks), list(ticks.values()))
        axes.set(
            ylim=(y - 0.6, -0.8), xlabel="area under the ROC curve", xlim=(self._least(), 1.02)
        )
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)

    def says(self) -> str:
        parts = (
            f"{title}, {row.name}: {row.value:.2f}, {row.says()}"
            for title, rows in self.groups
            for row in rows
            if row.summary
        )
        return "Areas under the ROC curve with their intervals. " + "; ".join(parts)

    def _draw_row(self, axes: Axes, y: float, row: Interval) -> None:
        colour, width = (INK, 2.0) if row.summary else (MUTED, 1.0)
        if row.low is not None and row.high is not None:
            axes.plot([row.low, row.high], [y, y], color=colour, linewidth=width)
        marker = "D" if row.summary else "o"
        axes.plot([row.value], [y], marker, color=colour, markersize=5 if row.summary else 3.5)
        said: dict[str, Any] = {
            "xycoords": axes.get_yaxis_transform(),
            "textcoords": "offset points",  # of any width: the layout makes room for all of them
            "va": "center",
            "color": colour,
        }
        axes.annotate(f"{row.value:.2f}", (1, y), (5, 0), weight="bold", **said)
        axes.annotate(row.says(), (1, y), (35, 0), **said)

    def _least(self) -> float:
        lows = [
            row.value if row.low is None else row.low for _, rows in self.groups for row in rows
        ]
        return max(0.0, min(0.45, np.floor(min(lows) * 10) / 10))


@dataclass(frozen=True)
class Categories:
    """Probabilities by BI-RADS category, and between which thresholds the folds call sick."""

    groups: tuple[tuple[str, bool, Floats], ...]
    thresholds: tuple[float, float]
    size = (4.2, 3.9)

    @classmethod
    def of(cls, rows: Sequence[Prediction], thresholds: Sequence[float]) -> "Categories":
        """One prediction an image; groups are (category, sick, probabilities rising)."""
        found = sorted({(row.birads, row.sick) for row in rows})
        groups = tuple(
            (birads, sick, np.sort([row.probability for row in rows if row.birads == birads]))
            for birads, sick in found
        )
        return cls(groups, (min(thresholds), max(thresholds)))

    def draw(self, axes: Axes) -> None:
        axes.axvspan(*self.thresholds, color=MUTED, alpha=0.18, linewidth=0.8)
        for y, (birads, sick, values) in enumerate(self.groups):
            colour = SICK if sick else HEALTHY
            offsets = rng("jitter", birads).uniform(-0.3, 0.3, len(values))
            axes.plot(values, y + offsets, "o", color=colour, alpha=0.5, ms=3, mew=0)
            axes.plot([np.median(values)] * 2, [y - 0.42, y + 0.42], color=INK, linewidth=1.6)
        names = [f"{birads}  ({len(values)})" for birads, _, values in self.groups]
        axes.set_yticks(range(len(names)), names)
        axes.set(ylim=(len(names) - 0.4, -0.6), xlim=(-0.02, 1.02))
        axes.set(xlabel="probability of being sick", ylabel="BI-RADS (images)")
        axes.grid(visible=False, axis="y")

    def says(self) -> str:
        medians = (f"{birads}: {np.median(values):.2f}" for birads, _, values in self.groups)
        return "Median probability by BI-RADS category. " + "; ".join(medians)


@dataclass(frozen=True)
class Calibration:
    """Mean probability and share of sick in bins of equal size: (B,) each."""

    probability: Floats
    share: Floats
    size = (4.2, 3.9)

    @classmethod
    def of(cls, calibration: Mapping[str, Any]) -> "Calibration":
        """From an entry of metrics.json."""
        bins = calibration["bins"]
        columns = ("mean_probability", "share_sick")
        return cls(*(np.array([each[column] for each in bins]) for column in columns))

    def draw(self, axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.plot(self.probability, self.share, "o-", color=MAIN, linewidth=1.8, markersize=5)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        axes.set(xlabel="mean probability", ylabel="share that is sick")

    def says(self) -> str:
        pairs = zip(self.probability, self.share, strict=True)
        said = (f"{probability:.2f} against {share:.2f}" for probability, share in pairs)
        return "Mean probability against the share that is sick, in bins: " + "; ".join(said)


def figures_of(
    rows: Sequence[Prediction], models: Sequence[str], metrics: Mapping[str, Any]
) -> dict[str, Drawable]:
    """All figures of a study, by file name.

    Args:
        rows: of all models, checked.
        models: fold0, fold1, ..., all.
        metrics: what metrics.json holds, made from the rows.
    """
    folds = [model for model in models if model != ALL]
    held_out = select(rows, weights=LAST, split=VALIDATION)
    figures: dict[str, Drawable] = {}
    for level, found in metrics["levels"].items():
        outside = {
            fold: at_level(select(held_out, weights=LAST, split=VALIDATION, model=fold), level)
            for fold in folds
        }
        tested = {fold: _tested(rows, fold, level) for fold in folds}
        figures[f"areas-{level}"] = Forest.of(found)
        figures[f"roc-out-of-fold-{level}"] = Roc.of(outside)
        figures[f"roc-test-{level}"] = Roc.of(tested, (ALL, _tested(rows, ALL, level)))
        pooled = found["out_of_fold"]["pooled"]["calibration"]
        figures[f"calibration-{level}"] = Calibration.of(pooled)
    of_images = metrics["levels"]["image"]["out_of_fold"]
    thresholds = [of_images[fold]["threshold"]["value"] for fold in folds]
    return {**figures, "categories": Categories.of(held_out, thresholds)}


def _tested(rows: Sequence[Prediction], model: str, level: str) -> Cases:
    return at_level(select(rows, weights=weights_on_test(model), split=TEST, model=model), level)


def _intervals(part: Mapping[str, Any]) -> tuple[Interval, ...]:
    """Fold models first, then what sums them up."""
    titles = {"mean": "mean of folds", "pooled": "pooled", "all": "all-data model"}
    folds = sorted((name for name in part if name not in titles), key=lambda name: int(name[4:]))
    return tuple(
        Interval(titles.get(name, spoken(name)), *_auc(part[name]), name in titles)
        for name in (*folds, *titles)
        if name in part
    )


def _auc(entry: Mapping[str, Any]) -> tuple[float, float | None, float | None, str | None]:
    auc = entry["figures"]["auc"]
    return auc["value"], auc["low"], auc["high"], auc["reason"]
