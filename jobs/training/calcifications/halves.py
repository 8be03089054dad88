"""The training patients in halves: a detector judges those that it was not trained on.

One that has seen a calcification responds to it more strongly, and the regression would trust it
too much.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from jobs.common.errors import ConfigError
from jobs.data.dataset import Contour, Dataset, Image
from jobs.data.training_set import TrainingSet
from jobs.training.calcifications.labels import is_calcification

HALVES = 2


def training_contours(
    dataset: Dataset, training_set: TrainingSet
) -> Mapping[str, tuple[Contour, ...]]:
    """The contours of the training images, by the images' ids.

    Raises:
        ConfigError: not every half of the patients can have one with calcifications.
    """
    ids = set(training_set.training)
    found = {
        image.image_id: dataset.contours(image) for image in dataset.images if image.image_id in ids
    }
    marked = {image.patient for image in dataset.images if _is_marked(found, image)}
    if len(marked) < HALVES:
        raise ConfigError(
            f"branches.calcifications needs contours of calcifications of at least {HALVES} "
            f"training patients; {training_set.name} has those of {len(marked)}: set it to false"
        )
    return found


def halve(
    images: Sequence[Image],
    contours: Mapping[str, Collection[Contour]],
    generator: np.random.Generator,
) -> dict[str, int]:
    """Deals the patients with contours of calcifications to the halves in turn, then the others.

    Returns:
        image id -> half, from 0; a patient's images are in one half.
    """
    marked = {image.patient for image in images if _is_marked(contours, image)}
    patients = sorted({image.patient for image in images})
    shuffled = [patients[number] for number in generator.permutation(len(patients))]
    order = sorted(shuffled, key=lambda patient: patient not in marked)
    half_of = {patient: number % HALVES for number, patient in enumerate(order)}
    return {image.image_id: half_of[image.patient] for image in images}


def _is_marked(contours: Mapping[str, Collection[Contour]], image: Image) -> bool:
    return any(map(is_calcification, contours.get(image.image_id, ())))
