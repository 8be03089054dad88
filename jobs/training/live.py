"""Live training: every epoch sees new views, which pass the whole network."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from jobs.artifacts.layout import Root
from jobs.common.progress import Watch
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.data.training_set import TrainingSet, select_training_set
from jobs.model.base import read_base
from jobs.model.checkpoint import require_checkpoint, weights_recipe
from jobs.model.classifier import view_classifier
from jobs.model.trained import BASE
from jobs.training.distributed.replicas import Replicas
from jobs.training.inputs import TrainingInputs
from jobs.views.parameters import view_count, view_settings


class Live:
    """The training mode that makes new views in every epoch."""

    def __init__(self, root: Root, study: Study, dataset: Dataset) -> None:
        """Raises MissingInputError or DataError unless the weights are there, and intact.

        A network from scratch needs none.
        """
        scratch = study.model.from_scratch
        weights = "" if scratch else weights_recipe(study).key
        self._checkpoint = require_checkpoint(root, weights) if weights else None
        self._study, self._dataset = study, dataset
        self.inputs: Mapping[str, str] = {"weights": weights} if weights else {}
        network = {"network": study.model.network} if scratch else {"layer": study.model.layer}
        self.configuration: Mapping[str, Any] = {
            "views": view_settings(study.views),
            "pooling": study.model.pooling,
            **network,
        }
        base = {"weights": weights, "precision": study.model.precision, "engine": ""}
        self.notes: Mapping[str, Any] = {BASE: base}

    def training_set(self, model: str) -> TrainingSet:
        """The study's own images alone."""
        return select_training_set(self._study, self._dataset, model)

    @contextlib.contextmanager
    def open(
        self, training_set: TrainingSet, replicas: Replicas, watch: Watch
    ) -> Iterator[TrainingInputs]:
        """The reduced images in memory, and the function that builds the network."""
        from jobs.training.live_views import LiveViews
        from jobs.views.source_cache import CACHE

        study = self._study
        network = read_base(study, training_set.name, self._checkpoint)
        counts = {image.image_id: view_count(study, image) for image in self._dataset.images}
        source = LiveViews(study, CACHE.images(study, self._dataset, watch), counts, replicas)
        yield TrainingInputs(source, lambda: view_classifier(study, training_set.name, network))
