"""The model of another run that a model begins with: `train.start_from`.

Of a run on the same patients in the same splits it is the model of the same name, which has not
seen the validation fold, either. Of a run on other patients it is the all-data model. Its last
weights are taken: the best ones were chosen on a validation fold.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from jobs.artifacts.layout import Root, RunFolder, weights_file
from jobs.artifacts.manifest import Manifest
from jobs.artifacts.run import START_FROM, Run, open_run
from jobs.common.errors import ConfigError, DataError
from jobs.config.names import ALL, LAST, TEST
from jobs.config.study import Study
from jobs.data.dataset import Dataset, open_dataset
from jobs.model.classifier import AnyClassifier
from jobs.model.trained import BASE
from jobs.training.join import JOINED_DATASET, find_join, training_images
from jobs.training.named_run import (
    open_run_at,
    require_apart,
    require_same_base,
    require_same_settings,
)

_KEY = "train.start_from"
_MODEL = ("network", "layer", "pooling")
_HEAD = ("kind", "filters", "kernel", "pool", "hidden", "members")


@dataclass(frozen=True)
class Start:
    """A trained model that another begins with.

    Attributes:
        run: the run that it is of.
        model: fold0, fold1, ... or all.
        manifest: its manifest; its files are intact.
    """

    run: Run
    model: str
    manifest: Manifest

    @property
    def notes(self) -> dict[str, str]:
        """For the manifest of the model that begins with this one."""
        return {START_FROM: f"{self.run.folder.name}/{self.model}"}

    def begin(self, build: Callable[[], AnyClassifier]) -> Callable[[], AnyClassifier]:
        """Has a classifier begin with the weights of this model."""

        def build_and_load() -> AnyClassifier:
            classifier = build()
            path = self.run.folder.model(self.model).folder / weights_file(LAST)
            try:
                classifier.trained.load_weights(path)
            except ValueError as error:
                raise ConfigError(
                    f"{_KEY}: the weights of {self.run.folder.path} must fit this run's network; "
                    f"they are of views of {self.run.study.views.size}: set the same views.size"
                ) from error
            return classifier

        return build_and_load


def find_start(
    own: RunFolder, study: Study, dataset: Dataset, model: str, checkpoint: str
) -> Start | None:
    """The model that a study's model begins with; None where it begins with random weights.

    Args:
        own: the folder of the study's own run.
        model: fold0, fold1, ... or all.
        checkpoint: the key of the weights of this study's base; "" where it has none.

    Raises:
        MissingInputError: that model, or the dataset that it was trained on, is not there.
        DataError: a file of them is damaged.
        ConfigError: its network is another; or it, or a model that it began with, was trained on
            patients or images that this model is validated or tested on.
    """
    run = open_start(own, study)
    if not run:
        return None
    name = _model_to_take(run, dataset, model)
    manifest = run.require_model(name)
    for each, seen, before in _trained_before(run, name):
        _require_unseen(each, seen, dataset, model)
        _require_joined_unseen(before, each, dataset)
        _require_patients_apart(before, each, study)
    theirs = str(manifest.notes.get(BASE, {}).get("weights"))
    require_same_base(_KEY, run, theirs, checkpoint)
    return Start(run, name, manifest)


def open_start(own: RunFolder, study: Study) -> Run | None:
    """The run that a study's models begin with, if any; its network is the study's.

    Raises:
        MissingInputError: it has not begun.
        ConfigError: it is the study's own run, or its network is another; names the setting.
    """
    run = _open(own.root, study)
    if run:
        if run.folder.path.resolve() == own.path.resolve():
            raise ConfigError(
                f"{_KEY} must name another run than the one that begins; got {own.name}"
            )
        require_same_settings(_KEY, run, _settings(run.study), _settings(study))
    return run


def _open(root: Root, study: Study) -> Run | None:
    """A name without a slash is of a run under the study's own root."""
    given = study.train.start_from
    if given == "none":
        return None
    if "/" not in given:
        return open_run(root.path, given)
    rule = "none, the name of a run under this root, or the path of ROOT/runs/NAME"
    return open_run_at(_KEY, given, rule)


def _settings(study: Study) -> dict[str, Any]:
    """Those that give the trained part its form."""
    return {
        **{f"model.{name}": getattr(study.model, name) for name in _MODEL},
        **{f"head.{name}": getattr(study.head, name) for name in _HEAD},
        "train.unfreeze_from": study.train.unfreeze_from,
    }


def _dataset_of(run: Run) -> Dataset:
    return open_dataset(run.root.path, run.study)


def _splits(dataset: Dataset) -> dict[str, tuple[str, str]]:
    return {image.image_id: (image.patient, image.split) for image in dataset.images}


def _model_to_take(run: Run, dataset: Dataset, model: str) -> str:
    return model if _splits(_dataset_of(run)) == _splits(dataset) else ALL


def _trained_before(run: Run, model: str) -> Iterator[tuple[str, Dataset, Run]]:
    """The name of a model, its dataset and run; then the same of what it began with, and so on."""
    while True:
        dataset = _dataset_of(run)
        _require_known(run, run.require_model(model).inputs["dataset"], dataset)
        yield model, dataset, run
        before = _open(run.root, run.study)
        if not before:
            return
        run, model = before, _model_to_take(before, dataset, model)


def _require_known(run: Run, trained: str, dataset: Dataset) -> None:
    """Raises DataError unless a dataset's key is that of what a run was trained on."""
    if trained != dataset.key:
        raise DataError(
            f"{dataset.folder} is not what {run.folder.path} was trained on (its key is "
            f"{dataset.key[:12]}, not {trained[:12]}): whose images that were is not known; "
            f"name another {_KEY}"
        )


def _require_joined_unseen(run: Run, trained: str, dataset: Dataset) -> None:
    """Raises ConfigError if images of this dataset joined the training of a run."""
    joined = find_join(run.study)
    if joined:
        seen = open_dataset(joined.root.path)  # all images: what it selects may have been another
        _require_known(run, run.require_model(trained).inputs[JOINED_DATASET], seen)
        why = f"they joined the training of {run.folder.path}: name a run of other patients"
        require_apart(_KEY, seen, training_images(seen), dataset, why)


def _require_patients_apart(run: Run, trained: str, study: Study) -> None:
    """Raises ConfigError if a model saw its validation patients, and the study's should not.

    The all-data model has none.
    """
    if run.study.data.augment_first and trained != ALL and not study.data.augment_first:
        raise ConfigError(
            f"{_KEY} must name a run whose data.order is split-first; {run.folder.path} has "
            f"augment-first: {trained} was trained on other views of its validation images"
        )


def _require_unseen(trained: str, seen: Dataset, dataset: Dataset, model: str) -> None:
    """Raises ConfigError if a model was trained on images or patients of this dataset.

    In the same splits it may be: the model of the same name has the same training images.
    """
    if _splits(seen) == _splits(dataset) and trained == model:
        return
    used = [image for image in seen.images if image.split not in (TEST, trained)]
    why = f"{trained} was trained on them: name a run of other patients, or of the same splits"
    require_apart(_KEY, seen, used, dataset, why)
