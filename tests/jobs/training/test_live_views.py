"""Live training: new views in every epoch; frozen layers stay; a resumed training is the same."""

import dataclasses

import numpy as np
import pytest

from jobs.config.sections import HeadConfig, ModelConfig, TrainConfig, ViewsConfig
from jobs.config.study import Study
from jobs.data.training_set import TrainingSet
from jobs.model import tf_runtime
from jobs.model.classifier import view_classifier
from jobs.model.inception_v3 import read_network
from jobs.model.random_weights import write_random_weights
from jobs.training.batches import BatchLoader
from jobs.training.distributed.replicas import Replicas
from jobs.training.live_views import LiveViews
from jobs.training.loop import Trainer
from jobs.training.tensorboard.log import TensorBoardLog
from jobs.views.parameters import View
from tests.reduced import reduced_image

IDS = [str(number) for number in range(12)]
SICK = {image_id: int(image_id) % 3 == 0 for image_id in IDS}
COUNTS = {image_id: 2 if SICK[image_id] else 1 for image_id in IDS}
TRAINING_SET = TrainingSet("fold0", IDS[:8], IDS[8:], SICK)
STUDY = Study(
    seed=5,
    views=ViewsConfig(size=(80, 75)),
    model=ModelConfig(layer="mixed1"),
    head=HeadConfig(filters=2),
    train=TrainConfig(epochs=3, batch=4, live=True),
)
UNFROZEN = dataclasses.replace(
    STUDY, train=dataclasses.replace(STUDY.train, unfreeze_from="mixed1")
)


class StopError(Exception):
    """Stands for a SIGTERM."""


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "random.h5"
    write_random_weights(path, seed=3)
    return read_network(path, "mixed1")


@pytest.fixture(scope="module")
def inputs():
    """Views of noise, which is brighter in sick images."""
    random = np.random.default_rng(0)
    sources = {
        image_id: reduced_image(
            random.integers(0, 2000 + 1500 * SICK[image_id], (95, 85, 1), np.uint16), (0.0, 4000.0)
        )
        for image_id in IDS
    }
    return LiveViews(STUDY, sources, COUNTS, Replicas(tf_runtime.strategy()))


def trainer_of(inputs, network, work, study=STUDY):
    work.mkdir(exist_ok=True)
    batches = BatchLoader(inputs, study, TRAINING_SET, Replicas(tf_runtime.strategy()))
    return Trainer(lambda: view_classifier(study, TRAINING_SET.name, network), batches, work)


def probe(inputs):
    """Some views' tensor."""
    return inputs.load([View(image_id, 0) for image_id in IDS[:4]], None)


def test_no_view_is_repeated(inputs):
    """Each epoch has as many views of each image as the study says, all new, and never view 0."""
    epochs = [inputs.views(IDS, epoch) for epoch in range(1, 6)]
    for views in epochs:
        assert {i: sum(view.image_id == i for view in views) for i in IDS} == COUNTS
    every = [view for views in epochs for view in views]
    assert len(set(every)) == len(every)
    assert all(view.number > 0 for view in every)


def test_a_view_is_pure(inputs):
    """In another batch, in another order and for another replica it has the same pixels."""
    views = inputs.views(IDS, 7)[:4]
    together = inputs.load(views, 0).numpy()
    backwards = inputs.load(views[::-1], None).numpy()
    alone = np.concatenate([inputs.load([view], 0).numpy() for view in views])
    assert np.array_equal(together, backwards[::-1])
    assert np.array_equal(together, alone)


def test_a_frozen_base_stays_and_the_head_learns(inputs, network, tmp_path):
    """With unfreeze_from none, only the head's weights change."""
    trainer = trainer_of(inputs, network, tmp_path / "a")
    before = trainer.model.classifier.frozen(probe(inputs)).numpy()
    first = trainer.model.classifier.trained.get_weights()
    state = trainer.run(lambda epoch: None, TensorBoardLog(None))
    assert np.array_equal(trainer.model.classifier.frozen(probe(inputs)).numpy(), before)
    assert [w.shape for w in state.weights] == [(288, 2), (2,), (18, 1), (1,)]
    assert not np.array_equal(state.weights[0], first[0])


def test_layers_learn_from_the_named_block_on(inputs, network, tmp_path):
    """Every convolution of mixed1 changes; earlier layers compute the same, bit for bit."""
    trainer = trainer_of(inputs, network, tmp_path / "a", UNFROZEN)
    before = trainer.model.classifier.frozen(probe(inputs)).numpy()
    first = trainer.model.classifier.trained.get_weights()
    state = trainer.run(lambda epoch: None, TensorBoardLog(None))
    assert np.array_equal(trainer.model.classifier.frozen(probe(inputs)).numpy(), before)
    assert len(state.weights) == 2 * 7 + 4
    for one, other in zip(first, state.weights, strict=True):
        assert not np.array_equal(one, other)


@pytest.mark.parametrize("study", [STUDY, UNFROZEN], ids=["frozen", "unfrozen"])
def test_a_resumed_training_has_the_result_of_an_unbroken_one(inputs, network, tmp_path, study):
    """If it is stopped after an epoch, weights, Adam and history end as the same bits."""

    def stop(epoch):
        if epoch == 2:
            raise StopError

    with pytest.raises(StopError):
        trainer_of(inputs, network, tmp_path / "a", study).run(stop, TensorBoardLog(None))
    resumed, unbroken = (
        trainer_of(inputs, network, tmp_path / name, study).run(
            lambda epoch: None, TensorBoardLog(None)
        )
        for name in ("a", "b")
    )
    assert resumed.history == unbroken.history
    for name in ("weights", "optimizer", "best"):
        for one, other in zip(getattr(resumed, name), getattr(unbroken, name), strict=True):
            assert np.array_equal(one, other)


def test_a_network_is_traced_once_for_its_predictions(inputs, network, tmp_path):
    """Also for batches of different sizes, so that TensorFlow does not warn of retracing."""
    trainer = trainer_of(inputs, network, tmp_path / "a")
    weights = trainer.model.classifier.trained.get_weights()
    for count in (12, 5, 4, 3, 1):
        assert len(trainer.probabilities(weights, IDS[:count])) == count
    assert trainer.model.tracings == 1


def test_the_wait_for_views_is_counted(inputs, network, tmp_path):
    """Seconds of waiting and of steps are counted apart, and saved with the state."""
    state = trainer_of(inputs, network, tmp_path / "a").run(
        lambda epoch: None, TensorBoardLog(None)
    )
    assert state.waited > 0 and state.stepped > 0
    loaded = trainer_of(inputs, network, tmp_path / "a").run(
        lambda epoch: None, TensorBoardLog(None)
    )
    assert (loaded.waited, loaded.stepped) == (state.waited, state.stepped)


def test_saved_weights_can_be_loaded(inputs, network, tmp_path):
    """Keras loads them into a new network, which predicts the same."""
    trainer = trainer_of(inputs, network, tmp_path / "a", UNFROZEN)
    state = trainer.run(lambda epoch: None, TensorBoardLog(None))
    trainer.save_weights(state.weights, tmp_path / "last.weights.h5")
    probabilities = trainer.probabilities(state.weights, IDS)
    fresh = trainer_of(inputs, network, tmp_path / "b", UNFROZEN)
    trained = fresh.model.classifier.trained
    trained.load_weights(tmp_path / "last.weights.h5")
    assert np.array_equal(fresh.probabilities(trained.get_weights(), IDS), probabilities)
