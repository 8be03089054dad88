"""Mean probability against the share of cases that is sick."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from matplotlib.axes import Axes

from jobs.evaluation.bootstrap import Interval
from jobs.plots.svg import MAIN, MUTED


@dataclass(frozen=True)
class CalibrationBin:
    """Cases of similar probabilities: their mean, the share that is sick, and how many they are."""

    probability: float
    share: float
    cases: int
    sick: int
    interval: Interval


@dataclass(frozen=True)
class CalibrationDisplay:
    """Bins of equal size, from the lowest probabilities to the highest.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Cases, compute_calibration, resample_patients
        >>> from jobs.plots import CalibrationDisplay
        >>> cases = Cases(
        ...     patient=np.arange(10).astype(str),
        ...     sick=np.array([0, 0, 0, 0, 0, 1, 0, 1, 1, 1], bool),
        ...     probability=np.linspace(0.05, 0.95, 10),
        ... )
        >>> resamples = resample_patients(dict.fromkeys(cases.patient, "test"), 100, seed=20)
        >>> display = CalibrationDisplay.from_metrics(compute_calibration(cases, resamples))
        >>> [each.share for each in display.bins]
        [0.0, 0.0, 0.5, 0.5, 1.0]
    """

    bins: tuple[CalibrationBin, ...]
    size: ClassVar[tuple[float, float]] = (4.2, 3.9)

    @classmethod
    def from_metrics(cls, calibration: Mapping[str, Any]) -> "CalibrationDisplay":
        """From `calibration` of an entry of metrics.json, or from `compute_calibration`."""
        return cls(
            tuple(
                CalibrationBin(
                    each["mean_probability"],
                    each["share_sick"],
                    each["cases"],
                    each["sick"],
                    Interval.from_metrics(each["interval"]),
                )
                for each in calibration["bins"]
            )
        )

    def draw(self, axes: Axes) -> None:
        """Draws the bins with counts and intervals, and the diagonal on which both agree."""
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)))
        means, shares = ([getattr(each, name) for each in self.bins] for name in _BOTH)
        axes.plot(means, shares, "o-", color=MAIN, linewidth=1.8, markersize=5)
        for each in self.bins:
            if each.interval.low is not None and each.interval.high is not None:
                ends = [each.interval.low, each.interval.high]
                axes.plot([each.probability] * 2, ends, color=MAIN, linewidth=1)
            axes.annotate(
                f"{each.sick}/{each.cases}",
                (each.probability, -0.02),
                (0, 3),
                textcoords="offset points",
                ha="center",
                color=MUTED,
                fontsize=7.5,
            )
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.08, 1.02), aspect="equal")
        axes.set(xlabel="mean probability", ylabel="share that is sick")

    def alt_text(self) -> str:
        """All numbers of each bin."""
        texts = (
            f"{each.probability:.2f} against {each.share:.2f} "
            f"({each.sick} of {each.cases}; {each.interval})"
            for each in self.bins
        )
        return "Mean probability against the share that is sick, in bins: " + "; ".join(texts)


_BOTH = ("probability", "share")
