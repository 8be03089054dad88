"""Heads trained otherwise than a model of the study, to hold its explanations against.

With other initial weights they should explain the same; on permuted labels, something else (Adebayo
et al., Sanity checks for saliency maps, NeurIPS 2018, section 3.2). The base is the same.
"""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from jobs.artifacts.run import Run
from jobs.common.keyed_rng import rng
from jobs.common.progress import Watch
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.data.training_set import TrainingSet
from jobs.model import tf_runtime
from jobs.model.classifier import AnyClassifier, feature_classifier
from jobs.model.local_classifier import local_classifier
from jobs.model.trained import TrainedModel, load_trained
from jobs.training.batches import BatchLoader
from jobs.training.distributed.replicas import Replicas
from jobs.training.from_features import FeatureInputs, FromFeatures
from jobs.training.inputs import TrainingInputs
from jobs.training.loop import Trainer
from jobs.training.place_inputs import PlaceInputs
from jobs.training.tensorboard.log import TensorBoardLog


def train_with_other_seed(run: Run, dataset: Dataset, model: str, watch: Watch) -> TrainedModel:
    """A model of a run with a head that began with other weights, and saw another order.

    Raises:
        MissingInputError: the study's features are not there.
    """
    study = run.study
    mode = FromFeatures(run.root, study, dataset)
    return _train(run, mode, replace(study, seed=study.seed + 1), mode.training_set(model), watch)


def train_on_permuted_labels(run: Run, dataset: Dataset, model: str, watch: Watch) -> TrainedModel:
    """A model of a run with a head that was trained on the labels of other images.

    Contours teach it nothing: they would give the true labels away. So would the best epoch, which
    the validation fold's true labels choose; the last one counts. It begins with the other seed's
    weights and order: those of the model itself would make both heads alike before they learnt.

    Raises:
        MissingInputError: the study's features are not there.
    """
    study = run.study
    blind = replace(study, contours=replace(study.contours, weight=0.0))
    mode = FromFeatures(run.root, blind, dataset)
    training_set = permute_labels(mode.training_set(model), study.seed)
    return _train(run, mode, replace(blind, seed=study.seed + 1), training_set, watch, chosen=False)


def permute_labels(training_set: TrainingSet, seed: int) -> TrainingSet:
    """The training set with the labels of its training images dealt out anew.

    As many of them are sick as before, of its own and of those that joined them. Those of other
    images stay.
    """
    sick = dict(training_set.sick)
    for name, part in ((), training_set.training), (("joined",), training_set.joined):
        ids = sorted(part)
        draw = rng(seed, "permuted labels", training_set.name, *name)
        for image_id, other in zip(ids, draw.permutation(len(ids)).tolist(), strict=True):
            sick[image_id] = training_set.sick[ids[other]]
    return replace(training_set, sick=sick)


def _train(
    run: Run,
    mode: FromFeatures,
    study: Study,
    training_set: TrainingSet,
    watch: Watch,
    *,
    chosen: bool = True,
) -> TrainedModel:
    """A model of the run, with the weights that a head gets in a study's epochs.

    Args:
        mode: with the seed of the run's study, by which its views were drawn.
        chosen: whether the validation fold, if any, chooses the epoch; else it is the last.
    """
    replicas = Replicas(tf_runtime.strategy())
    what = f"explain: epochs of another head of {training_set.name}"
    with (
        tempfile.TemporaryDirectory() as work,
        mode.open(training_set, replicas, watch) as inputs,
        TensorBoardLog(None) as log,
    ):
        batches = BatchLoader(inputs.source, study, training_set, replicas)
        trainer = Trainer(_builder(study, training_set.name, inputs), batches, Path(work))
        epochs = study.train.epochs
        state = trainer.run(lambda epoch: watch(what, epoch, epochs), log)
    other = load_trained(run, training_set.name)
    best = chosen and training_set.validation
    other.set_weights(state.best if best else state.weights)
    return other


def _builder(study: Study, model: str, inputs: TrainingInputs) -> Callable[[], AnyClassifier]:
    """Builds the head with the seed of `study`; the inputs' own has the run's."""
    source = inputs.source
    if isinstance(source, PlaceInputs):
        return lambda: local_classifier(study, model, source.features.channels)
    assert isinstance(source, FeatureInputs)
    return lambda: feature_classifier(study, model, source.features.shape)
