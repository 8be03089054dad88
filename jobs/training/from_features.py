"""Training on stored features, which were made once for all epochs."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import require
from jobs.common.progress import Watch
from jobs.common.types import Tensor
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.data.training_set import TrainingSet
from jobs.features.places import PlaceFeatures, PlaceSource
from jobs.features.store import Features, resolve_features
from jobs.model import tf_runtime
from jobs.model.classifier import feature_classifier
from jobs.model.local_classifier import local_classifier
from jobs.training.contour_labels import ContourLabels
from jobs.training.distributed.replicas import Replicas
from jobs.training.inputs import PlaceLabels, TrainingInputs, no_place_labels
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


@dataclass(frozen=True)
class PlaceInputs:
    """Features of the places inside the breast as a model's inputs: the same views each epoch."""

    features: PlaceFeatures

    def views(self, image_ids: Sequence[str], epoch: int) -> list[View]:
        """Every view of these images."""
        return self.features.views(image_ids)

    def load(self, views: Sequence[View], replica: int | None) -> tuple[Tensor, Tensor]:
        """The places' features, (rows, channels), and how many each view has, (n,) int32."""
        return load_places(self.features, views)


def load_places(features: PlaceSource, views: Sequence[View]) -> tuple[Tensor, Tensor]:
    """The features of some views' places, (rows, channels), and how many each has, (n,) int32."""
    lengths = features.lengths(views)
    room = tf_runtime.aligned_array((int(lengths.sum()), features.channels), features.dtype)
    rows = tf_runtime.adopt(features.batch(views, room))
    return rows, tf_runtime.tensor(lengths)


class FromFeatures:
    """The training mode that reads stored features."""

    def __init__(self, root: Root, study: Study, dataset: Dataset) -> None:
        """Raises MissingInputError or DataError unless the features are there, and intact."""
        used = resolve_features(root, study, dataset)
        require(used.location)
        self._study, self._dataset, self._folder = study, dataset, used.location.folder
        self.inputs: Mapping[str, str] = {"features": used.recipe.key}
        self.configuration: Mapping[str, Any] = {}
        self.base: Mapping[str, str] = asdict(used.source)

    @contextlib.contextmanager
    def open(
        self, training_set: TrainingSet, replicas: Replicas, watch: Watch
    ) -> Iterator[TrainingInputs]:
        """The mapped features, and the function that builds the head."""
        ids = [image.image_id for image in self._dataset.images]
        study, name = self._study, training_set.name
        if study.head.kind == "local":
            with PlaceFeatures(self._folder, ids) as places:
                channels = places.channels
                yield TrainingInputs(
                    PlaceInputs(places),
                    lambda: local_classifier(study, name, channels),
                    self._place_labels(places, training_set),
                )
            return
        with Features(self._folder, ids) as features:
            shape = features.shape
            yield TrainingInputs(
                FeatureInputs(features), lambda: feature_classifier(study, name, shape)
            )

    def _place_labels(self, places: PlaceFeatures, training_set: TrainingSet) -> PlaceLabels:
        if not self._study.contours.weight:
            return no_place_labels
        return ContourLabels(self._study, self._dataset, training_set, places)
