"""Probabilities by BI-RADS category."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from matplotlib.axes import Axes

from jobs.common.keyed_rng import rng
from jobs.common.types import Floats
from jobs.evaluation.predictions import Prediction
from jobs.plots.svg import HEALTHY, INK, MUTED, SICK


@dataclass(frozen=True)
class CategoriesDisplay:
    """Probabilities of the images of each category, and the range of the folds' thresholds.

    Attributes:
        groups: (category, whether it counts as sick, probabilities rising).
        thresholds: the lowest and the highest.

    Examples:
        >>> from jobs.evaluation import Prediction
        >>> from jobs.plots import CategoriesDisplay
        >>> rows = [
        ...     Prediction(
        ...         *("fold0", "last", "validation", str(n), f"{n:016x}", "L", "CC"),
        ...         *(birads, 3, birads > "3", score),
        ...     )
        ...     for n, (birads, score) in enumerate([("2", 0.2), ("2", 0.4), ("5", 0.9)])
        ... ]
        >>> CategoriesDisplay.from_predictions(rows, thresholds=[0.5, 0.6]).alt_text()
        'Median probability by BI-RADS category. 2: 0.30; 5: 0.90'
    """

    groups: tuple[tuple[str, bool, Floats], ...]
    thresholds: tuple[float, float]
    size: ClassVar[tuple[float, float]] = (4.2, 3.9)

    @classmethod
    def from_predictions(
        cls, rows: Sequence[Prediction], thresholds: Sequence[float]
    ) -> "CategoriesDisplay":
        """From one prediction of each image, and the thresholds at which models call sick."""
        categories = sorted({(row.birads, row.sick) for row in rows})
        groups = tuple(
            (birads, sick, np.sort([row.probability for row in rows if row.birads == birads]))
            for birads, sick in categories
        )
        return cls(groups, (min(thresholds), max(thresholds)))

    def draw(self, axes: Axes) -> None:
        """Draws a dot for each image, the medians, and a band that holds the thresholds."""
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

    def alt_text(self) -> str:
        """The median of each category."""
        medians = (f"{birads}: {np.median(values):.2f}" for birads, _, values in self.groups)
        return "Median probability by BI-RADS category. " + "; ".join(medians)
