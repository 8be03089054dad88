"""The two halves of the training patients, and what they must have."""

import numpy as np
import pytest

from jobs.common.errors import ConfigError
from jobs.config.study import DataConfig, Study
from jobs.data.training_set import select_training_set
from jobs.training.calcifications.halves import halve, training_contours
from mammo_tfds.release.contours import Contour
from tests.jobs.small_datasets import small_dataset

POINT = Contour("point", "Point 1", ((3.0, 4.0),))
MASS = Contour("mass", "Mass", ((3.0, 4.0), (8.0, 4.0), (8.0, 9.0)))
DATASET = small_dataset(24)
TRAINING = select_training_set(Study(data=DataConfig(folds=2)), DATASET, "fold0")


def with_contours(monkeypatch, contours) -> None:
    monkeypatch.setattr(
        type(DATASET), "contours", lambda self, image: contours.get(image.image_id, ())
    )


def test_each_half_has_as_many_patients_with_calcifications():
    """So each detector has some to learn from; the other patients are dealt as evenly."""
    marked = {image.image_id: (POINT,) for image in DATASET.images[:5]}
    for seed in range(5):
        half = halve(DATASET.images, marked, np.random.default_rng(seed))
        assert sorted(sum(half[one] == number for one in marked) for number in (0, 1)) == [2, 3]
        assert sum(half.values()) == len(DATASET.images) // 2


def test_only_the_training_images_contours_are_read(monkeypatch):
    """Those of the validation fold and the test set are not looked at."""
    with_contours(monkeypatch, {image.image_id: (POINT,) for image in DATASET.images})
    assert set(training_contours(DATASET, TRAINING)) == set(TRAINING.training)


def test_too_few_contours_are_a_wrong_configuration(monkeypatch):
    """One patient's cannot be in both halves; those of other findings or folds do not count."""
    one, *others = TRAINING.training
    contours = {one: (POINT,), **dict.fromkeys(others, (MASS,))}
    contours |= dict.fromkeys(TRAINING.validation, (POINT,))
    with_contours(monkeypatch, contours)
    with pytest.raises(
        ConfigError, match=r"branches\.calcifications needs .* fold0 has those of 1"
    ):
        training_contours(DATASET, TRAINING)
