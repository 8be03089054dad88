"""Cases of few numbers, each of a patient of its own."""

from collections.abc import Sequence

import numpy as np

from jobs.evaluation.levels import Cases


def cases_of(probability: Sequence[float], sick: Sequence[int]) -> Cases:
    """Each case's probability, and whether it is sick."""
    patient = np.arange(len(sick)).astype(str)
    return Cases(patient, np.array(sick, bool), np.array(probability, float))
