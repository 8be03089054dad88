"""The way to train live: every epoch sees new views, which pass the whole network."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jobs.artifacts.publish import require
from jobs.common.progress import Watch
from jobs.config.study import Study, plain
from jobs.data.dataset import Dataset
from jobs.data.training_set import TrainingSet
from jobs.model.checkpoint import FILE, weights_folder, weights_recipe
from jobs.model.classifier import live_learner
from jobs.model.inception_v3 import read_network
from jobs.training.distributed.replicas import Replicas
from jobs.training.inputs import Material
from jobs.views.parameters import view_count


class LiveWay:
    """Images and a checkpoint, required to be there."""

    def __init__(self, root: Path, study: Study, dataset: Dataset) -> None:
        """Raises MissingInputError or DataError unless the weights are there, and intact."""
        recipe = weights_recipe(study)
        folder = weights_folder(root, recipe)
        require(folder, f"mammo weights --root {root} --config STUDY_YAML")
        self._study, self._dataset, self._checkpoint = study, dataset, folder / FILE
        self.inputs: Mapping[str, str] = {"weights": recipe.key}
        self.configuration: Mapping[str, Any] = {
            "views": plain(study.views),
            "layer": study.model.layer,
            "pooling": study.model.pooling,
        }

    @contextlib.contextmanager
    def opened(
        self, training_set: TrainingSet, replicas: Replicas, watch: Watch
    ) -> Iterator[Material]:
        """The sources of all images in memory, and a network that is still to be made."""
        from jobs.training.live_views import LiveInputs
        from jobs.views.source_cache import CACHE

        study = self._study
        network = read_network(self._checkpoint, study.model.layer)
        counts = {image.image_id: view_count(study, image) for image in self._dataset.images}
        inputs = LiveInputs(study, CACHE.images(study, self._dataset, watch), counts, replicas)
        yield Material(inputs, lambda: live_learner(study, training_set.name, network))
