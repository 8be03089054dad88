"""Whether two models differ: an interval of the difference, and a p-value, both over patients.

DeLong's test takes cases as independent, which the images of one patient are not. So whole patients
are drawn for the interval, the same ones for both models (`jobs.evaluation.bootstrap`), and whole
patients are exchanged for the p-value: if two models rank equally well, it is a matter of chance
which of them gave a patient's scores. Models have scales of their own, so the ranks of the scores
are exchanged (Venkatraman and Begg 1996, Biometrika 83:835; for one area, Bandos, Rockette and Gur
2005, Statistics in Medicine 24:2873; by patients here).
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

from jobs.common.keyed_rng import rng
from jobs.common.types import Bools, Floats
from jobs.compare.pairing import PairedCases
from jobs.evaluation.bootstrap import Resamples
from jobs.evaluation.estimates import Estimate
from jobs.evaluation.levels import pool
from jobs.evaluation.metrics import PROBABILITY_METRICS, patients_of_rarer_class

_ROUNDING = 1e-9
Parts = Sequence[PairedCases]


def estimate_difference(
    parts: Parts, metric: str, resamples: Resamples
) -> tuple[Estimate, Estimate, Estimate]:
    """A metric of the first run, of the second, and the second's less the first's.

    Args:
        parts: of which the metric is the mean; each has sick and healthy cases.
        metric: a name in PROBABILITY_METRICS.
        resamples: of the cases' patients, and of others if there are more.
    """
    compute = PROBABILITY_METRICS[metric]
    found = []
    for part in parts:
        weights = resamples.weights(part.first.patient)
        found.append([compute(cases, weights) for cases in (part.first, part.second)])
    values = np.array([[value for value, _ in pair] for pair in found]).mean(axis=0)
    replicates = np.mean([[drawn for _, drawn in pair] for pair in found], axis=0)
    patients = patients_of_rarer_class(pool(part.first for part in parts))
    first, second = (Estimate(float(values[n]), replicates[n], patients) for n in (0, 1))
    difference = Estimate(second.value - first.value, replicates[1] - replicates[0], patients)
    return first, second, difference


def exchange_test(parts: Parts, replicates: int, seed: int) -> float:
    """The two-sided p-value of no difference between two areas under the ROC curve.

    In each replicate, half of the patients, on average, have their ranks in the one model
    exchanged for those in the other. The p-value is the share of replicates, with what was seen
    among them, whose areas differ by as much as was seen or more: at least 1 / (replicates + 1).

    Args:
        parts: of which the area is the mean; each has sick and healthy cases.
        replicates: how many exchanges are drawn.
        seed: of what is drawn.
    """
    patients = np.unique(np.concatenate([part.first.patient for part in parts]))
    exchanged = rng(seed, "exchange").random((replicates, len(patients))) < 0.5
    exchanged = np.vstack([np.zeros(len(patients), bool), exchanged])  # the first: as it was seen
    differences = np.mean([_differences(part, patients, exchanged) for part in parts], axis=0)
    return float((np.abs(differences) >= abs(differences[0]) - _ROUNDING).mean())


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values of several comparisons, adjusted: Holm (1979), step-down Bonferroni.

    Examples:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    rising = sorted(range(len(p_values)), key=lambda index: p_values[index])
    for rank, index in enumerate(rising):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def _differences(part: PairedCases, patients: np.ndarray, exchanged: Bools) -> Floats:
    """The difference of the areas after each exchange: (R,) of `exchanged`, (R, patients)."""
    first, second = (rankdata(cases.probability) for cases in (part.first, part.second))
    swapped = exchanged[:, np.searchsorted(patients, part.first.patient)]
    one, other = np.where(swapped, second, first), np.where(swapped, first, second)
    return _areas(other, part.first.sick) - _areas(one, part.first.sick)


def _areas(scores: Floats, sick: Bools) -> Floats:
    """Areas under the ROC curve of (R, N) scores: the Mann-Whitney statistic by mid-ranks."""
    positives = int(sick.sum())
    negatives = len(sick) - positives
    ranks = rankdata(scores, axis=1)[:, sick].sum(axis=1)
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)
