"""Training on stored features, which were made once for all epochs."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import require
from jobs.artifacts.run import JOINED
from jobs.common.progress import Watch
from jobs.common.types import Tensor
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image
from jobs.data.training_set import TrainingSet, select_training_set
from jobs.features.places import PlaceFeatures
from jobs.features.store import Features, feature_files, resolve_features
from jobs.model import tf_runtime
from jobs.model.classifier import feature_classifier
from jobs.model.local_classifier import local_classifier
from jobs.model.trained import BASE
from jobs.training.contour_labels import ContourLabels, PlaceLabels
from jobs.training.distributed.replicas import Replicas
from jobs.training.inputs import TrainingInputs
from jobs.training.join import find_joined
from jobs.training.place_inputs import PlaceInputs, StepLoader
from jobs.views.parameters import View


@dataclass(frozen=True)
class FeatureInputs:
    """Features as a model's inputs: the same views in every epoch, view 0 among them."""

    features: Features

    def views(self, image_ids: Sequence[str], epoch: int) -> list[View]:
        """Every view of these images."""
        return self.features.views(image_ids)

    def load(self, views: Sequence[View], replica: int | None) -> Tensor:
        """The features of some views: (n, h, w, channels), in the dtype that they are stored in."""
        room = tf_runtime.aligned_array((len(views), *self.features.shape), self.features.dtype)
        return tf_runtime.adopt(self.features.batch(views, room))

    def load_step(
        self, views: Sequence[View], weights: Sequence[float], epoch: int, replica: int
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The same; no place has a label of its own."""
        return self.load(views, replica), {}


class FromFeatures:
    """The training mode that reads stored features."""

    def __init__(self, root: Root, study: Study, dataset: Dataset) -> None:
        """Raises MissingInputError or DataError unless the features are there, and intact.

        Those of the images that join the training, too, see `find_joined`.
        """
        used = resolve_features(root, study, dataset)
        require(used.location)
        self._study, self._dataset, self._folder = study, dataset, used.location.folder
        self._joined = find_joined(study, dataset)
        joined = self._joined.inputs if self._joined else {}
        self.inputs: Mapping[str, str] = {"features": used.recipe.key, **joined}
        self.configuration: Mapping[str, Any] = {}
        self.notes: Mapping[str, Any] = {BASE: asdict(used.source)}
        if self._joined:
            self.notes = {**self.notes, JOINED: self._joined.notes}

    def training_set(self, model: str) -> TrainingSet:
        """The study's own images, and those that join its training."""
        own = select_training_set(self._study, self._dataset, model)
        return self._joined.extend(own) if self._joined else own

    @contextlib.contextmanager
    def open(
        self, training_set: TrainingSet, replicas: Replicas, watch: Watch
    ) -> Iterator[TrainingInputs]:
        """The mapped features, and the function that builds the head."""
        study, name = self._study, training_set.name
        files = feature_files(self._folder, (image.image_id for image in self._dataset.images))
        if self._joined:
            files.update(self._joined.files)
        if study.head.kind == "local":
            with PlaceFeatures(files) as places:
                labels = self._place_labels(places, training_set)
                step = StepLoader(study.seed, places, study.head.sample, labels)
                channels = places.channels
                yield TrainingInputs(
                    PlaceInputs(places, step), lambda: local_classifier(study, name, channels)
                )
            return
        with Features(files) as features:
            shape = features.shape
            yield TrainingInputs(
                FeatureInputs(features), lambda: feature_classifier(study, name, shape)
            )

    def _place_labels(self, places: PlaceFeatures, training_set: TrainingSet) -> PlaceLabels | None:
        """Each release's own: where one has no contours, none of its places is healthy either."""
        study, dataset = self._study, self._dataset
        if not study.contours.weight:
            return None
        own: Mapping[str, Image] = dataset.select(training_set.training)
        releases = [(study, dataset, own)]
        if joined := self._joined:
            theirs = replace(joined.run.study, contours=study.contours)
            releases.append((theirs, joined.dataset, joined.images))
        of_image: dict[str, PlaceLabels] = {}
        for config, release, images in releases:
            labels = ContourLabels(config, release, images, training_set.sick, places)
            of_image |= dict.fromkeys(images, labels)
        return lambda view: of_image[view.image_id](view)
