"""Patches as cases: single places of the base's output, each with a label of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from jobs.common.types import Array, Bools
from jobs.data.dataset import Dataset
from jobs.features.places import PlaceSource
from jobs.training.contour_labels import ContourLabels
from jobs.views.parameters import View

_PER_IMAGE = 16


@dataclass(frozen=True)
class Patches:
    """Places as the images of a local head: each has one row of features.

    Attributes:
        rows: (n, channels), of the dtype that features are stored in.
        sick: (n,)
        patient: (n,) strings.
    """

    rows: Array
    sick: Bools
    patient: Array

    @property
    def channels(self) -> int:
        """Of the base's output."""
        return int(self.rows.shape[1])

    @property
    def dtype(self) -> np.dtype:
        """The dtype that they are stored in."""
        return self.rows.dtype

    def views(self, ids: Iterable[str]) -> list[View]:
        """A view for each patch; its id is the patch's number."""
        return [View(one, 0) for one in ids]

    def lengths(self, views: Sequence[View]) -> Array:
        """One row each."""
        return np.ones(len(views), np.int32)

    def features_of(self, view: View) -> Array:
        """Its row: (1, channels)."""
        return self.rows[int(view.image_id)][None]


def cut_patches(
    dataset: Dataset, image_ids: Sequence[str], features: PlaceSource, labels: ContourLabels
) -> Patches:
    """Of each sick image, places inside its contours; of each healthy one, places drawn evenly.

    At most 16 of an image, of its untouched view.
    """
    patient = {image.image_id: image.patient for image in dataset.images}
    rows, sick, patients = [], [], []
    for image_id in image_ids:
        found = labels(View(image_id, 0))
        places = found.rows[:_PER_IMAGE]
        rows.append(features.features_of(View(image_id, 0))[places])
        sick.append(np.full(len(places), found.sick))
        patients.append([patient[image_id]] * len(places))
    return Patches(np.concatenate(rows), np.concatenate(sick), np.concatenate(patients))
