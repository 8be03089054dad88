"""Bootstrap over patients: intervals from resamples, all computed at once as weights of cases.

A patient's images are not independent. So patients are drawn, with replacement, and a case counts
as often as its patient was drawn. The counts are whole numbers: their sums are exact in float64
and the same in any order, so intervals depend neither on threads nor on the BLAS library.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.common.keyed_rng import rng
from jobs.common.types import Bools, Floats

CONFIDENCE = 0.95
# Patients of the rarer class. With fewer, intervals miss the truth far too often, as
# tests/jobs/evaluation/test_bootstrap.py shows; a higher limit would leave the folds of a small
# study without intervals.
FEWEST_PATIENTS = 5
FEW, UNDEFINED, EQUAL = "few patients", "mostly undefined", "no spread"
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Resamples:
    """How often each patient was drawn in each resample.

    Attributes:
        patients: (N,) strings, sorted.
        counts: (R, N) whole numbers: R resamples of N patients.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Resamples
        >>> drawn = Resamples(np.array(["a", "b"]), counts=np.array([[2.0, 0.0], [1.0, 1.0]]))
        >>> drawn.weights(np.array(["a", "a", "b"]))  # two images of a, one of b
        array([[2., 2., 0.],
               [1., 1., 1.]])
    """

    patients: npt.NDArray[np.str_]
    counts: Floats

    def weights(self, patients: npt.NDArray[np.str_]) -> Floats:
        """How often each case counts, (R, N), from the cases' patients, (N,)."""
        return self.counts[:, np.searchsorted(self.patients, patients)]


@dataclass(frozen=True)
class Interval:
    """A 95 % percentile interval, or the reason why there is none.

    Attributes:
        low: the lower end; None without an interval.
        high: the upper end; None without an interval.
        skipped: how many resamples leave the metric undefined.
        reason: None with an interval; else FEW (too few patients), UNDEFINED (in most resamples)
            or EQUAL (the same in nearly all resamples, which does not make the metric certain).

    Examples:
        >>> from jobs.evaluation import Interval
        >>> print(Interval(low=0.662, high=0.819, skipped=0))
        0.66 to 0.82
        >>> print(Interval(low=None, high=None, skipped=0, reason="few patients"))
        few patients
    """

    low: float | None
    high: float | None
    skipped: int
    reason: str | None = None

    @classmethod
    def from_metrics(cls, figure: Mapping[str, Any]) -> "Interval":
        """The interval of a metric as metrics.json holds it."""
        return cls(figure["low"], figure["high"], figure["skipped"], figure["reason"])

    def __str__(self) -> str:
        return self.reason or f"{self.low:.2f} to {self.high:.2f}"


def resample_patients(stratum_of: Mapping[str, str], replicates: int, seed: int) -> Resamples:
    """Draws patients with replacement within each stratum, keyed by (seed, stratum).

    Args:
        stratum_of: each patient's stratum: a fold, or the test set. The study's design fixed the
            size of each, so every resample keeps it.
        replicates: how many resamples.
        seed: the study's seed.

    Examples:
        >>> from jobs.evaluation import resample_patients
        >>> stratum_of = {"a": "fold0", "b": "fold0", "c": "test"}
        >>> drawn = resample_patients(stratum_of, replicates=100, seed=20)
        >>> drawn.counts.shape, set(drawn.counts[:, 2].tolist())  # c is alone in its stratum
        ((100, 3), {1.0})
    """
    patients = np.array(sorted(stratum_of))
    strata = np.array([stratum_of[patient] for patient in patients])
    counts = np.zeros((replicates, len(patients)))
    for stratum in np.unique(strata):
        columns = np.flatnonzero(strata == stratum)
        even = np.full(len(columns), 1 / len(columns))
        generator = rng(seed, "bootstrap", str(stratum))
        counts[:, columns] = generator.multinomial(len(columns), even, size=replicates)
    return Resamples(patients, counts)


def percentile_interval(replicates: Floats, patients: int) -> Interval:
    """The percentile interval of a metric, or why it would mislead.

    Args:
        replicates: the metric in each resample, (R,); NaN where it is undefined.
        patients: how many patients have cases of the rarer class.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import percentile_interval
        >>> print(percentile_interval(np.linspace(0.5, 0.9, 101), patients=30))
        0.51 to 0.89
        >>> print(percentile_interval(np.linspace(0.5, 0.9, 101), patients=3))
        few patients
    """
    defined = replicates[~np.isnan(replicates)]
    skipped = len(replicates) - len(defined)
    if patients < FEWEST_PATIENTS:
        return Interval(None, None, skipped, FEW)
    if skipped > len(defined):
        return Interval(None, None, skipped, UNDEFINED)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    if high - low < _ROUNDING:
        return Interval(None, None, skipped, EQUAL)
    return Interval(float(low), float(high), skipped)


def auc(sick: Bools, probability: Floats, weights: Floats) -> Floats:
    """Areas under the ROC curve, (R,): the Mann-Whitney statistic, a tie counting one half.

    Args:
        sick: (N,)
        probability: (N,)
        weights: (R, N) whole numbers: how often a case counts in each resample.
    """
    return divide(*concordance(sick, probability, weights))


def concordance(sick: Bools, probability: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Pairs of a sick and a healthy case that are ranked rightly, and all pairs: (R,) each.

    Arguments as for `auc`; a tie counts one half.
    """
    positives, negatives = by_probability(sick, probability, weights)
    below = np.cumsum(negatives, axis=1) - negatives
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    return (positives * (below + negatives / 2)).sum(axis=1), pairs


def average_precision(sick: Bools, probability: Floats, weights: Floats) -> Floats:
    """Average precision, (R,), as scikit-learn defines it; arguments as for `auc`."""
    positives, negatives = (part[:, ::-1] for part in by_probability(sick, probability, weights))
    true_positives = np.cumsum(positives, axis=1)
    called_sick = np.cumsum(positives + negatives, axis=1)
    precision = np.divide(
        true_positives, called_sick, out=np.zeros_like(true_positives), where=called_sick > 0
    )
    return divide((positives * precision).sum(axis=1), positives.sum(axis=1))


def weighted_mean(values: Floats, weights: Floats, among: Bools | None = None) -> Floats:
    """Weighted means of `values` (N,) over the cases `among` (N,), all by default: (R,)."""
    if among is not None:
        values, weights = values[among], weights[:, among]
    return divide((weights * values).sum(axis=1), weights.sum(axis=1))


def divide(part: Floats, whole: Floats) -> Floats:
    """part / whole; NaN where whole is 0."""
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole != 0)


def by_probability(sick: Bools, probability: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weights of positives and negatives at each distinct probability, rising: (R, G) each."""
    order = np.argsort(probability, kind="stable")
    starts = np.unique(probability[order], return_index=True)[1]
    positives = np.add.reduceat(weights[:, order] * sick[order], starts, axis=1)
    negatives = np.add.reduceat(weights[:, order] * ~sick[order], starts, axis=1)
    return positives, negatives
