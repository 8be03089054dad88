"""The labels of places by the contours, for the second loss of a local head."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from jobs.common.keyed_rng import rng
from jobs.common.types import Array, Bools, Floats
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image
from jobs.features.places import PlaceFeatures
from jobs.model.shapes import layer_grid
from jobs.views.geometry import view_geometry
from jobs.views.parameters import View, draw_parameters
from jobs.views.places import contour_cover

_LEAST_COVER = 0.5  # of a place, by a contour
_HEALTHY_PLACES = 64  # labelled of each view; the image's own loss takes the highest, too


@dataclass(frozen=True)
class LabelledPlaces:
    """The places of a view that have a label of their own.

    Attributes:
        rows: (p,) int: among the view's own places.
        sick: the label of all.
        weight: (p,) float64, with the sum 1 where every kind has the weight 1.
    """

    rows: Array
    sick: bool
    weight: Floats


PlaceLabels: TypeAlias = Callable[[View], LabelledPlaces]
"""What says which places of a view have a label."""


class ContourLabels:
    """The labels of places by the contours of one release: see `ContoursConfig`."""

    def __init__(
        self,
        study: Study,
        dataset: Dataset,
        images: Mapping[str, Image],
        sick: Mapping[str, bool],
        features: PlaceFeatures,
    ) -> None:
        """Of the training images of a dataset.

        Args:
            study: by which the dataset's views are made, and its contours weighted.
            images: by the id that views and features have.
            sick: their labels, by the same id.
        """
        self._study, self._dataset, self._images = study, dataset, images
        self._sick, self._features = sick, features
        self._known: dict[View, LabelledPlaces] = {}
        self._marked = any(
            dataset.contours(image) for image_id, image in images.items() if sick[image_id]
        )

    def __call__(self, view: View) -> LabelledPlaces:
        """The labelled places of a view."""
        if view not in self._known:
            find = self._inside_contours if self._sick[view.image_id] else self._healthy
            self._known[view] = find(view)
        return self._known[view]

    def _healthy(self, view: View) -> LabelledPlaces:
        """Some places of a healthy image, evenly drawn; none if no sick image has a contour.

        Alone they would say that every place is healthy.
        """
        count = int(self._features.lengths([view])[0]) if self._marked else 0
        image_id = self._images[view.image_id].image_id
        draw = rng(self._study.seed, "healthy places", image_id, view.number)
        rows = np.sort(draw.permutation(count)[:_HEALTHY_PLACES])
        return LabelledPlaces(rows, False, np.full(len(rows), 1 / max(1, len(rows))))

    def _inside_contours(self, view: View) -> LabelledPlaces:
        """The places inside the contours of a sick image; none where it has no contour."""
        image = self._images[view.image_id]
        places = self._features.places[view.image_id]
        config = self._study.views
        drawn = draw_parameters(self._study.seed, image.image_id, view.number, config)
        geometry = view_geometry(places.region, drawn, config)
        grid = layer_grid(geometry.size, self._study.model.layer)
        weights = np.zeros(grid.shape)
        for contour in self._dataset.contours(image):
            (cover,) = contour_cover(geometry, grid, [contour]).values()
            weight = self._study.contours.of_kind(contour.kind)
            weights = np.maximum(weights, weight * _covered(cover))
        rows, columns = places.grid_of(view.number).T
        own = weights[rows, columns]
        inside = np.flatnonzero(own)
        return LabelledPlaces(inside, True, own[inside] / max(1, len(inside)))


def _covered(cover: Array) -> Bools:
    """The places that lie in a finding: half of each, or the most that any has of a small one.

    Of a finding that the view cuts off there is none.
    """
    return (cover > 0) & (cover >= min(_LEAST_COVER, cover.max()))
