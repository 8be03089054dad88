"""Which images a trained model predicts, and with which of its weights."""

from types import SimpleNamespace

import numpy as np
import pytest

from jobs.config.names import ALL
from jobs.config.study import DataConfig, Study
from jobs.data.training_set import select_training_set
from jobs.training.predict_folds import predict_folds
from jobs.training.state import TrainingState
from tests.jobs.small_datasets import small_dataset

DATASET = small_dataset()
STATE = TrainingState(best=[np.array(0.25)], weights=[np.array(0.75)])


class FakeTrainer(SimpleNamespace):
    """Its probabilities are its weights."""

    def probabilities(self, weights, image_ids):
        return np.full(len(image_ids), float(weights[0]))


def predict(name: str):
    training_set = select_training_set(Study(data=DataConfig(folds=2)), DATASET, name)
    return list(predict_folds(FakeTrainer(training_set=training_set), STATE, DATASET))


def test_a_fold_model_predicts_its_validation_fold_and_the_test_set():
    """Each image once with the best weights, and once with the last."""
    rows = predict("fold1")
    for weights, probability in (("best", 0.25), ("last", 0.75)):
        for split, name in (("validation", "fold1"), ("test", "test")):
            some = [row for row in rows if (row.weights, row.split) == (weights, split)]
            assert [row.image_id for row in some] == sorted(DATASET.splits[name])
            assert {row.probability for row in some} == {probability}
    assert {row.model for row in rows} == {"fold1"}


def test_the_all_data_model_predicts_the_test_set_with_its_last_weights():
    """It has no validation fold, and so no best weights."""
    rows = predict(ALL)
    assert {(row.weights, row.split) for row in rows} == {("last", "test")}
    assert len(rows) == len(DATASET.splits["test"])


@pytest.mark.parametrize("name", ["fold0", ALL])
def test_a_prediction_has_the_facts_of_its_image(name: str):
    """Patient, side, view, category and class are those of images.csv."""
    images = {image.image_id: image for image in DATASET.images}
    for row in predict(name):
        image = images[row.image_id]
        assert (row.patient, row.side, row.view, row.birads) == (
            image.patient, image.side, image.view, image.birads,
        )  # fmt: skip
        assert row.sick == (image.birads == "5")


def test_an_image_has_its_logit_by_calcifications():
    """The same with the best and the last weights; none where the study has no such branch."""
    training_set = select_training_set(Study(data=DataConfig(folds=2)), DATASET, "fold1")
    logits = {image.image_id: float(image.image_id) for image in DATASET.images}
    rows = predict_folds(FakeTrainer(training_set=training_set), STATE, DATASET, logits)
    assert all(row.calcifications == float(row.image_id) for row in rows)
    assert {row.calcifications for row in predict("fold1")} == {None}
