"""Predictions of images as cases of a level: images, breasts or patients."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from jobs.common.types import Bools, Floats
from jobs.evaluation.predictions import Prediction

LEVELS = ("image", "breast", "patient")

_Key = tuple[str, ...]  # patient, then side, then image id, as far as the level goes
_Case = tuple[bool, float]


@dataclass(frozen=True)
class Cases:
    """N cases of one level.

    Attributes:
        patient: (N,) strings: whose case it is.
        sick: (N,) the label.
        probability: (N,) the model's probability that the case is sick.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Cases
        >>> cases = Cases(
        ...     patient=np.array(["a", "a", "b"]),
        ...     sick=np.array([True, False, False]),
        ...     probability=np.array([0.8, 0.4, 0.1]),
        ... )
        >>> cases.probability[cases.sick]
        array([0.8])
    """

    patient: npt.NDArray[np.str_]
    sick: Bools
    probability: Floats


def at_level(rows: Iterable[Prediction], level: str) -> Cases:
    """Predictions as cases of a level, ordered by patient, side and image.

    A breast's probability is the mean of its images', a patient's is the larger of the breasts'.
    A breast or a patient is sick if any of its images is.

    Args:
        rows: at most one prediction of each image: of one model, with one kind of weights.
        level: image, breast or patient.

    Raises:
        ValueError: an image has two predictions.

    Examples:
        >>> from jobs.evaluation import Prediction, at_level
        >>> rows = [
        ...     Prediction("all", "last", "test", image, "0" * 16, side, "CC", "2", 3, False, value)
        ...     for image, side, value in (("1", "L", 0.25), ("2", "L", 0.75), ("3", "R", 0.25))
        ... ]
        >>> at_level(rows, "breast").probability
        array([0.5 , 0.25])
        >>> at_level(rows, "patient").probability
        array([0.5])
    """
    rows = sorted(rows, key=lambda row: row.image_id)
    for one, other in pairwise(rows):
        if one.image_id == other.image_id:
            raise ValueError(
                f"image {one.image_id} has two predictions: select one model, weights and split"
            )
    cases: dict[_Key, _Case] = {
        (row.patient, row.side, row.image_id): (row.sick, row.probability) for row in rows
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
    """The cases of all parts, one after the other.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Cases, pool
        >>> fold0 = Cases(np.array(["a"]), np.array([True]), np.array([0.8]))
        >>> fold1 = Cases(np.array(["b"]), np.array([False]), np.array([0.1]))
        >>> pool([fold0, fold1]).probability
        array([0.8, 0.1])
    """
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
