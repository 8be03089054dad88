"""What a search's scores are worth: the figure of the choice, and two that nothing was chosen by.

The best setting has the best out-of-fold AUC of all, so that this AUC flatters: of many settings
that are equally good, it is the luckiest one's. Beside it stand:

- nested: for each fold, the setting that is best on the other folds, scored on this one. All folds
  steered which settings were tried (not with sampler random) and given up (not with prune false).
  The heads that it was chosen by were trained on this fold in any case.
- test: the best setting on the test set, by which nothing was chosen: neither it, nor a prune, nor
  which setting was tried next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jobs.common.types import Floats
from jobs.config.names import LAST, TEST, VALIDATION, fold_name
from jobs.config.study import Study
from jobs.data.dataset import Dataset, is_sick
from jobs.evaluation.bootstrap import Resamples, auc, resample_patients
from jobs.evaluation.estimates import Estimate, plain_estimate
from jobs.evaluation.levels import at_level, pool
from jobs.evaluation.metrics import PROBABILITY_METRICS, average, patients_of_rarer_class
from jobs.evaluation.predictions import Prediction

LEVELS = ("image", "breast")
CHOSEN_ON, NESTED = "chosen_on", "nested"


@dataclass(frozen=True)
class TrialScores:
    """What the heads of a search's trials say, T of them.

    Attributes:
        out_of_fold: (T, n) float64: logits of the images of all folds, fold after fold.
        test: (T, m) float64: logits of the test set's.
    """

    out_of_fold: Floats
    test: Floats


def read_scores(folder: Path, numbers: Sequence[int]) -> TrialScores:
    """The scores of some trials, in their order."""
    out_of_fold, test = [], []
    for number in numbers:
        with np.load(folder / f"{number}.npz", allow_pickle=False) as saved:
            out_of_fold.append(saved["out_of_fold"])
            test.append(saved["test"])
    return TrialScores(np.array(out_of_fold), np.array(test))


def choose_nested(areas: Floats) -> list[int]:
    """For each fold, the trial with the best mean over the others.

    Args:
        areas: (T, folds) float64.

    Examples:
        >>> choose_nested(np.array([[0.9, 0.6, 0.6], [0.5, 0.7, 0.7]]))
        [1, 0, 0]
    """
    others = areas.sum(axis=1, keepdims=True) - areas
    return [int(best) for best in others.argmax(axis=0)]


def score_search(study: Study, dataset: Dataset, scores: TrialScores) -> dict[str, Any]:
    """The figures of a search, as search.json holds them.

    Returns:
        `best`: the place of the trial with the best mean over the folds; `nested_choice`: of each
        fold's trial; `figures`: by name (chosen_on, nested, test) and level, the AUC as in
        metrics.json.
    """
    folds = [dataset.splits[fold_name(k)] for k in range(study.data.folds)]
    areas = np.array([_areas(study, dataset, folds, each) for each in scores.out_of_fold])
    best, nested = int(areas.mean(axis=1).argmax()), choose_nested(areas)
    resamples = resample_patients(
        {image.patient: image.split for image in dataset.images},
        study.evaluate.bootstrap,
        study.seed,
    )
    ends = np.cumsum([len(fold) for fold in folds])[:-1]
    own = [np.split(scores.out_of_fold[trial], ends) for trial in range(len(areas))]
    chosen = {CHOSEN_ON: own[best], NESTED: [own[trial][k] for k, trial in enumerate(nested)]}
    figures = {
        name: _mean_of_folds(
            [
                _rows(study, dataset, fold, logits, fold_name(k))
                for k, (fold, logits) in enumerate(zip(folds, parts, strict=True))
            ],
            resamples,
        )
        for name, parts in chosen.items()
    }
    tested = _rows(study, dataset, dataset.splits[TEST], scores.test[best], TEST)
    figures[TEST] = _mean_of_folds([tested], resamples)
    return {"best": best, "nested_choice": nested, "areas": areas.tolist(), "figures": figures}


def _areas(
    study: Study, dataset: Dataset, folds: Sequence[Sequence[str]], logits: Floats
) -> list[float]:
    """Each fold's AUC over its images."""
    sick = {image.image_id: is_sick(study, image) for image in dataset.images}
    parts = np.split(logits, np.cumsum([len(fold) for fold in folds])[:-1])
    return [
        float(auc(np.array([sick[one] for one in fold]), part, np.ones((1, len(fold))))[0])
        for fold, part in zip(folds, parts, strict=True)
    ]


def _mean_of_folds(
    parts: Sequence[Sequence[Prediction]], resamples: Resamples
) -> Mapping[str, Mapping[str, Any]]:
    """By level, the mean of the parts' AUC with its interval over patients."""
    found = {}
    for level in LEVELS:
        cases = [at_level(rows, level) for rows in parts]
        each = [
            Estimate(
                *PROBABILITY_METRICS["auc"](one, resamples.weights(one.patient)),
                patients_of_rarer_class(one),
            )
            for one in cases
        ]
        found[level] = plain_estimate(average(each, patients_of_rarer_class(pool(cases))))
    return found


def _rows(
    study: Study, dataset: Dataset, ids: Sequence[str], logits: Floats, model: str
) -> list[Prediction]:
    images = {image.image_id: image for image in dataset.images}
    return [
        Prediction(
            model=model,
            weights=LAST,
            split=TEST if model == TEST else VALIDATION,
            image_id=one,
            patient=images[one].patient,
            side=images[one].side,
            view=images[one].view,
            birads=images[one].birads,
            density=images[one].density,
            sick=is_sick(study, images[one]),
            probability=float(1 / (1 + np.exp(-logit))),
        )
        for one, logit in zip(ids, logits, strict=True)
    ]
