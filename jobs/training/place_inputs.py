"""The places inside the breast as a local head's inputs: all to predict, a sample to train."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from jobs.common.keyed_rng import rng
from jobs.common.types import Array, Tensor
from jobs.features.places import PlaceFeatures, PlaceSource
from jobs.model import tf_runtime
from jobs.training.contour_labels import LabelledPlaces, PlaceLabels
from jobs.views.parameters import View


class LoadedStep(NamedTuple):
    """What a training step reads of some views.

    Attributes:
        rows: (r, channels): the features of the places that are looked at, view after view, and
            after all of these, view after view, of the places that have a label of their own.
        lengths: (n,) int32: how many places of each view are looked at.
        labelled: of each view.
    """

    rows: Tensor
    lengths: Tensor
    labelled: Sequence[LabelledPlaces]


def load_places(features: PlaceSource, views: Sequence[View]) -> tuple[Tensor, Tensor]:
    """The features of all places of some views: (rows, channels), and how many each has, (n,)."""
    parts = [features.features_of(view) for view in views]
    room = _room(features, sum(map(len, parts)))
    np.concatenate(parts, out=room)
    return tf_runtime.adopt(room), tf_runtime.tensor(features.lengths(views))


@dataclass(frozen=True)
class StepLoader:
    """Loads what a training step reads, a function of (seed, view, epoch) alone.

    Attributes:
        sample: the share of a view's places that is looked at: see `HeadConfig`.
        labels: of the places inside contours; None where nothing is learnt of them.
    """

    seed: int
    features: PlaceSource
    sample: float
    labels: PlaceLabels | None = None

    def load(self, views: Sequence[View], epoch: int) -> LoadedStep:
        """Of some views, in an epoch from 1 on."""
        sampled = [self._sample(view, epoch) for view in views]
        labelled = [self.labels(view) for view in views] if self.labels else []
        picked = [*zip(views, sampled, strict=True)]
        picked += [(view, own.rows) for view, own in zip(views, labelled, strict=False)]
        room = _room(self.features, sum(len(rows) for _, rows in picked))
        first = 0
        for view, rows in picked:
            last = first + len(rows)
            features = self.features.features_of(view)
            if len(rows) == len(features):
                room[first:last] = features
            else:  # clip, which changes nothing here, spares numpy a copy
                np.take(features, rows, axis=0, out=room[first:last], mode="clip")
            first = last
        lengths = np.array([len(rows) for rows in sampled], np.int32)
        return LoadedStep(tf_runtime.adopt(room), tf_runtime.tensor(lengths), labelled)

    def _sample(self, view: View, epoch: int) -> Array:
        """The places that are looked at, in order, by their numbers in the view."""
        (length,) = self.features.lengths([view]).tolist()
        count = max(1, round(self.sample * length))
        if count == length:
            return np.arange(length)
        draw = rng(self.seed, "places looked at", view.image_id, view.number, epoch)
        return np.sort(draw.permutation(length)[:count])


@dataclass(frozen=True)
class PlaceInputs:
    """Features of the places inside the breast as a model's inputs: the same views each epoch."""

    features: PlaceFeatures
    step: StepLoader

    def views(self, image_ids: Sequence[str], epoch: int) -> list[View]:
        """Every view of these images."""
        return self.features.views(image_ids)

    def load(self, views: Sequence[View], replica: int | None) -> tuple[Tensor, Tensor]:
        """The places' features, (rows, channels), and how many each view has, (n,) int32."""
        return load_places(self.features, views)

    def load_step(
        self, views: Sequence[View], weights: Sequence[float], epoch: int, replica: int
    ) -> tuple[tuple[Tensor, Tensor], Mapping[str, Tensor]]:
        """As `LoadedStep` has them; and the labelled places' labels, as the loss takes them.

        Their weights add up to the view's own, times the weights of the contours' kinds.
        """
        loaded = self.step.load(views, epoch)
        constant = tf_runtime.start().constant
        inputs = loaded.rows, loaded.lengths
        if not self.step.labels:
            return inputs, {}
        sick = [np.full(len(own.rows), own.sick) for own in loaded.labelled]
        weight = [each * own.weight for each, own in zip(weights, loaded.labelled, strict=True)]
        return inputs, {
            "place_sick": constant(np.concatenate(sick), "float32"),
            "place_weight": constant(np.concatenate(weight), "float32"),
        }


def _room(features: PlaceSource, rows: int) -> Array:
    return tf_runtime.aligned_array((rows, features.channels), features.dtype)
