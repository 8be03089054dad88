"""The images of another run's release that a study's models are trained on, too: `train.join`.

They are only trained on: each model is validated and tested on the study's own images alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import require
from jobs.artifacts.run import Run
from jobs.common.errors import ConfigError
from jobs.config.names import TEST
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image, is_sick, open_dataset
from jobs.data.training_set import TrainingSet
from jobs.features.places import PlaceFeatures
from jobs.features.store import FeaturesUsed, feature_file, resolve_features
from jobs.training.contour_labels import ContourLabels
from jobs.training.named_run import (
    open_named_run,
    require_apart,
    require_same_base,
    require_same_settings,
)

_KEY = "train.join"
JOINED_DATASET, JOINED_FEATURES = "joined_dataset", "joined_features"
"""The inputs of a model that was trained on such images."""


@dataclass(frozen=True)
class Joined:
    """The images of a run's dataset that are not in its test set.

    Their ids here begin with `joined/`, so that they differ from those of the study.

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
        """By their ids here."""
        return {f"joined/{image.image_id}": image for image in training_images(self.dataset)}

    @property
    def files(self) -> Mapping[str, Path]:
        """Their features' files, by their ids here."""
        folder = self.features.location.folder
        return {name: feature_file(folder, image.image_id) for name, image in self.images.items()}

    def extend(self, training_set: TrainingSet) -> TrainingSet:
        """A training set with these images."""
        sick = {name: is_sick(self.run.study, image) for name, image in self.images.items()}
        return replace(training_set, joined=[*sick], sick={**training_set.sick, **sick})

    def labels(
        self, study: Study, training_set: TrainingSet, features: PlaceFeatures
    ) -> ContourLabels:
        """Their places' labels, with the study's weights of contours."""
        theirs = replace(self.run.study, contours=study.contours)
        return ContourLabels(theirs, self.dataset, self.images, training_set.sick, features)


def training_images(dataset: Dataset) -> list[Image]:
    """The images of a joined dataset that are trained on: all but its test set."""
    return [image for image in dataset.images if image.split != TEST]


def find_joined(root: Root, study: Study, dataset: Dataset, own: FeaturesUsed) -> Joined | None:
    """What a study's training is joined by; None where it is by nothing.

    Args:
        own: the study's own features.

    Raises:
        MissingInputError: the run, its dataset or its features are not there.
        DataError: a file of them is damaged.
        ConfigError: its features are of another kind; or a patient or an image is in both datasets.
    """
    run = open_join(root, study)
    if not run:
        return None
    theirs = open_dataset(run.root.path, run.study)
    require_apart(
        _KEY, theirs, training_images(theirs), dataset, "", "this run would be trained on them"
    )
    used = resolve_features(run.root, run.study, theirs)
    require_same_base(_KEY, run, used.source.weights, own.source.weights)
    precisions = ({"model.precision": each.precision} for each in (used.source, own.source))
    require_same_settings(_KEY, run, *precisions)
    require(used.location)
    return Joined(run, theirs, used)


def open_join(root: Root, study: Study) -> Run | None:
    """The run whose images join a study's training, if any; its features are of the same kind.

    Raises:
        MissingInputError: it has not begun.
        ConfigError: its features are of another kind; names the setting.
    """
    run = open_named_run(root, _KEY, study.train.join)
    if run:
        rule = "a run on stored features: none are kept of views that are made live"
        if run.study.train.live:
            raise ConfigError(f"{_KEY} must name {rule}; {run.folder.path} has train.live true")
        require_same_settings(_KEY, run, _kind(run.study), _kind(study))
    return run


def _kind(study: Study) -> dict[str, Any]:
    """The settings that features which are used together have in common."""
    local, averaged = study.head.kind == "local", study.model.pooling == "average"
    return {
        "data.sick": study.data.sick,
        "head.kind": study.head.kind,
        "model.layer": study.model.layer,
        "model.pooling": study.model.pooling,
        "model.stored": study.model.stored,
        **({} if local or averaged else {"views.size": study.views.size}),
    }
