"""A metric's value with its resamples, and the two as metrics.json holds them."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from jobs.common.types import Floats
from jobs.evaluation.bootstrap import Interval, percentile_interval


@dataclass(frozen=True)
class Estimate:
    """A metric's value with what its interval comes from.

    Attributes:
        value: NaN where the metric is undefined.
        replicates: the metric in each resample, (R,); NaN where it is undefined.
        patients: how many patients have cases of the rarer class.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Estimate
        >>> print(Estimate(0.7, replicates=np.linspace(0.5, 0.9, 101), patients=30))
        0.70 (0.51 to 0.89)
    """

    value: float
    replicates: Floats
    patients: int

    @property
    def interval(self) -> Interval:
        """The 95 % interval, or why there is none."""
        return percentile_interval(self.replicates, self.patients)

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.interval})"


def plain_estimate(estimate: Estimate) -> dict[str, Any]:
    """A value with its interval, as metrics.json holds it."""
    return {"value": plain_number(estimate.value), **asdict(estimate.interval)}


def plain_number(value: float) -> float | None:
    """A number as JSON has it: None for NaN."""
    return None if np.isnan(value) else float(value)
