"""What one model of a study learns from, and what it is watched on."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.config.names import fold_name
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from mammo_tfds.release.release import is_sick


@dataclass(frozen=True)
class Lesson:
    """What one model learns from and is watched on.

    Attributes:
        name: fold0, fold1, ... or all.
        training: ids of the images that it trains on.
        validation: ids of the images that it is watched on; none for `all`.
        sick: image id -> whether it is sick.
    """

    name: str
    training: Sequence[str]
    validation: Sequence[str]
    sick: dict[str, bool]


def lesson_of(study: Study, dataset: Dataset, name: str) -> Lesson:
    """The lesson of the model `name`: fold k is validated on fold k and trained on the others."""
    folds = {fold_name(k): dataset.splits[fold_name(k)] for k in range(study.data.folds)}
    return Lesson(
        name=name,
        training=[one for fold, ids in folds.items() if fold != name for one in sorted(ids)],
        validation=sorted(folds.get(name, ())),
        sick={image.image_id: is_sick(image.birads, study.data.sick) for image in dataset.images},
    )
