"""The labels of places by the contours, for the second loss of a local head."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jobs.common.keyed_rng import rng
from jobs.common.types import Array, Floats, Tensor
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.data.training_set import TrainingSet
from jobs.features.places import PlaceFeatures
from jobs.model import tf_runtime
from jobs.model.shapes import layer_grid
from jobs.views.geometry import view_geometry
from jobs.views.parameters import View, draw_parameters
from jobs.views.places import contour_cover

_LEAST_COVER = 0.5  # of a place, by contours of one kind
_HEALTHY_PLACES = 64  # of each view that are labelled: more cost time and change nothing


@dataclass(frozen=True)
class _Labelled:
    """The labelled places of a view.

    Attributes:
        rows: (p,) int: among the view's own places.
        weight: (p,) float64, with the sum 1 where every kind has the weight 1.
    """

    rows: Array
    weight: Floats


class ContourLabels:
    """The labels of places by the contours: see `ContoursConfig`.

    The weights of a view's labelled places add up to its own, times the weights of the kinds.
    """

    def __init__(
        self, study: Study, dataset: Dataset, training_set: TrainingSet, features: PlaceFeatures
    ) -> None:
        self._study, self._dataset = study, dataset
        self._images = {image.image_id: image for image in dataset.images}
        self._sick, self._features = training_set.sick, features
        self._known: dict[View, _Labelled] = {}

    def __call__(self, views: Sequence[View], weights: Sequence[float]) -> Mapping[str, Tensor]:
        """As `LocalClassifier.loss` takes them."""
        tf = tf_runtime.start()
        lengths = self._features.lengths(views)
        first = np.cumsum(lengths) - lengths
        parts = [self._labelled(view) for view in views]
        places, sick, weight = zip(
            *(
                (
                    start + part.rows,
                    np.full(len(part.rows), self._sick[view.image_id]),
                    own * part.weight,
                )
                for start, part, own, view in zip(first, parts, weights, views, strict=True)
            ),
            strict=True,
        )
        return {
            "places": tf.constant(np.concatenate(places), tf.int32),
            "place_sick": tf.constant(np.concatenate(sick), tf.float32),
            "place_weight": tf.constant(np.concatenate(weight), tf.float32),
        }

    def _labelled(self, view: View) -> _Labelled:
        if view not in self._known:
            find = self._inside_contours if self._sick[view.image_id] else self._healthy
            self._known[view] = find(view)
        return self._known[view]

    def _healthy(self, view: View) -> _Labelled:
        """Some places of a healthy image, evenly drawn."""
        count = int(self._features.lengths([view])[0])
        draw = rng(self._study.seed, "healthy places", view.image_id, view.number)
        rows = np.sort(draw.permutation(count)[:_HEALTHY_PLACES])
        return _Labelled(rows, np.full(len(rows), 1 / len(rows)))

    def _inside_contours(self, view: View) -> _Labelled:
        """The places inside the contours of a sick image; none where it has no contour."""
        image = self._images[view.image_id]
        places = self._features.places[view.image_id]
        config = self._study.views
        drawn = draw_parameters(self._study.seed, view.image_id, view.number, config)
        geometry = view_geometry(places.region, drawn, config)
        grid = layer_grid(geometry.size, self._study.model.layer)
        weights = np.zeros(grid.shape)
        for kind, cover in contour_cover(geometry, grid, self._dataset.contours(image)).items():
            weight = self._study.contours.of_kind(kind)
            weights = np.maximum(weights, weight * (cover >= _cover(cover)))
        rows, columns = places.grid_of(view.number).T
        own = weights[rows, columns]
        inside = np.flatnonzero(own)
        return _Labelled(inside, own[inside] / max(1, len(inside)))


def _cover(cover: Array) -> float:
    """How much of a place must lie in a finding: half, but of a small finding as much as is there.

    A finding that half covers no place marks those that it covers most.
    """
    return min(_LEAST_COVER, float(cover.max()))
