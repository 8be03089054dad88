"""What an exam says of each of its images: its own score, its breast's, the other breast's.

predictions.csv has no date, so all images of a patient count as one exam. Nine of INbreast's 108
patients have more than one, under one hash.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from jobs.common.types import Floats
from jobs.evaluation.logits import logits

OWN, SAME_BREAST, OTHER_BREAST = "own", "same_breast", "other_breast"
PARTS = (OWN, SAME_BREAST, OTHER_BREAST)
PROBABILITY, CALCIFICATIONS = "probability", "calcifications"


class ScoredImage(Protocol):
    """An image with what models say of it; a row of predictions.csv is one."""

    @property
    def image_id(self) -> str:
        """Unlike that of all others."""

    @property
    def patient(self) -> str:
        """The same for all images of an exam."""

    @property
    def side(self) -> str:
        """L or R."""

    @property
    def probability(self) -> float:
        """The model's, from 0 to 1."""

    @property
    def calcifications(self) -> float | None:
        """The logit of the branch for calcifications; None without it."""


def score_names(images: Sequence[ScoredImage]) -> tuple[str, ...]:
    """Which scores the images have: the probability, and calcifications where all have them."""
    branch = all(image.calcifications is not None for image in images)
    return (PROBABILITY, CALCIFICATIONS) if branch else (PROBABILITY,)


def exam_terms(images: Sequence[ScoredImage], scores: Sequence[str]) -> Floats:
    """The terms of N images of one model: (N, PARTS, scores) logits, NaN where there is none.

    Args:
        images: all of each exam; an exam may have one image. None twice.
        scores: as `score_names` gives them.

    Examples:
        >>> from jobs.evaluation import Prediction
        >>> from jobs.evaluation.exam_terms import exam_terms
        >>> rows = [
        ...     Prediction("all", "last", "test", image, "0" * 16, side, "CC", "2", 3, False, value)
        ...     for image, side, value in (("1", "L", 0.5), ("2", "R", 0.9), ("3", "R", 0.9))
        ... ]
        >>> exam_terms(rows, ["probability"])[:, :, 0].round(1)
        array([[0. , nan, 2.2],
               [2.2, 2.2, 0. ],
               [2.2, 2.2, 0. ]])
    """
    own = np.column_stack([_scores(images, name) for name in scores])
    terms = np.full((len(images), len(PARTS), len(scores)), np.nan)
    terms[:, 0] = own
    exams: defaultdict[str, list[int]] = defaultdict(list)
    for index, image in enumerate(images):
        exams[image.patient].append(index)
    for exam in exams.values():
        for index in exam:
            others = [each for each in exam if each != index]
            same = [each for each in others if images[each].side == images[index].side]
            other = [each for each in others if images[each].side != images[index].side]
            for part, indices in ((1, same), (2, other)):
                if indices:
                    # Sorted: the order in which images are given moves no digit.
                    terms[index, part] = np.sort(own[indices], axis=0).mean(axis=0)
    return terms


def _scores(images: Sequence[ScoredImage], name: str) -> Floats:
    values = np.array([getattr(image, name) for image in images], float)
    return logits(values) if name == PROBABILITY else values
