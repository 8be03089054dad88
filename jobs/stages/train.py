"""features -> head. Reads dataset/ and features/; writes runs/<run>/<model>/ with predictions.

With train.live it reads dataset/ and weights/, and no features. With --embed it first makes what is
missing of features/, from weights/.
"""

import argparse
import contextlib
import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.artifacts.publish import (
    Recipe,
    claim_run,
    publish,
    remove_workspace,
    unless_another_finishes,
    up_to_date,
    workspace,
)
from jobs.common import resources
from jobs.common.arguments import add_config, add_root, add_run
from jobs.common.errors import UsageError
from jobs.common.progress import Watch
from jobs.config.names import BEST, LAST, TEST, VALIDATION, fold_name
from jobs.config.study import Study, dump_study, load_study, plain
from jobs.data.dataset import Dataset, Image, open_dataset
from jobs.data.training_set import Lesson, lesson_of
from jobs.evaluation.predictions import Prediction, to_csv
from jobs.features.extract import Share, make_features
from jobs.model import tf_runtime
from jobs.training import state
from jobs.training.distributed.peers import ALONE, Workers, add_peers, parse_peers
from jobs.training.distributed.rendezvous import meet
from jobs.training.state import Standing

if TYPE_CHECKING:
    from jobs.training.inputs import Way
    from jobs.training.loop import Trainer

FORMAT = 2
_WAY_OUT = "name a new run with --run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo train`."""
    add_root(parser)
    add_config(parser)
    add_run(parser)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--fold", type=int, metavar="K", help="train on all folds but this one")
    which.add_argument("--all", action="store_true", help="train on all folds")
    parser.add_argument(
        "--embed", action="store_true", help="first make the features that are missing"
    )
    add_peers(parser)


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Trains one model, or goes on from its last finished epoch, and predicts with it."""
    study = load_study(options.config)
    name = _model_name(options, study)
    workers = parse_peers(options.peers, options.worker)
    dataset = open_dataset(options.root, study)
    if options.embed and not study.train.live:
        _embed(options, study, dataset, workers, watch)
    way = _way(options.root, study, dataset)
    recipe = _recipe(study, dataset, way, name)
    folder = claim_run(options.root, options.run, dump_study(study)) / name
    if up_to_date(folder, recipe, _WAY_OUT):
        remove_workspace(folder, recipe)  # of a call that was ended after it had published
        return
    with unless_another_finishes(folder, recipe, _WAY_OUT):
        work = workspace(folder, recipe)
        if state.load(work).epoch == study.train.epochs:
            if not workers.chief:
                return
            workers = ALONE  # what is left is the chief's, and nobody comes to meet it any more
        if workers.count > 1:
            tf_runtime.join(workers)
            meet(workers, recipe.key, watch)
        with _trainer(study, lesson_of(study, dataset, name), way, work, workers, watch) as trainer:
            if workers.chief:
                _publish(trainer, dataset, recipe, folder, watch)
            else:
                trainer.run(_epochs_told(trainer, watch))
        if workers.chief:
            remove_workspace(folder, recipe)


def _embed(
    options: argparse.Namespace, study: Study, dataset: Dataset, workers: Workers, watch: Watch
) -> None:
    """Makes what is missing of the features; the models of a study share it as workers do."""
    from jobs.precision.build import make_engine

    if workers.count > 1:
        raise UsageError("--embed is not for --peers: run mammo embed before")
    make_engine(options.root, study, dataset, watch)
    worker = study.data.folds if options.all else options.fold
    make_features(options.root, study, dataset, Share(worker, study.data.folds + 1), watch)


def _way(root: Path, study: Study, dataset: Dataset) -> "Way":
    """The way that the study says, whose inputs are there."""
    if study.train.live:
        from jobs.training.live import LiveWay

        return LiveWay(root, study, dataset)
    from jobs.training.from_features import StoredWay

    return StoredWay(root, study, dataset)


@contextlib.contextmanager
def _trainer(
    study: Study, lesson: Lesson, way: "Way", work: Path, workers: Workers, watch: Watch
) -> Iterator["Trainer"]:
    from jobs.training.batches import Feed
    from jobs.training.distributed.replicas import Replicas
    from jobs.training.loop import Trainer

    replicas = Replicas(tf_runtime.strategy(), workers)
    with way.opened(lesson, replicas, watch) as material:
        yield Trainer(material.build, Feed(material.inputs, study, lesson, replicas), work)


def _publish(
    trainer: "Trainer", dataset: Dataset, recipe: Recipe, folder: Path, watch: Watch
) -> None:
    effort = resources.watch_effort()
    reached = trainer.run(_epochs_told(trainer, watch))
    with publish(folder, recipe, _WAY_OUT, effort=effort) as draft:
        trainer.save_weights(reached.weights, draft.folder / "last.weights.h5")
        if trainer.lesson.validation:
            trainer.save_weights(reached.best, draft.folder / "best.weights.h5")
        (draft.folder / "history.csv").write_text(reached.history_csv())
        predictions = to_csv(_predict(trainer, reached, dataset))
        (draft.folder / "predictions.csv").write_bytes(predictions)
        shutil.copytree(trainer.work / "tensorboard", draft.folder / "tensorboard")
        draft.device = tf_runtime.device()
        draft.determinism = tf_runtime.determinism()
        draft.notes = {
            "seconds_waited": round(reached.waited, 3),
            "seconds_stepped": round(reached.stepped, 3),
        }


def _epochs_told(trainer: "Trainer", watch: Watch) -> Callable[[int], None]:
    what = f"train {trainer.lesson.name}: epochs"
    return lambda epoch: watch(what, epoch, trainer.study.train.epochs)


def _predict(trainer: "Trainer", reached: Standing, dataset: Dataset) -> Iterable[Prediction]:
    """What the model says of its validation fold and the test set, with its best and last weights.

    Nothing validates the all-data model: it has no best weights.
    """
    lesson = trainer.lesson
    images = {image.image_id: image for image in dataset.images}
    sets: dict[str, Sequence[str]] = {TEST: sorted(dataset.splits[TEST])}
    kinds = {LAST: reached.weights}
    if lesson.validation:
        sets = {VALIDATION: lesson.validation, **sets}
        kinds = {BEST: reached.best, **kinds}
    for (weights, values), (split, ids) in itertools.product(kinds.items(), sets.items()):
        for image_id, probability in zip(ids, trainer.probabilities(values, ids), strict=True):
            yield _prediction(lesson, weights, split, images[image_id], float(probability))


def _prediction(
    lesson: Lesson, weights: str, split: str, image: Image, probability: float
) -> Prediction:
    return Prediction(
        model=lesson.name,
        weights=weights,
        split=split,
        image_id=image.image_id,
        patient=image.patient,
        side=image.side,
        view=image.view,
        birads=image.birads,
        density=image.density,
        sick=lesson.sick[image.image_id],
        probability=probability,
    )


def _recipe(study: Study, dataset: Dataset, way: "Way", name: str) -> Recipe:
    configuration = {
        "model": name,
        "seed": study.seed,
        "head": plain(study.head),
        "train": plain(study.train),
        "folds": study.data.folds,
        **way.configuration,
    }
    return Recipe("train", {"dataset": dataset.key, **way.inputs}, configuration, FORMAT)


def _model_name(options: argparse.Namespace, study: Study) -> str:
    if options.all:
        return "all"
    if not 0 <= options.fold < study.data.folds:
        raise UsageError(
            f"--fold must be from 0 to {study.data.folds - 1} (data.folds); got {options.fold}"
        )
    return fold_name(options.fold)
