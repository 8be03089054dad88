"""features -> head. Reads dataset/ and features/; writes runs/<run>/<model>/ with predictions."""

import argparse
import itertools
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.artifacts import (
    Recipe,
    claim_run,
    publish,
    unless_another_finishes,
    up_to_date,
    workspace,
)
from jobs.checkpoint import weights_recipe
from jobs.config import Study, dump_study, load_study, plain
from jobs.dataset import Dataset, Image, open_dataset
from jobs.errors import UsageError
from jobs.features import Features, features_folder, features_recipe, require_features
from jobs.options import add_config, add_root, add_run
from jobs.predictions import BEST, LAST, VALIDATION, Prediction, to_csv
from jobs.progress import Watch
from mammo_tfds.release import is_sick
from mammo_tfds.splits import TEST, fold_name

if TYPE_CHECKING:
    from jobs.training import Lesson, Progress, Trainer

_WAY_OUT = "name a new run with --run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo train`."""
    add_root(parser)
    add_config(parser)
    add_run(parser)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--fold", type=int, metavar="K", help="train on all folds but this one")
    which.add_argument("--all", action="store_true", help="train on all folds")


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Trains one model, or goes on from its last finished epoch, and predicts with it."""
    study = load_study(options.config)
    name = _model_name(options, study)
    run_folder = claim_run(options.root, options.run, dump_study(study))
    dataset = open_dataset(options.root, study)
    features = features_recipe(study, dataset, weights_recipe(study).key)
    require_features(options.root, features)
    recipe = _recipe(study, dataset, features.key, name)
    folder = run_folder / name
    if up_to_date(folder, recipe, _WAY_OUT):
        return
    ids = (image.image_id for image in dataset.images)
    with (
        unless_another_finishes(folder, recipe, _WAY_OUT),
        Features(features_folder(options.root, features), ids) as stored,
    ):
        _train(study, dataset, stored, recipe, folder, watch)


def _train(
    study: Study, dataset: Dataset, stored: Features, recipe: Recipe, folder: Path, watch: Watch
) -> None:
    from jobs import tf_runtime
    from jobs.training import Trainer, history_csv

    lesson = _lesson(study, dataset, folder.name)
    work = workspace(folder, recipe)
    trainer = Trainer(study, lesson, stored, work)
    what = f"train {folder.name}: epochs"
    with publish(folder, recipe, _WAY_OUT) as draft:
        progress = trainer.run(lambda epoch: watch(what, epoch, study.train.epochs))
        trainer.save_weights(progress.weights, draft.folder / "last.weights.h5")
        if lesson.validation:
            trainer.save_weights(progress.best, draft.folder / "best.weights.h5")
        (draft.folder / "history.csv").write_text(history_csv(progress))
        predictions = to_csv(_predict(trainer, progress, lesson, dataset))
        (draft.folder / "predictions.csv").write_bytes(predictions)
        shutil.copytree(work / "tensorboard", draft.folder / "tensorboard")
        draft.device = tf_runtime.device()
        draft.determinism = tf_runtime.determinism()
    shutil.rmtree(work, ignore_errors=True)


def _predict(
    trainer: "Trainer", progress: "Progress", lesson: "Lesson", dataset: Dataset
) -> Iterable[Prediction]:
    """What the model says of its validation fold and the test set, with its best and last weights.

    Nothing validates the all-data model: it has no best weights.
    """
    images = {image.image_id: image for image in dataset.images}
    sets: dict[str, Sequence[str]] = {TEST: sorted(dataset.splits[TEST])}
    kinds = {LAST: progress.weights}
    if lesson.validation:
        sets = {VALIDATION: lesson.validation, **sets}
        kinds = {BEST: progress.best, **kinds}
    for (weights, values), (split, ids) in itertools.product(kinds.items(), sets.items()):
        for image_id, probability in zip(ids, trainer.probabilities(values, ids), strict=True):
            yield _prediction(lesson, weights, split, images[image_id], float(probability))


def _prediction(
    lesson: "Lesson", weights: str, split: str, image: Image, probability: float
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


def _lesson(study: Study, dataset: Dataset, name: str) -> "Lesson":
    from jobs.training import Lesson

    folds = {fold_name(k): dataset.splits[fold_name(k)] for k in range(study.data.folds)}
    return Lesson(
        name=name,
        training=[one for fold, ids in folds.items() if fold != name for one in sorted(ids)],
        validation=sorted(folds.get(name, ())),
        sick={image.image_id: is_sick(image.birads, study.data.sick) for image in dataset.images},
    )


def _recipe(study: Study, dataset: Dataset, features_key: str, name: str) -> Recipe:
    configuration = {
        "model": name,
        "seed": study.seed,
        "head": plain(study.head),
        "train": plain(study.train),
        "folds": study.data.folds,
    }
    return Recipe("train", {"features": features_key, "dataset": dataset.key}, configuration)


def _model_name(options: argparse.Namespace, study: Study) -> str:
    if options.all:
        return "all"
    if not 0 <= options.fold < study.data.folds:
        raise UsageError(
            f"--fold must be from 0 to {study.data.folds - 1} (data.folds); got {options.fold}"
        )
    return fold_name(options.fold)
