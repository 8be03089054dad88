"""The images of another run's release that a study's models are trained on, too: `train.join`.

They are only trained on: each model is validated and tested on the study's own images alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from jobs.artifacts.manifest import require
from jobs.artifacts.run import Run
from jobs.common.errors import ConfigError
from jobs.config.names import TEST
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image, is_sick, open_dataset
from jobs.data.training_set import TrainingSet
from jobs.features.store import FeaturesUsed, feature_file, resolve_features
from jobs.model.checkpoint import weights_recipe
from jobs.training.named_run import (
    open_run_at,
    require_apart,
    require_same_base,
    require_same_settings,
)
from jobs.views.parameters import view_count

JOINED_DATASET, JOINED_FEATURES = "joined_dataset", "joined_features"
"""The inputs of a model that was trained on such images."""

_KEY = "train.join"


@dataclass(frozen=True)
class Joined:
    """The images of a run's dataset that are not in its test set.

    Attributes:
        run: its study says what is sick, and how the views were made.
        dataset: of the run.
        features: of the run, all intact.
    """

    run: Run
    dataset: Dataset
    features: FeaturesUsed

    @property
    def inputs(self) -> Mapping[str, str]:
        """The keys of what is read, for a model's recipe."""
        return {JOINED_DATASET: self.dataset.key, JOINED_FEATURES: self.features.recipe.key}

    @cached_property
    def images(self) -> Mapping[str, Image]:
        """By the ids that they have here, which differ from those of the study's own."""
        return {f"joined/{each.image_id}": each for each in training_images(self.dataset)}

    @property
    def files(self) -> Mapping[str, Path]:
        """Their features' files, by their ids here."""
        folder = self.features.location.folder
        return {name: feature_file(folder, image.image_id) for name, image in self.images.items()}

    @cached_property
    def sick(self) -> Mapping[str, bool]:
        """Their labels, by their ids here."""
        return {name: is_sick(self.run.study, image) for name, image in self.images.items()}

    def extend(self, training_set: TrainingSet) -> TrainingSet:
        """A training set with these images."""
        sick = {**training_set.sick, **self.sick}
        return replace(training_set, joined=[*self.images], sick=sick)

    @property
    def notes(self) -> dict[str, Any]:
        """For a model's manifest: whose images they are, and how many."""
        views = {name: view_count(self.run.study, each) for name, each in self.images.items()}
        return {
            "run": self.run.folder.name,
            "images": len(self.images),
            "patients": len({image.patient for image in self.images.values()}),
            "sick": sum(self.sick.values()),
            "views": sum(views.values()),
            "sick_views": sum(views[name] for name, sick in self.sick.items() if sick),
            "synthetic": self.dataset.manifest.notes.get("synthetic"),
        }


def training_images(dataset: Dataset) -> list[Image]:
    """The images of a joined dataset that are trained on: all but its test set."""
    return [image for image in dataset.images if image.split != TEST]


def find_joined(study: Study, dataset: Dataset) -> Joined | None:
    """What joins a study's training; None where nothing does.

    Raises:
        MissingInputError: the run, its dataset or its features are not there.
        DataError: a file of them is damaged.
        ConfigError: its features are of another kind; or a patient or an image is in both datasets.
    """
    run = open_join(study)
    if not run:
        return None
    theirs = open_dataset(run.root.path, run.study)
    why = "models would be trained on whom they are validated on: name a run of other patients"
    require_apart(_KEY, theirs, training_images(theirs), dataset, why)
    used = resolve_features(run.root, run.study, theirs)
    require_same_base(_KEY, run, used.source.weights, weights_recipe(study).key)
    require(used.location)
    return Joined(run, theirs, used)


def open_join(study: Study) -> Run | None:
    """The run whose images join a study's training, if any; its features are of the same kind.

    Raises:
        MissingInputError: it has not begun.
        ConfigError: its features are of another kind; names the setting.
    """
    run = find_join(study)
    if run:
        if run.study.train.live:
            raise ConfigError(
                f"{_KEY} must name a run on stored features: none are kept of views that are made "
                f"live; {run.folder.path} has train.live true"
            )
        require_same_settings(_KEY, run, _kind(run.study), _kind(study))
    return run


def find_join(study: Study) -> Run | None:
    """The run that `train.join` names, whatever it is; errors as `open_run_at`'s."""
    if study.train.join == "none":
        return None
    return open_run_at(
        _KEY, study.train.join, "none or the path of ROOT/runs/NAME, under another root"
    )


def _kind(study: Study) -> dict[str, Any]:
    """The settings that features which are used together have in common."""
    local, averaged = study.head.kind == "local", study.model.pooling == "average"
    return {
        "data.sick": study.data.sick,
        "head.kind": study.head.kind,
        **{
            f"model.{name}": getattr(study.model, name)
            for name in ("layer", "pooling", "precision", "stored")
        },
        **({} if local or averaged else {"views.size": study.views.size}),
    }
