"""A study's predictions in each context: the image alone, with its branch, with its exam.

Weights are fitted on out-of-fold scores alone: predictions of validation folds with the last
weights. Those for a fold come from the other folds; those for the test set, and for images that are
not of the study, from all folds. No prediction of the test set moves any weight.

The scores that a fold's weights are fitted on come from models that were trained on that fold, as
each leaves out one other fold. `nested_context` shows how much that flatters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jobs.config.names import ALL, LAST, TEST, VALIDATION
from jobs.evaluation.context_weights import (
    IMAGE_ALONE,
    WHOLE_EXAM,
    ContextWeights,
    fit_context,
    score_exams,
)
from jobs.evaluation.exam_terms import CALCIFICATIONS, exam_terms, score_names
from jobs.evaluation.predictions import Prediction, select
from jobs.evaluation.rows import BRANCH, EXAM, NONE
from jobs.evaluation.temperature import scale_by_temperature

_PARTS = {BRANCH: IMAGE_ALONE, EXAM: WHOLE_EXAM}


@dataclass(frozen=True)
class FittedWeights:
    """Weights, and the predictions that they were fitted on.

    Attributes:
        models: the fold models whose validation folds they are from.
        images, sick, patients: how many.
    """

    weights: ContextWeights
    models: tuple[str, ...]
    images: int
    sick: int
    patients: int

    def plain(self) -> dict[str, Any]:
        """As metrics.json holds it."""
        return {
            "fitted_on": {
                "models": list(self.models),
                "weights": LAST,
                "split": VALIDATION,
                "images": self.images,
                "sick": self.sick,
                "patients": self.patients,
            },
            "regressions": self.weights.plain(),
        }


@dataclass(frozen=True)
class Scores:
    """A study's predictions in one context.

    Attributes:
        context: none, branch or exam.
        rows: the predictions; their probability is that in the context.
        fitted: what they were made with, as metrics.json holds it: `weights` of each fold, by its
            name, and of the test set; or the `temperature` of images alone, if it was fitted.
    """

    context: str
    rows: tuple[Prediction, ...]
    fitted: Mapping[str, Any]


def score_contexts(
    rows: Sequence[Prediction],
    models: Sequence[str],
    context: str = NONE,
    temperature: str = "none",
) -> tuple[Scores, ...]:
    """The study's predictions in each context that it has; the last one is that of its figures.

    Args:
        rows: the predictions of all models, as `check_predictions` accepts them.
        models: fold0, fold1, ..., all.
        context: `evaluate.context`, none or exam.
        temperature: `evaluate.temperature`, none or fitted: of the images alone. The other contexts
            are regressions on the label, which scale by themselves.
    """
    contexts = [Scores(NONE, tuple(rows), {})]
    if temperature == "fitted":
        scaled, found = scale_by_temperature(rows, models)
        contexts = [Scores(NONE, scaled, {"temperature": found})]
    if CALCIFICATIONS in score_names(rows):
        contexts.append(_score(rows, models, BRANCH))
    if context == EXAM:
        contexts.append(_score(rows, models, EXAM))
    return tuple(contexts)


def _score(rows: Sequence[Prediction], models: Sequence[str], context: str) -> Scores:
    folds = [model for model in models if model != ALL]
    held_out = {fold: select(rows, weights=LAST, split=VALIDATION, model=fold) for fold in folds}
    weights = {TEST: fit_on(held_out, context)}
    for fold in folds:
        others = {other: part for other, part in held_out.items() if other != fold}
        weights[fold] = fit_on(others, context)
    groups: dict[tuple[str, str, str], list[Prediction]] = {}
    for row in rows:
        groups.setdefault((row.model, row.weights, row.split), []).append(row)
    scored = [
        row
        for group in groups.values()
        for row in in_context(group, weights[group[0].dataset_split].weights)
    ]
    fitted = {name: each.plain() for name, each in weights.items()}
    return Scores(context, tuple(scored), {"weights": fitted})


def fit_on(held_out: Mapping[str, Sequence[Prediction]], context: str) -> FittedWeights:
    """Weights fitted on the predictions of some folds, by each fold's name."""
    rows = [row for part in held_out.values() for row in part]
    scores = score_names(rows)
    terms = np.concatenate([exam_terms(part, scores) for part in held_out.values()])
    sick = np.array([row.sick for row in rows])
    return FittedWeights(
        fit_context(terms, sick, scores, _PARTS[context]),
        tuple(held_out),
        len(rows),
        int(sick.sum()),
        len({row.patient for row in rows}),
    )


def in_context(rows: Sequence[Prediction], weights: ContextWeights) -> Iterable[Prediction]:
    """The predictions of one model, weights and split, with the probability in their exams."""
    scored = score_exams(rows, weights)
    return [replace(row, probability=scored[row.image_id]) for row in rows]
