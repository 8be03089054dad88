"""`data.order: augment-first`: views are split into folds, not patients. It flatters, by design.

Many reports augment first, and split what comes of it at random: a model is then validated on
views of images that it was trained on. This shows what that does to a figure. The test set stays
apart, by patients: its figures are the honest ones beside it.
"""

import dataclasses

from jobs.common.keyed_rng import rng
from jobs.config.names import ALL, TEST, fold_number
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.data.training_set import TrainingSet
from jobs.views.parameters import view_count


def split_views(study: Study, dataset: Dataset, patients_apart: TrainingSet) -> TrainingSet:
    """The training set of a model where views are split, in place of patients.

    Of every image that is not in the test set, each fold holds out some views, drawn by the seed;
    its model is trained on the others. It is validated on the images of its own patients, as ever:
    one view of each, which it has not seen, of an image that it has. So each patient validates one
    fold, and figures can be compared image by image with those of patients apart.

    Args:
        patients_apart: the model's training set where patients are split.
    """
    if patients_apart.name == ALL:
        return patients_apart
    fold = fold_number(patients_apart.name)
    images = [image for image in dataset.images if image.split != TEST]
    return dataclasses.replace(
        patients_apart,
        training=[*patients_apart.training, *patients_apart.validation],
        held_out={
            image.image_id: _held_out(study, image.image_id, view_count(study, image), fold)
            for image in images
        },
    )


def _held_out(study: Study, image_id: str, views: int, fold: int) -> frozenset[int]:
    """The numbers of the views of an image that a fold holds out: of n views, n / folds or so."""
    drawn = rng(study.seed, "split of views", image_id)
    first, order = int(drawn.integers(study.data.folds)), drawn.permutation(views)
    return frozenset(
        int(view) for view in order[(fold - first) % study.data.folds :: study.data.folds]
    )
