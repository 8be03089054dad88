"""Mean probability against the share of cases that is sick."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.axes import Axes

from jobs.common.types import Floats
from jobs.plots.svg import MAIN, MUTED


@dataclass(frozen=True)
class CalibrationDisplay:
    """Mean probability and share of the sick in bins of equal size: (B,) each.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Cases, compute_calibration
        >>> from jobs.plots import CalibrationDisplay
        >>> cases = Cases(
        ...     patient=np.arange(10).astype(str),
        ...     sick=np.array([0, 0, 0, 0, 0, 1, 0, 1, 1, 1], bool),
        ...     probability=np.linspace(0.05, 0.95, 10),
        ... )
        >>> display = CalibrationDisplay.from_metrics(compute_calibration(cases))
        >>> display.share
        array([0. , 0. , 0.5, 0.5, 1. ])
    """

    probability: Floats
    share: Floats
    size: ClassVar[tuple[float, float]] = (4.2, 3.9)

    @classmethod
    def from_metrics(cls, calibration: Mapping[str, Any]) -> "CalibrationDisplay":
        """From `calibration` of an entry of metrics.json, or from `compute_calibration`."""
        bins = calibration["bins"]
        columns = ("mean_probability", "share_sick")
        return cls(*(np.array([each[column] for each in bins]) for column in columns))

    def draw(self, axes: Axes) -> None:
        """Draws the bins, and the diagonal on which both agree."""
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.plot(self.probability, self.share, "o-", color=MAIN, linewidth=1.8, markersize=5)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        axes.set(xlabel="mean probability", ylabel="share that is sick")

    def alt_text(self) -> str:
        """Both numbers of each bin."""
        bins = zip(self.probability, self.share, strict=True)
        texts = (f"{probability:.2f} against {share:.2f}" for probability, share in bins)
        return "Mean probability against the share that is sick, in bins: " + "; ".join(texts)
