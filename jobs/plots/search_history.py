"""The trials of a search as they came, and the best so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from matplotlib.axes import Axes

from jobs.plots.svg import INK, MUTED, SERIES


@dataclass(frozen=True)
class TrialPoint:
    """A trial: its number, its score, its variant, and whether it was trained to its end."""

    number: int
    value: float
    variant: str
    complete: bool


@dataclass(frozen=True)
class SearchHistoryDisplay:
    """Trials by number, a colour for each variant; those that were given up are hollow.

    Examples:
        >>> points = [TrialPoint(0, 0.6, "local", True), TrialPoint(1, 0.5, "report", False)]
        >>> SearchHistoryDisplay(points).best_so_far()
        [(0, 0.6)]
    """

    points: Sequence[TrialPoint]
    size: ClassVar[tuple[float, float]] = (7.0, 3.2)

    @classmethod
    def from_figures(cls, trials: Sequence[Mapping[str, Any]]) -> "SearchHistoryDisplay":
        """From `trials` of search.json; those that were refused have no score."""
        return cls(
            [
                TrialPoint(
                    each["number"], each["value"], each["variant"], each["state"] == "complete"
                )
                for each in trials
                if each["value"] is not None
            ]
        )

    def best_so_far(self) -> list[tuple[int, float]]:
        """Each complete trial that is better than all before it: number, score."""
        found: list[tuple[int, float]] = []
        for point in self.points:
            if point.complete and (not found or point.value > found[-1][1]):
                found.append((point.number, point.value))
        return found

    def draw(self, axes: Axes) -> None:
        """Draws the trials, and a line of the best."""
        variants = sorted({point.variant for point in self.points})
        for colour, variant in zip(SERIES, variants, strict=False):
            for complete, face in ((True, colour), (False, "none")):
                own = [p for p in self.points if (p.variant, p.complete) == (variant, complete)]
                axes.plot(
                    [point.number for point in own],
                    [point.value for point in own],
                    "o",
                    color=colour,
                    markerfacecolor=face,
                    markersize=4.5,
                    label=(variant or "settings") if complete else None,
                )
        numbers, values = zip(*self.best_so_far(), strict=True)
        last = max(point.number for point in self.points)
        axes.step([*numbers, last], [*values, values[-1]], where="post", color=INK, linewidth=1.2)
        axes.axhline(0.5, color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.set(xlabel="trial", ylabel="AUC out of fold, mean of folds")
        axes.legend(loc="lower right")

    def alt_text(self) -> str:
        """How the best score grew."""
        grown = ", ".join(f"trial {number}: {value:.3f}" for number, value in self.best_so_far())
        return f"{len(self.points)} trials by number; the best so far: {grown}"
