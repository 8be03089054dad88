"""Intervals by bootstrap over patients: all resamples of a figure at once, as weights of cases.

A patient's images are not independent, so patients are drawn, with replacement, and a case counts
as often as its patient was drawn. Counts are whole numbers, so sums of them are exact in float64
and the same in any order: the intervals do not depend on threads or on the BLAS.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.common.keyed_rng import rng

CONFIDENCE = 0.95
# Of the class of which fewer are there. tests/jobs/evaluation/test_bootstrap.py shows what
# intervals of five and of two patients are worth; more would leave a fold of a small study
# without any.
FEWEST_PATIENTS = 5
FEW, UNDEFINED, EQUAL = "few patients", "mostly undefined", "no spread"
_ROUNDING = 1e-9

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Resamples:
    """How often each patient was drawn. `patients`: (N,) sorted; `counts`: (replicates, N)."""

    patients: npt.NDArray[np.str_]
    counts: Floats

    def weights(self, patients: npt.NDArray[np.str_]) -> Floats:
        """The weights of cases, (replicates, len(patients)), from each case's patient."""
        return self.counts[:, np.searchsorted(self.patients, patients)]


@dataclass(frozen=True)
class Interval:
    """A percentile interval, or why there is none.

    Attributes:
        low, high: None where there is none.
        skipped: how many resamples leave the figure undefined.
        reason: why there is none: FEW (patients), UNDEFINED (in most resamples), EQUAL (in nearly
            all resamples, which is not to say that another sample of patients would agree).
    """

    low: float | None
    high: float | None
    skipped: int
    reason: str | None = None


def draw(stratum_of: Mapping[str, str], replicates: int, seed: int) -> Resamples:
    """Draws patients with replacement within each stratum, keyed by (seed, stratum).

    Args:
        stratum_of: each patient's stratum (a fold, or the test set): their sizes were fixed by
            the design, so they stay fixed in every resample.
        replicates: how many resamples.
        seed: of the study.
    """
    patients = np.array(sorted(stratum_of))
    strata = np.array([stratum_of[patient] for patient in patients])
    counts = np.zeros((replicates, len(patients)))
    for stratum in np.unique(strata):
        columns = np.flatnonzero(strata == stratum)
        even = np.full(len(columns), 1 / len(columns))
        drawn = rng(seed, "bootstrap", str(stratum))
        counts[:, columns] = drawn.multinomial(len(columns), even, size=replicates)
    return Resamples(patients, counts)


def interval(replicates: Floats, patients: int) -> Interval:
    """The percentile interval of a figure, where it says something.

    Args:
        replicates: the figure in each resample, (R,), NaN where it is undefined.
        patients: how many have cases of the class of which fewer do.
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
    """Areas under the ROC, (R,): Mann-Whitney's statistic with ties counted by half.

    Args:
        sick: (N,)
        probability: (N,)
        weights: (R, N) whole numbers, a case's count in each resample.
    """
    ill, well = _by_probability(sick, probability, weights)
    below = np.cumsum(well, axis=1) - well
    return ratio((ill * (below + well / 2)).sum(axis=1), ill.sum(axis=1) * well.sum(axis=1))


def average_precision(sick: Bools, probability: Floats, weights: Floats) -> Floats:
    """Average precision, (R,), in scikit-learn's definition; arguments as for `auc`."""
    ill, well = (part[:, ::-1] for part in _by_probability(sick, probability, weights))
    found = np.cumsum(ill, axis=1)
    called = np.cumsum(ill + well, axis=1)
    precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
    return ratio((ill * precision).sum(axis=1), ill.sum(axis=1))


def mean_of(values: Floats, weights: Floats, among: Bools | None = None) -> Floats:
    """Weighted means of `values` (N,) over the cases `among` (N,), all by default: (R,)."""
    if among is not None:
        values, weights = values[among], weights[:, among]
    return ratio((weights * values).sum(axis=1), weights.sum(axis=1))


def ratio(part: Floats, whole: Floats) -> Floats:
    """part / whole, NaN where whole is 0."""
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole != 0)


def _by_probability(sick: Bools, probability: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weights of the sick and of the healthy at each distinct probability, rising: (R, G) each."""
    order = np.argsort(probability, kind="stable")
    starts = np.unique(probability[order], return_index=True)[1]
    ill = np.add.reduceat(weights[:, order] * sick[order], starts, axis=1)
    well = np.add.reduceat(weights[:, order] * ~sick[order], starts, axis=1)
    return ill, well
