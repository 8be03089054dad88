"""The way to train live: every epoch sees new views, which pass the whole network."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs import machine, tf_runtime
from jobs.artifacts import require
from jobs.checkpoint import FILE, weights_folder, weights_recipe
from jobs.config import Study, plain
from jobs.dataset import Dataset
from jobs.features import View, view_count
from jobs.learner import live_learner
from jobs.lesson import Lesson
from jobs.network import read_network
from jobs.node_sources import node_sources
from jobs.progress import Watch
from jobs.replicas import Replicas
from jobs.sources import Source
from jobs.views import ViewMaker, draw_parameters
from jobs.way import Material


class LiveInputs:
    """Views as a model's inputs, made as they are asked for.

    An image has as many views in each epoch as stored features have in all, and no view comes
    twice. View 0, the untouched image, is predicted and never trained on.
    """

    def __init__(
        self,
        study: Study,
        sources: Mapping[str, Source],
        counts: Mapping[str, int],
        replicas: Replicas,
    ) -> None:
        """`counts` are the views of each image in an epoch."""
        self._study, self._sources, self._counts = study, sources, counts
        places = len(replicas.here)
        batch = -(-study.train.batch // replicas.count)
        threads = -(-machine.thread_count() // places)
        with_gpu = tf_runtime.gpu() is not None
        self._makers = {
            place: ViewMaker(study.views, batch, threads, (place or 0) if with_gpu else None)
            for place in (*range(places), None)
        }

    def views(self, image_ids: Sequence[str], epoch: int) -> list[View]:
        """New views of these images."""
        return [
            View(image_id, 1 + (epoch - 1) * self._counts[image_id] + number)
            for image_id in image_ids
            for number in range(self._counts[image_id])
        ]

    def tensor(self, views: Sequence[View], place: int | None) -> Any:
        """(n, rows, columns, 1) float32 in [-1, 1], as DALI made them: uncopied."""
        seed, config = self._study.seed, self._study.views
        made = self._makers[place].tensor(
            [self._sources[view.image_id] for view in views],
            [draw_parameters(seed, view.image_id, view.number, config) for view in views],
        )
        return tf_runtime.tensor(made)


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
    def opened(self, lesson: Lesson, replicas: Replicas, watch: Watch) -> Iterator[Material]:
        """The sources of all images in memory, and a network that is still to be made."""
        study = self._study
        network = read_network(self._checkpoint, study.model.layer)
        counts = {image.image_id: view_count(study, image) for image in self._dataset.images}
        inputs = LiveInputs(study, node_sources(study, self._dataset, watch), counts, replicas)
        yield Material(inputs, lambda: live_learner(study, lesson.name, network))
