"""Net benefit by the probability from which somebody acts: a model, acting on all, on none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.axes import Axes

from jobs.common.types import Floats
from jobs.plots.svg import ALL_DATA, MAIN, MUTED

Curve = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class DecisionCurve:
    """A model's net benefit at T thresholds.

    Attributes:
        name: in the legend.
        thresholds, values: (T,).
        low, high: (T,) of the intervals; NaN where there is none.
    """

    name: str
    thresholds: Floats
    values: Floats
    low: Floats
    high: Floats

    @classmethod
    def from_metrics(cls, name: str, curve: Curve) -> "DecisionCurve":
        """From `decision_curve` of an entry of metrics.json."""
        found = [each["net_benefit"] for each in curve]
        columns = (
            np.array([np.nan if each[key] is None else each[key] for each in found], float)
            for key in ("value", "low", "high")
        )
        return cls(name, np.array([each["threshold"] for each in curve]), *columns)


@dataclass(frozen=True)
class DecisionCurveDisplay:
    """One or two models' net benefit, beside acting on all and on none.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Cases, resample_patients
        >>> from jobs.evaluation.decision_curve import compute_decision_curve
        >>> from jobs.plots.decision_curve import DecisionCurveDisplay
        >>> patient = np.array(["a", "b", "c", "d"])
        >>> sick = np.array([True, True, False, False])
        >>> cases = Cases(patient, sick, np.array([0.8, 0.3, 0.4, 0.1]))
        >>> resamples = resample_patients(dict.fromkeys("abcd", "test"), replicates=100, seed=20)
        >>> curve = compute_decision_curve(cases, resamples)
        >>> DecisionCurveDisplay.from_metrics({"model": curve}).alt_text()[:36]
        'Net benefit by threshold. model: at '
    """

    curves: tuple[DecisionCurve, ...]
    acting_on_all: Floats
    size: ClassVar[tuple[float, float]] = (4.2, 3.9)

    @classmethod
    def from_metrics(cls, curves: Mapping[str, Curve]) -> "DecisionCurveDisplay":
        """From `decision_curve` of entries of metrics.json that are of the same cases, by name."""
        found = tuple(DecisionCurve.from_metrics(*each) for each in curves.items())
        first = next(iter(curves.values()))
        return cls(found, np.array([each["all"] for each in first], float))

    def draw(self, axes: Axes) -> None:
        """Draws the curves; the first one with a band of its intervals."""
        thresholds = self.curves[0].thresholds
        axes.axhline(0, color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)), label="none")
        axes.plot(thresholds, self.acting_on_all, color=MUTED, linewidth=1.2, label="all")
        for curve, colour in zip(self.curves, (MAIN, ALL_DATA), strict=False):
            axes.plot(thresholds, curve.values, color=colour, linewidth=2, label=curve.name)
        first = self.curves[0]
        axes.fill_between(thresholds, first.low, first.high, color=MAIN, alpha=0.16, linewidth=0)
        highest = max(float(np.nanmax(curve.values)) for curve in self.curves)
        room = max(0.02, float(np.nanmax([highest, self.acting_on_all[0]])))
        axes.set(xlim=(0, 1), ylim=(-0.4 * room, 1.15 * room))
        axes.set(xlabel="probability from which one acts", ylabel="net benefit")
        axes.figure.legend(loc="outside lower center", ncols=4, handlelength=1)

    def alt_text(self) -> str:
        """The net benefit at a few thresholds."""
        shown = [n for n, value in enumerate(self.curves[0].thresholds) if round(value, 2) in _SAID]
        texts = (
            f"{curve.name}: "
            + ", ".join(f"at {curve.thresholds[n]:.2f} {curve.values[n]:.3f}" for n in shown)
            for curve in self.curves
        )
        on_all = ", ".join(f"{self.acting_on_all[n]:.3f}" for n in shown)
        return f"Net benefit by threshold. {'; '.join(texts)}; of acting on all: {on_all}"


_SAID = (0.02, 0.1, 0.2, 0.3, 0.5)
