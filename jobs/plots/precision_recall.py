"""Precision-recall curves of fold models, and one that stands out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from matplotlib.axes import Axes
from sklearn.metrics import average_precision_score, precision_recall_curve

from jobs.common.types import Floats
from jobs.config.names import ALL, spoken
from jobs.evaluation.levels import Cases, pool
from jobs.plots.svg import ALL_DATA, MAIN, MUTED, SERIES

POOLED = "pooled"


@dataclass(frozen=True)
class PrecisionRecallCurve:
    """A curve: recall (N,) falling to 0, with the precision (N,) at each, and their average."""

    name: str
    recall: Floats
    precision: Floats
    average: float

    @classmethod
    def from_predictions(cls, name: str, cases: Cases) -> "PrecisionRecallCurve":
        """The curve through all thresholds."""
        precision, recall, _ = precision_recall_curve(cases.sick, cases.probability)
        average = average_precision_score(cases.sick, cases.probability)
        return cls(name, recall, precision, float(average))


@dataclass(frozen=True)
class PrecisionRecallDisplay:
    """Curves of fold models, one that stands out, and the precision of guessing.

    Attributes:
        folds: the fold models' curves.
        main: the all-data model's, or that of the folds' pooled predictions.
        prevalence: the share of the main curve's cases that is sick, which is the precision of
            calling everybody sick.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Cases
        >>> from jobs.plots import PrecisionRecallDisplay
        >>> cases = Cases(
        ...     patient=np.array(["a", "b", "c", "d"]),
        ...     sick=np.array([False, False, True, True]),
        ...     probability=np.array([0.1, 0.6, 0.5, 0.9]),
        ... )
        >>> PrecisionRecallDisplay.from_predictions({"fold0": cases}).alt_text()
        'Precision-recall curves. Average precision: fold 0 0.83, pooled 0.83; prevalence 0.50'
    """

    folds: tuple[PrecisionRecallCurve, ...]
    main: PrecisionRecallCurve
    prevalence: float
    size: ClassVar[tuple[float, float]] = (4.2, 4.55)

    @classmethod
    def from_predictions(
        cls, folds: Mapping[str, Cases], all_data: Cases | None = None
    ) -> "PrecisionRecallDisplay":
        """Curves of the folds, and of the all-data model if there is one, else of all folds.

        Args:
            folds: each fold model's cases by its name (fold0), at least one.
            all_data: the cases of the model that was trained on all folds.
        """
        curve = PrecisionRecallCurve.from_predictions
        curves = tuple(curve(name, cases) for name, cases in folds.items())
        cases = all_data or pool(folds.values())
        main = curve(ALL if all_data else POOLED, cases)
        return cls(curves, main, float(np.mean(cases.sick)))

    def draw(self, axes: Axes) -> None:
        """Draws all curves as steps, the prevalence dashed, and a legend."""
        label = f"prevalence  {self.prevalence:.2f}"
        axes.axhline(
            self.prevalence, color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)), label=label
        )
        for number, curve in enumerate(self.folds):
            _draw_curve(axes, curve, SERIES[number % len(SERIES)], 0.9)
        _draw_curve(axes, self.main, ALL_DATA if self.main.name == ALL else MAIN, 2.4)
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        axes.set(xlabel="recall (sensitivity)", ylabel="precision (positive predictive value)")
        axes.set_anchor("N")
        axes.figure.legend(loc="outside lower center", ncols=3, handlelength=1, columnspacing=1.2)

    def alt_text(self) -> str:
        """All average precisions, as in the legend."""
        curves = (*self.folds, self.main)
        averages = ", ".join(f"{spoken(curve.name)} {curve.average:.2f}" for curve in curves)
        return (
            f"Precision-recall curves. Average precision: {averages}; "
            f"prevalence {self.prevalence:.2f}"
        )


def _draw_curve(axes: Axes, curve: PrecisionRecallCurve, colour: str, width: float) -> None:
    label = f"{spoken(curve.name)}  {curve.average:.2f}"
    # At a recall between two points, the precision is that of the larger recall.
    axes.step(
        curve.recall, curve.precision, where="post", color=colour, linewidth=width, label=label
    )
