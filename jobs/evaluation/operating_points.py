"""Points of the ROC curve: the sensitivity at a given specificity, and the reverse.

They are read off the curve of the very patients that they describe: no threshold was chosen
elsewhere. So they say what a curve allows, not what a threshold will give on other patients.
"""

import numpy as np

from jobs.common.types import Bools, Floats
from jobs.evaluation.bootstrap import by_probability, divide

FIXED = (0.80, 0.90, 0.95)
"""The specificities, and the sensitivities, at which the other one is given."""

_ROUNDING = 1e-9


def sensitivity_at(specificity: float, sick: Bools, probability: Floats, weights: Floats) -> Floats:
    """The largest sensitivity of all thresholds with at least this specificity, (R,).

    Args:
        specificity: from 0 to 1.
        sick: (N,)
        probability: (N,)
        weights: (R, N) whole numbers: how often a case counts in each resample.
    """
    sensitivities, specificities = _points(sick, probability, weights)
    return _largest(sensitivities, where=specificities, at_least=specificity)


def specificity_at(sensitivity: float, sick: Bools, probability: Floats, weights: Floats) -> Floats:
    """The largest specificity of all thresholds with at least this sensitivity, (R,)."""
    sensitivities, specificities = _points(sick, probability, weights)
    return _largest(specificities, where=sensitivities, at_least=sensitivity)


def _points(sick: Bools, probability: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Sensitivity and specificity at each distinct probability, and beyond all: (R, G + 1)."""
    positives, negatives = by_probability(sick, probability, weights)
    start = np.zeros((len(weights), 1))
    missed = np.hstack([start, np.cumsum(positives, axis=1)])  # below the threshold
    cleared = np.hstack([start, np.cumsum(negatives, axis=1)])
    return 1 - divide(missed, missed[:, -1:]), divide(cleared, cleared[:, -1:])


def _largest(rates: Floats, where: Floats, at_least: float) -> Floats:
    """The largest rate among the points where the other one is high enough; NaN stays NaN."""
    return np.where(where >= at_least - _ROUNDING, rates, 0 * (rates + where)).max(axis=1)
