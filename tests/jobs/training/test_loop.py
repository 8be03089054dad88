"""The training loop on features: reproducible and resumable; the best and the last weights."""

import csv
import io

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from jobs.config.sections import HeadConfig, TrainConfig
from jobs.config.study import Study
from jobs.data.training_set import TrainingSet
from jobs.evaluation.history import COLUMNS, history_csv
from jobs.features.store import Features, feature_files
from jobs.model import tf_runtime
from jobs.model.classifier import feature_classifier
from jobs.training.batches import BatchLoader
from jobs.training.distributed.replicas import Replicas
from jobs.training.from_features import FeatureInputs
from jobs.training.loop import Trainer
from jobs.training.tensorboard.log import TensorBoardLog

SHAPE = (4, 3, 5)
IDS = [str(number) for number in range(40)]
SICK = {image_id: int(image_id) % 2 == 0 for image_id in IDS}
STUDY = Study(seed=5, head=HeadConfig(filters=4), train=TrainConfig(epochs=3, batch=7))


class StopError(Exception):
    """Stands for a SIGTERM."""


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    """Features in which the sick images' first channel is a little higher."""
    folder = tmp_path_factory.mktemp("features")
    random = np.random.default_rng(0)
    for image_id in IDS:
        views = random.normal(0, 1, (3 if SICK[image_id] else 2, *SHAPE))
        views[..., 0] += 1.5 * SICK[image_id]
        np.save(folder / f"{image_id}.npy", views.astype(np.float16))
    return Features(feature_files(folder, IDS))


def training_set_of(name="fold0"):
    validation = IDS[30:] if name != "all" else []
    return TrainingSet(name=name, training=IDS[:30], validation=validation, sick=SICK)


def trainer_of(features, work, study=STUDY, name="fold0"):
    work.mkdir(exist_ok=True)
    replicas = Replicas(tf_runtime.strategy())
    batches = BatchLoader(FeatureInputs(features), study, training_set_of(name), replicas)
    return Trainer(lambda: feature_classifier(study, name, features.shape), batches, work)


def train(features, work, study=STUDY, name="fold0", after=lambda epoch: None):
    return trainer_of(features, work, study, name).run(after, TensorBoardLog(None))


def test_the_same_study_gives_the_same_weights(features, tmp_path):
    """Two runs are equal bit for bit: weights, history, predictions."""
    first = train(features, tmp_path / "a")
    again = train(features, tmp_path / "b")
    assert first.history == again.history
    for one, other in zip(first.weights + first.best, again.weights + again.best, strict=True):
        assert np.array_equal(one, other)


def test_a_resumed_training_has_the_result_of_an_unbroken_one(features, tmp_path):
    """If it is stopped after an epoch, another call trains the epochs that are left."""

    def stop(epoch):
        if epoch == 2:
            raise StopError

    with pytest.raises(StopError):
        train(features, tmp_path / "a", after=stop)
    epochs = []
    resumed = train(features, tmp_path / "a", after=epochs.append)
    unbroken = train(features, tmp_path / "b")
    assert epochs == [3]
    assert resumed.history == unbroken.history
    for one, other in zip(resumed.weights, unbroken.weights, strict=True):
        assert np.array_equal(one, other)


def test_models_of_a_study_differ(features, tmp_path):
    """Each model has its own initial weights and its own order of views."""
    first = train(features, tmp_path / "a", name="fold0")
    other = train(features, tmp_path / "b", name="fold1")
    assert not np.array_equal(first.weights[0], other.weights[0])


def test_the_history_has_every_step_and_validation_at_each_epochs_end(features, tmp_path):
    """Steps are numbered through all epochs; the last, smaller batch is a step, too."""
    rows = list(csv.DictReader(io.StringIO(history_csv(train(features, tmp_path / "a").history))))
    assert tuple(rows[0]) == COLUMNS
    steps = -(-(15 * 3 + 15 * 2) // STUDY.train.batch)
    assert [int(row["step"]) for row in rows] == list(range(1, 3 * steps + 1))
    validated = [row for row in rows if row["validation_auc"]]
    assert [int(row["step"]) for row in validated] == [steps, 2 * steps, 3 * steps]


def test_best_is_the_first_epoch_with_the_highest_validation_auc(features, tmp_path):
    """The best weights' validation AUC is the history's maximum; the last's is its last."""
    trainer = trainer_of(features, tmp_path / "a")
    state = trainer.run(lambda epoch: None, TensorBoardLog(None))
    truth = [SICK[image_id] for image_id in IDS[30:]]
    aucs = [row[4] for row in state.history if row[4] != ""]
    best, last = (
        roc_auc_score(truth, trainer.probabilities(weights, IDS[30:]))
        for weights in (state.best, state.weights)
    )
    assert (best, last) == (max(aucs), aucs[-1])


def test_the_all_data_model_has_no_validation(features, tmp_path):
    """There is nothing to choose an epoch on: its best weights are its last."""
    state = train(features, tmp_path / "a", name="all")
    assert all(row[3:] == ("", "") for row in state.history)
    for best, last in zip(state.best, state.weights, strict=True):
        assert np.array_equal(best, last)


def test_it_learns_classes_that_differ(features, tmp_path):
    """The AUC of images that it was not trained on is high."""
    study = Study(seed=5, head=HeadConfig(filters=4), train=TrainConfig(20, 7, 0.01))
    assert train(features, tmp_path / "a", study).history[-1][4] > 0.9


def test_a_step_is_adam_on_the_mean_cross_entropy(features, tmp_path):
    """The first step's loss is Keras's own binary cross entropy of the untrained head."""
    study = Study(seed=5, head=HeadConfig(filters=4), train=TrainConfig(epochs=1, batch=1000))
    trainer = trainer_of(features, tmp_path / "a", study)
    views = features.views(IDS[:30])
    truth = np.array([SICK[view.image_id] for view in views], np.float32)
    keras = tf_runtime.start().keras
    logits = trainer.model.classifier.trained(features.batch(views).astype(np.float32))
    expected = float(keras.losses.BinaryCrossentropy(from_logits=True)(truth, logits))
    assert trainer.run(lambda epoch: None, TensorBoardLog(None)).history[0][2] == pytest.approx(
        expected, rel=1e-5
    )


def test_a_training_writes_each_step_and_epoch_for_tensorboard(features, tmp_path):
    """The log has the loss of all steps of the history, and the validation of all epochs."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with TensorBoardLog(tmp_path / "log") as log:
        state = trainer_of(features, tmp_path / "a").run(lambda epoch: None, log)
    losses = {
        folder: EventAccumulator(str(folder), {"tensors": 0}).Reload().Tensors("loss")
        for folder in (tmp_path / "log", tmp_path / "log" / "validation")
    }
    assert [len(events) for events in losses.values()] == [len(state.history), STUDY.train.epochs]
