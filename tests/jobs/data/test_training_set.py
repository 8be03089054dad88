"""What each model of a study is trained and validated on."""

from pathlib import Path

import pytest

from jobs.config.names import ALL, TEST, fold_name
from jobs.config.sections import DataConfig
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.data.training_set import select_training_set
from mammo_tfds.inbreast.tables import Image

SPLITS = {TEST: ("1", "2"), "fold0": ("3", "4"), "fold1": ("5",), "fold2": ("10", "6")}
BIRADS = {"1": "5", "2": "1", "3": "4a", "4": "2", "5": "0", "6": "6", "10": "3"}
STUDY = Study(data=DataConfig(folds=3))


@pytest.fixture
def dataset() -> Dataset:
    """Seven images; nothing of them is read."""
    images = tuple(
        Image(
            image_id=image_id,
            patient="0" * 16,
            side="L",
            view="CC",
            birads=BIRADS[image_id],
            density=None,
            split=split,
            index=0,
            rows=1,
            columns=1,
            pixels_sha256="",
        )
        for split, ids in SPLITS.items()
        for image_id in ids
    )
    return Dataset(Path("nowhere"), None, images, SPLITS, "")  # type: ignore[arg-type]


def test_a_fold_validates_and_the_others_train(dataset: Dataset):
    """In the order of the folds and of the ids, so that it does not depend on how they are read."""
    chosen = select_training_set(STUDY, dataset, fold_name(1))
    assert chosen.name == "fold1"
    assert list(chosen.training) == ["3", "4", "10", "6"]
    assert list(chosen.validation) == ["5"]


def test_the_all_data_model_trains_on_every_fold(dataset: Dataset):
    """And has nothing to be validated on."""
    chosen = select_training_set(STUDY, dataset, ALL)
    assert list(chosen.training) == ["3", "4", "5", "10", "6"]
    assert list(chosen.validation) == []


@pytest.mark.parametrize("name", STUDY.models())
def test_no_model_sees_the_test_set(dataset: Dataset, name: str):
    """Neither to train nor to validate."""
    chosen = select_training_set(STUDY, dataset, name)
    assert not {*chosen.training, *chosen.validation} & set(SPLITS[TEST])


def test_images_are_sick_by_the_study_s_categories(dataset: Dataset):
    """Those of the test set as well: they are predicted."""
    sick = select_training_set(STUDY, dataset, ALL).sick
    assert {image_id for image_id, is_sick in sick.items() if is_sick} == {"1", "3", "6"}
