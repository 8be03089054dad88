"""ROC curves of fold models, and their average: compute, hold, draw."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from sklearn.metrics import roc_auc_score, roc_curve

from jobs.config.names import spoken
from jobs.evaluation.bootstrap import Floats
from jobs.evaluation.levels import Cases
from jobs.plots.svg import ALL_DATA, MAIN, RULE, SERIES

GRID = np.linspace(0, 1, 101)
"""The false positive rates at which curves are averaged."""


@dataclass(frozen=True)
class Curve:
    """A ROC curve: false and true positive rates (N,), rising from (0, 0) to (1, 1)."""

    name: str
    fpr: Floats
    tpr: Floats
    auc: float

    @classmethod
    def of(cls, name: str, cases: Cases) -> "Curve":
        """The curve through all thresholds."""
        fpr, tpr, _ = roc_curve(cases.sick, cases.probability)
        return cls(name, fpr, tpr, float(roc_auc_score(cases.sick, cases.probability)))


@dataclass(frozen=True)
class Roc:
    """Curves of fold models, their vertical average with its deviation, and one beside them.

    `mean` and `deviation` (n - 1) are true positive rates on GRID.
    """

    folds: tuple[Curve, ...]
    mean: Floats
    deviation: Floats
    beside: Curve | None = None
    size = (4.2, 4.55)

    @classmethod
    def of(cls, folds: Mapping[str, Cases], beside: tuple[str, Cases] | None = None) -> "Roc":
        """Averages the folds' curves; `beside` is a curve with a name that is not averaged."""
        curves = tuple(Curve.of(name, cases) for name, cases in folds.items())
        # At a step, interp takes its upper end: the rate that is reached at that many false alarms.
        rates = np.array([np.interp(GRID, curve.fpr, curve.tpr) for curve in curves])
        other = Curve.of(*beside) if beside else None
        return cls(curves, rates.mean(axis=0), rates.std(axis=0, ddof=1), other)

    @property
    def mean_auc(self) -> float:
        """The mean of the folds' areas."""
        return float(np.mean([curve.auc for curve in self.folds]))

    def draw(self, axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=RULE, linewidth=1)
        for number, curve in enumerate(self.folds):
            colour = SERIES[number % len(SERIES)]
            label = f"{spoken(curve.name)}  {curve.auc:.2f}"
            axes.plot(curve.fpr, curve.tpr, color=colour, linewidth=0.9, label=label)
        low = np.clip(self.mean - self.deviation, 0, 1)
        high = np.clip(self.mean + self.deviation, 0, 1)
        axes.fill_between(GRID, low, high, color=MAIN, alpha=0.16, linewidth=0)
        mean = f"average  {self.mean_auc:.2f}"
        rising = np.concatenate([[0], self.mean])
        axes.plot(np.concatenate([[0], GRID]), rising, color=MAIN, linewidth=2.4, label=mean)
        if self.beside:
            label = f"{spoken(self.beside.name)}  {self.beside.auc:.2f}"
            axes.plot(self.beside.fpr, self.beside.tpr, color=ALL_DATA, linewidth=2.4, label=label)
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        axes.set(xlabel="1 \N{MINUS SIGN} specificity", ylabel="sensitivity", anchor="N")
        axes.figure.legend(loc="outside lower center", ncols=4, handlelength=1, columnspacing=1.2)

    def says(self) -> str:
        text = f"ROC curves of {len(self.folds)} fold models; mean area {self.mean_auc:.2f}"
        if self.beside:
            text += f"; {spoken(self.beside.name)}: {self.beside.auc:.2f}"
        return text
