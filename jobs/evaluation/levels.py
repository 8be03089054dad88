"""Predictions of images as cases: images, breasts or patients."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.evaluation.bootstrap import Bools, Floats
from jobs.evaluation.predictions import Prediction

LEVELS = ("image", "breast", "patient")

_Key = tuple[str, ...]  # patient, then side, then image id, as far as the level goes
_Case = tuple[bool, float]


@dataclass(frozen=True)
class Cases:
    """Cases of a level, each column (N,): whose, whether sick, and the probability of it."""

    patient: npt.NDArray[np.str_]
    sick: Bools
    probability: Floats


def at_level(rows: Iterable[Prediction], level: str) -> Cases:
    """One model's predictions as cases of a level, ordered by patient, side and image.

    A breast's probability is the mean of its images', a patient's the larger of the breasts';
    a breast or a patient is sick if any of its images is.
    """
    cases: dict[_Key, _Case] = {
        (row.patient, row.side, row.image_id): (row.sick, row.probability)
        for row in sorted(rows, key=lambda row: row.image_id)
    }
    if level in ("breast", "patient"):
        cases = _combine(cases, 2, np.mean)
    if level == "patient":
        cases = _combine(cases, 1, np.max)
    keys = sorted(cases)
    return Cases(
        np.array([key[0] for key in keys]),
        np.array([cases[key][0] for key in keys], bool),
        np.array([cases[key][1] for key in keys], float),
    )


def pool(parts: Iterable[Cases]) -> Cases:
    """The cases of all parts, one after the other."""
    columns = zip(*((part.patient, part.sick, part.probability) for part in parts), strict=True)
    return Cases(*map(np.concatenate, columns))


def _combine(
    cases: Mapping[_Key, _Case], length: int, how: Callable[[list[float]], float]
) -> dict[_Key, _Case]:
    """Merges the cases whose keys begin with the same `length` parts."""
    groups: defaultdict[_Key, list[_Case]] = defaultdict(list)
    for key, case in cases.items():
        groups[key[:length]].append(case)
    return {
        key: (any(sick for sick, _ in group), float(how([value for _, value in group])))
        for key, group in groups.items()
    }
