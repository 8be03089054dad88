"""A trained model's predictions for its validation fold and the test set."""

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence

from jobs.config.names import BEST, LAST, TEST, VALIDATION
from jobs.data.dataset import Dataset, Image
from jobs.data.training_set import TrainingSet
from jobs.evaluation.predictions import Prediction
from jobs.training.loop import Trainer
from jobs.training.state import TrainingState


def predict_folds(
    trainer: Trainer,
    state: TrainingState,
    dataset: Dataset,
    calcifications: Mapping[str, float] | None = None,
) -> Iterable[Prediction]:
    """The predictions for the untouched images, with the model's best and last weights.

    The all-data model has no validation fold, and so no best weights.

    Args:
        calcifications: image id -> the logit by its calcifications; None where the study has no
            such branch.
    """
    training_set = trainer.training_set
    images = {image.image_id: image for image in dataset.images}
    sets: dict[str, Sequence[str]] = {TEST: sorted(dataset.splits[TEST])}
    kinds = {LAST: state.weights}
    if training_set.validation:
        sets = {VALIDATION: training_set.validation, **sets}
        kinds = {BEST: state.best, **kinds}
    for (weights, values), (split, ids) in itertools.product(kinds.items(), sets.items()):
        for image_id, probability in zip(ids, trainer.probabilities(values, ids), strict=True):
            row = _prediction(training_set, weights, split, images[image_id], float(probability))
            logit = calcifications[image_id] if calcifications else None
            yield dataclasses.replace(row, calcifications=logit)


def _prediction(
    training_set: TrainingSet, weights: str, split: str, image: Image, probability: float
) -> Prediction:
    return Prediction(
        model=training_set.name,
        weights=weights,
        split=split,
        image_id=image.image_id,
        patient=image.patient,
        side=image.side,
        view=image.view,
        birads=image.birads,
        density=image.density,
        sick=training_set.sick[image.image_id],
        probability=probability,
    )
