"""The way to train on features: each view has passed the frozen base once, for all epochs."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.common.progress import Watch
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.data.training_set import TrainingSet
from jobs.features.store import Features, features_folder, require_features
from jobs.model import tf_runtime
from jobs.model.classifier import stored_learner
from jobs.precision.plan import used_features
from jobs.training.distributed.replicas import Replicas
from jobs.training.inputs import Material
from jobs.views.parameters import View


@dataclass(frozen=True)
class StoredInputs:
    """Features as a model's inputs: the same views in every epoch, view 0 among them."""

    features: Features

    def views(self, image_ids: Sequence[str], epoch: int) -> list[View]:
        """Every view of these images."""
        return self.features.views(image_ids)

    def tensor(self, views: Sequence[View], place: int | None) -> Any:
        """(n, h, w, channels), in the dtype that they are stored in."""
        room = tf_runtime.room((len(views), *self.features.shape), self.features.dtype)
        return tf_runtime.taken_over(self.features.batch(views, room))


class StoredWay:
    """Features, required to be there."""

    def __init__(self, root: Path, study: Study, dataset: Dataset) -> None:
        """Raises MissingInputError or DataError unless the features are there, and intact."""
        recipe = used_features(root, study, dataset)
        require_features(root, recipe)
        self._study, self._dataset = study, dataset
        self._folder = features_folder(root, recipe)
        self.inputs: Mapping[str, str] = {"features": recipe.key}
        self.configuration: Mapping[str, Any] = {}

    @contextlib.contextmanager
    def opened(
        self, training_set: TrainingSet, replicas: Replicas, watch: Watch
    ) -> Iterator[Material]:
        """The features mapped, and a head that is still to be made."""
        ids = (image.image_id for image in self._dataset.images)
        with Features(self._folder, ids) as features:
            shape = features.shape
            yield Material(
                StoredInputs(features),
                lambda: stored_learner(self._study, training_set.name, shape),
            )
