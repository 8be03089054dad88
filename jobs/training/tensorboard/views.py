"""Pictures of the views that a model is trained on."""

from collections.abc import Mapping, Sequence

import numpy as np

from jobs.common import resources
from jobs.common.types import Array
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.data.training_set import TrainingSet
from jobs.views.dali import ViewMaker
from jobs.views.frame import framed
from jobs.views.parameters import draw_parameters
from jobs.views.source import ImageReducer

_IMAGES, _VIEWS = 2, 4  # of each label; of each image


def picture_views(study: Study, dataset: Dataset, training_set: TrainingSet) -> Mapping[str, Array]:
    """The first views of the first images of each label: an image a row, untouched on the left.

    Returns:
        By label, healthy and sick: (rows, columns) float32 in [-1, 1].
    """
    by_label = {
        label: [one for one in training_set.training if training_set.sick[one] == sick]
        for label, sick in (("healthy", False), ("sick", True))
    }
    rows = _Rows(study, dataset)
    return {label: rows.stack(ids[:_IMAGES]) for label, ids in by_label.items()}


class _Rows:
    """Makes the rows of a picture."""

    def __init__(self, study: Study, dataset: Dataset) -> None:
        self._study, self._dataset = study, dataset
        self._images = {image.image_id: image for image in dataset.images}
        self._reducer = ImageReducer(study.views)
        self._maker = ViewMaker(study.views, _VIEWS, resources.thread_count())

    def stack(self, image_ids: Sequence[str]) -> Array:
        """Each image's views side by side, one image below the other."""
        rows = [self._row(one) for one in image_ids]
        widest = max(row.shape[1] for row in rows)
        black = [((0, 0), (0, widest - row.shape[1])) for row in rows]
        padded = [
            np.pad(row, pad, constant_values=-1) for row, pad in zip(rows, black, strict=True)
        ]
        return np.concatenate(padded)

    def _row(self, image_id: str) -> Array:
        reduced = self._reducer.reduce(self._dataset.pixels(self._images[image_id]))
        own = framed(self._study.views, reduced.pixels.shape[:2])
        drawn = [
            draw_parameters(self._study.seed, image_id, number, own) for number in range(_VIEWS)
        ]
        return np.concatenate(self._maker.make_array(reduced, drawn)[..., 0], axis=1)
