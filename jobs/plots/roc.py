"""ROC curves of fold models, and their average."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from matplotlib.axes import Axes
from sklearn.metrics import roc_auc_score, roc_curve

from jobs.common.types import Floats
from jobs.config.names import ALL, spoken
from jobs.evaluation.levels import Cases
from jobs.plots.svg import ALL_DATA, MAIN, RULE, SERIES

GRID = np.linspace(0, 1, 101)
"""The false positive rates at which curves are averaged."""


@dataclass(frozen=True)
class RocCurve:
    """A ROC curve: false and true positive rates (N,), rising from (0, 0) to (1, 1).

    Attributes:
        chosen: both rates at the threshold that was chosen for the model; None if none is given.
    """

    name: str
    fpr: Floats
    tpr: Floats
    auc: float
    chosen: tuple[float, float] | None = None

    @classmethod
    def from_predictions(
        cls, name: str, cases: Cases, threshold: float | None = None
    ) -> "RocCurve":
        """The curve through all thresholds, with one of them marked."""
        fpr, tpr, _ = roc_curve(cases.sick, cases.probability)
        chosen = None
        if threshold is not None:
            called_sick = cases.probability >= threshold
            healthy, sick = called_sick[~cases.sick], called_sick[cases.sick]
            chosen = float(healthy.mean()), float(sick.mean())
        area = float(roc_auc_score(cases.sick, cases.probability))
        return cls(name, fpr, tpr, area, chosen)


@dataclass(frozen=True)
class RocDisplay:
    """Curves of fold models, their vertical average with its deviation, and the all-data model's.

    Attributes:
        folds: the fold models' curves.
        mean: (101,) the mean of their true positive rates on GRID.
        deviation: (101,) their standard deviation (n - 1), 0 for a single curve.
        all_data: the curve of the model that was trained on all folds, which is not averaged.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Cases
        >>> from jobs.plots import RocDisplay
        >>> sick = np.array([0, 0, 0, 1, 1, 1], bool)
        >>> patient = np.array(["a", "b", "c", "d", "e", "f"])
        >>> display = RocDisplay.from_predictions(
        ...     {
        ...         "fold0": Cases(patient, sick, np.array([0.1, 0.2, 0.3, 0.6, 0.8, 0.9])),
        ...         "fold1": Cases(patient, sick, np.array([0.1, 0.2, 0.7, 0.4, 0.6, 0.9])),
        ...     }
        ... )
        >>> display.alt_text()
        'ROC curves. AUC: fold 0 1.00, fold 1 0.78, average 0.89'

        On axes of your own:

        >>> from matplotlib.figure import Figure
        >>> display.draw(Figure().subplots())
    """

    folds: tuple[RocCurve, ...]
    mean: Floats
    deviation: Floats
    all_data: RocCurve | None = None
    size: ClassVar[tuple[float, float]] = (4.2, 4.55)

    @classmethod
    def from_predictions(
        cls,
        folds: Mapping[str, Cases],
        all_data: Cases | None = None,
        thresholds: Mapping[str, float] | None = None,
    ) -> "RocDisplay":
        """Averages the folds' curves.

        Args:
            folds: each fold model's cases by its name (fold0), at least one.
            all_data: the cases of the model that was trained on all folds.
            thresholds: the one that was chosen for each model, by its name, to be marked.
        """
        chosen = thresholds or {}
        curves = tuple(
            RocCurve.from_predictions(name, cases, chosen.get(name))
            for name, cases in folds.items()
        )
        # At a step, interp takes its upper end: the rate reached with that many false positives.
        rates = np.array([np.interp(GRID, curve.fpr, curve.tpr) for curve in curves])
        deviation = rates.std(axis=0, ddof=1) if len(rates) > 1 else np.zeros(len(GRID))
        other = RocCurve.from_predictions(ALL, all_data, chosen.get(ALL)) if all_data else None
        return cls(curves, rates.mean(axis=0), deviation, other)

    @property
    def mean_auc(self) -> float:
        """The mean of the folds' areas."""
        return float(np.mean([curve.auc for curve in self.folds]))

    def draw(self, axes: Axes) -> None:
        """Draws all curves, a band of one deviation around the average, and a legend.

        A dot on each curve is the chosen threshold.
        """
        axes.plot([0, 1], [0, 1], color=RULE, linewidth=1)
        for number, curve in enumerate(self.folds):
            _draw_curve(axes, curve, SERIES[number % len(SERIES)], 0.9)
        low = np.clip(self.mean - self.deviation, 0, 1)
        high = np.clip(self.mean + self.deviation, 0, 1)
        axes.fill_between(GRID, low, high, color=MAIN, alpha=0.16, linewidth=0)
        label = f"average  {self.mean_auc:.2f}"
        rising = np.concatenate([[0], self.mean])
        axes.plot(np.concatenate([[0], GRID]), rising, color=MAIN, linewidth=2.4, label=label)
        if self.all_data:
            _draw_curve(axes, self.all_data, ALL_DATA, 2.4)
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        axes.set(xlabel="1 \N{MINUS SIGN} specificity", ylabel="sensitivity", anchor="N")
        axes.figure.legend(loc="outside lower center", ncols=4, handlelength=1, columnspacing=1.2)

    def alt_text(self) -> str:
        """All areas, as in the legend."""
        areas = [f"{spoken(curve.name)} {curve.auc:.2f}" for curve in self.folds]
        areas.append(f"average {self.mean_auc:.2f}")
        if self.all_data:
            areas.append(f"{spoken(ALL)} {self.all_data.auc:.2f}")
        points = (
            f"{spoken(curve.name)} {1 - curve.chosen[0]:.2f} and {curve.chosen[1]:.2f}"
            for curve in (*self.folds, self.all_data)
            if curve and curve.chosen
        )
        marked = "; ".join(points)
        at = f". Specificity and sensitivity at the chosen threshold: {marked}" if marked else ""
        return f"ROC curves. AUC: {', '.join(areas)}{at}"


def _draw_curve(axes: Axes, curve: RocCurve, colour: str, width: float) -> None:
    label = f"{spoken(curve.name)}  {curve.auc:.2f}"
    axes.plot(curve.fpr, curve.tpr, color=colour, linewidth=width, label=label)
    if curve.chosen:
        size = 4 + 2 * width
        axes.plot(*curve.chosen, "o", color=colour, markersize=size, zorder=4)
