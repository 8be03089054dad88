"""Temperature: a number that a model's logits are divided by, so that they are less extreme.

Guo et al. (2017, ICML) proposed it. It moves no ranking of one model, and cannot mend probabilities
that are too high on the whole, as they are after training on more views of the sick.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit

from jobs.config.names import ALL, BEST, LAST, TEST, VALIDATION
from jobs.evaluation.logits import logits
from jobs.evaluation.predictions import Prediction, select, weights_on_test
from jobs.evaluation.rows import OUT_OF_FOLD

_LIMIT = 20.0  # where classes do not overlap, or are ranked no better than by chance, there is none

_Rows = Sequence[Prediction]


def scale_by_temperature(
    rows: _Rows, models: Sequence[str]
) -> tuple[tuple[Prediction, ...], dict[str, dict[str, float]]]:
    """The predictions with scaled logits, and the temperatures, fitted on validation folds alone.

    Out of fold it is that of the other folds. On the test set, and where its threshold is chosen, a
    fold model has that of its own fold, and the all-data model that of all folds.

    Args:
        rows: the predictions of all models, as `check_predictions` accepts them.
        models: fold0, fold1, ..., all.

    Returns:
        The rows in their order; and the temperature of each model, `out_of_fold` and on the `test`
        set, as metrics.json holds them.
    """
    held_out = select(rows, weights=LAST, split=VALIDATION)
    folds = [model for model in models if model != ALL]
    outside, own = {}, {(ALL, LAST): fit_temperature(held_out)}
    for fold in folds:
        outside[fold] = fit_temperature([row for row in held_out if row.model != fold])
        for weights in (BEST, LAST):
            of_fold = select(rows, weights=weights, split=VALIDATION, model=fold)
            own[fold, weights] = fit_temperature(of_fold)

    def scaled(row: Prediction) -> Prediction:
        is_out_of_fold = row.weights == LAST and row.split == VALIDATION
        value = outside[row.model] if is_out_of_fold else own[row.model, row.weights]
        probability = expit(logits(np.array(row.probability)) / value)
        return replace(row, probability=float(probability))

    on_test = {model: own[model, weights_on_test(model)] for model in models}
    return tuple(map(scaled, rows)), {OUT_OF_FOLD: outside, TEST: on_test}


def fit_temperature(rows: _Rows) -> float:
    """The temperature of the least cross entropy, from 1 / 20 to 20."""
    rows = sorted(rows, key=lambda row: (row.model, row.image_id))  # no order moves a digit
    x = logits(np.array([row.probability for row in rows]))
    towards = x * np.where([row.sick for row in rows], 1.0, -1.0)

    def cross_entropy(log_temperature: float) -> float:
        return float(np.logaddexp(0, -towards / np.exp(log_temperature)).mean())

    bounds = (-np.log(_LIMIT), np.log(_LIMIT))
    found = minimize_scalar(cross_entropy, bounds=bounds, options={"xatol": 1e-9})
    return float(np.exp(found.x))
