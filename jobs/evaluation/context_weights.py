"""Logistic regressions that join an image's scores with those of the rest of its exam.

There is one for each set of parts that an image may have: its own score, with or without the mean
of the same breast's other images, with or without the other breast's. Each is fitted on all images
that have its parts, whatever else they have. So nothing is filled in where a view is missing, and
no regression rests on the few images that miss it. (Fletcher Mercaldo and Blume 2020, Biostatistics
21:236, call these pattern submodels.)

Terms are standardised by the images that are fitted on, so that the penalty weighs them alike. It
is weak: the prior deviation of a term's weight is 3 logits per standard deviation. It is there to
keep weights finite where a few patients can be told apart without error. Fold models have scales of
their own. A shift or a stretch of one fold's logits does not change the ranking that a regression
gives to its images, as it is linear.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.special import expit

from jobs.common.types import Bools, Floats
from jobs.evaluation.exam_terms import (
    OTHER_BREAST,
    OWN,
    PARTS,
    SAME_BREAST,
    ScoredImage,
    exam_terms,
)

IMAGE_ALONE = ((OWN,),)
WHOLE_EXAM = ((OWN, SAME_BREAST, OTHER_BREAST), (OWN, OTHER_BREAST), (OWN, SAME_BREAST), (OWN,))
"""The sets of parts that regressions are fitted for: an image has the first whose parts it has."""

_INVERSE_PENALTY = 10.0  # scikit-learn's C: the variance of a normal prior of each weight
_JOIN = "+"


@dataclass(frozen=True)
class Regression:
    """Weights of the terms of images that have some parts of an exam.

    Attributes:
        intercept: in logits.
        weights: (parts, scores) of logits.
        images: how many it was fitted on.
        sick: how many of them are sick.
    """

    intercept: float
    weights: Floats
    images: int
    sick: int


@dataclass(frozen=True)
class ContextWeights:
    """All that is needed to score images in their exams; metrics.json holds it.

    Attributes:
        scores: the scores that are joined, as `score_names` gives them.
        regressions: by the parts that they join, as in WHOLE_EXAM and in its order.
    """

    scores: tuple[str, ...]
    regressions: Mapping[tuple[str, ...], Regression]

    def plain(self) -> dict[str, Any]:
        """As metrics.json holds it: `regressions`, each with its weights by score and part."""
        return {
            _JOIN.join(parts): {
                "intercept": each.intercept,
                "weights": {
                    score: dict(zip(parts, each.weights[:, index].tolist(), strict=True))
                    for index, score in enumerate(self.scores)
                },
                "images": each.images,
                "sick": each.sick,
            }
            for parts, each in self.regressions.items()
        }

    @classmethod
    def from_plain(cls, regressions: Mapping[str, Any]) -> Self:
        """Reads what `plain` gives, in any order."""
        scores = tuple(next(iter(regressions.values()))["weights"])
        found: dict[tuple[str, ...], Regression] = {}
        for parts in WHOLE_EXAM:
            if each := regressions.get(_JOIN.join(parts)):
                tables = [each["weights"][score] for score in scores]
                weights = np.array([[table[part] for table in tables] for part in parts])
                found[parts] = Regression(each["intercept"], weights, each["images"], each["sick"])
        return cls(scores, found)


def fit_context(
    terms: Floats, sick: Bools, scores: Sequence[str], parts: Sequence[tuple[str, ...]]
) -> ContextWeights:
    """Fits a regression for each set of parts that images of both classes have.

    Args:
        terms: (N, PARTS, scores) as `exam_terms` gives them; their order does not matter.
        sick: (N,) sick ones and healthy ones among them.
        scores: the scores' names.
        parts: WHOLE_EXAM or IMAGE_ALONE.
    """
    found = {}
    for each in parts:
        used = terms[:, [PARTS.index(part) for part in each]]
        there = ~np.isnan(used).any(axis=(1, 2))
        if len(np.unique(sick[there])) == 2:
            found[each] = _fit(used[there], sick[there])
    return ContextWeights(tuple(scores), found)


def score_terms(terms: Floats, weights: ContextWeights) -> Floats:
    """Probabilities of images by their terms, (N,): each by the first regression it has parts for.

    Args:
        terms: (N, PARTS, scores); an image's own are never NaN.
        weights: fitted on the same scores.
    """
    found = np.full(len(terms), np.nan)
    for parts, each in weights.regressions.items():
        used = terms[:, [PARTS.index(part) for part in parts]]
        these = np.isnan(found) & ~np.isnan(used).any(axis=(1, 2))
        found[these] = expit(each.intercept + (used[these] * each.weights).sum(axis=(1, 2)))
    return found


def score_exams(images: Sequence[ScoredImage], weights: ContextWeights) -> dict[str, float]:
    """The probability of each image in its exam, by image id; an exam may be one image alone.

    Args:
        images: all images of one exam, or of several, that one model has scored.
        weights: those for the test set, of metrics.json: `ContextWeights.from_plain`.

    Raises:
        ValueError: the weights join a score that an image does not have.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Prediction
        >>> from jobs.evaluation.context_weights import ContextWeights, Regression, score_exams
        >>> weights = ContextWeights(
        ...     ("probability",),
        ...     {
        ...         ("own", "other_breast"): Regression(0.0, np.array([[1.0], [-1.0]]), 40, 9),
        ...         ("own",): Regression(-1.0, np.array([[1.0]]), 50, 10),
        ...     },
        ... )
        >>> left, right = (
        ...     Prediction("all", "last", "test", image, "0" * 16, side, "CC", "2", 3, False, 0.8)
        ...     for image, side in (("1", "L"), ("2", "R"))
        ... )
        >>> score_exams([left, right], weights)  # breasts that look alike
        {'1': 0.5, '2': 0.5}
        >>> round(score_exams([left], weights)["1"], 2)
        0.6
    """
    for name in weights.scores:
        if any(getattr(image, name) is None for image in images):
            raise ValueError(f"the exam's weights join {name}, which some images do not have")
    scored = score_terms(exam_terms(images, weights.scores), weights)
    ids = (image.image_id for image in images)
    return dict(zip(ids, scored.tolist(), strict=True))


def _fit(terms: Floats, sick: Bools) -> Regression:
    """The weights of the largest penalised likelihood, in logits rather than deviations."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    flat = terms.reshape(len(terms), -1)
    order = np.lexsort((sick, *flat.T))  # the order of the images moves no digit
    flat, truth = flat[order], sick[order]
    scaler = StandardScaler().fit(flat)
    model = LogisticRegression(C=_INVERSE_PENALTY, solver="newton-cholesky", tol=1e-10)
    model.fit(scaler.transform(flat), truth)
    weights = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - (weights * scaler.mean_).sum())
    return Regression(intercept, weights.reshape(terms.shape[1:]), len(sick), int(sick.sum()))
