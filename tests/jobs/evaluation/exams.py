"""Exams as rows of predictions.csv, for tests."""

import numpy as np

from jobs.config.names import ALL, LAST, TEST, VALIDATION
from jobs.evaluation.predictions import Prediction


def image(image_id, patient="a", side="L", probability=0.5, sick=False, **more):
    """A row; `more` are other fields."""
    fields = {"model": ALL, "weights": LAST, "split": TEST, "view": "CC", "birads": "2"}
    given = {"density": None, "image_id": str(image_id), "patient": patient * 16, "side": side}
    return Prediction(**{**fields, **given, "sick": sick, "probability": probability, **more})


def cohort(patients=400, folds=4, seed=3, **score):
    """Out-of-fold and test rows of patients with two breasts of two images, a third of them sick.

    A logit is the patient's own level (deviation 2), what is sick (2 more) and noise of each image
    (1). So two breasts share what hides the sick one. score: more fields of each row, from its
    logit and whether it is sick.
    """
    rng = np.random.default_rng(seed)
    models = [f"fold{k}" for k in range(folds)]
    rows = []
    for number in range(patients):
        level, sick_side = rng.normal(0, 2), "L" if number % 3 == 0 else None
        split = [*models, TEST][number // 3 % (folds + 1)]
        for index, side in enumerate("LLRR"):
            sick = side == sick_side
            logit = level + 2 * sick + rng.normal()
            for model in [*models, ALL] if split == TEST else [split]:
                row = image(
                    4 * number + index,
                    side=side,
                    sick=sick,
                    birads="5" if sick else "2",
                    probability=float(1 / (1 + np.exp(-logit))),
                    model=model,
                    split=TEST if split == TEST else VALIDATION,
                    **{name: how(logit, sick) for name, how in score.items()},
                )
                rows.append(_of(row, number, split == TEST and model != ALL))
    return rows, [*models, ALL]


def _of(row, number, best):
    values = {**row.__dict__, "patient": f"{number:016x}"}
    return Prediction(**{**values, "weights": "best" if best else LAST})
