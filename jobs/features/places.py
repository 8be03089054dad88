"""Features of the places inside the breast alone, for a head that keeps locality.

Each image has two files: `<id>.npy`, (places, channels), of all its views one after another, and
`<id>.places.npz`, which says where they are.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from jobs.common.atomic_write import write_atomically
from jobs.common.types import Array, Bools
from jobs.config.sections import Layer
from jobs.features.store import MappedFeatures
from jobs.model.shapes import layer_grid
from jobs.views.breast import Box
from jobs.views.geometry import ViewGeometry
from jobs.views.parameters import View
from jobs.views.places import breast_cover

if TYPE_CHECKING:
    from jobs.views.source import ReducedImage

_LEAST_COVER = 0.5


@dataclass(frozen=True)
class Places:
    """Where the rows of an image's features are.

    Attributes:
        grid: (n, 3) int16: the view's number, and the row and column in the layer's grid, in the
            order of the features.
        region: what the views are made from, in the image's pixels.
    """

    grid: Array
    region: Box

    def rows_of(self, view: int) -> slice:
        """The rows of one view's features."""
        first, last = np.searchsorted(self.grid[:, 0], (view, view + 1)).tolist()
        return slice(first, last)

    def grid_of(self, view: int) -> Array:
        """(rows, 2) int16: the places of one view: row and column in the layer's grid."""
        return self.grid[self.rows_of(view), 1:]

    @property
    def views(self) -> int:
        """How many views the image has."""
        return int(self.grid[-1, 0]) + 1


def places_file(features: Path) -> Path:
    """The file that says where the features of an image's file are."""
    return features.with_suffix(".places.npz")


def inside_breast(image: "ReducedImage", geometry: ViewGeometry, layer: Layer) -> Bools:
    """The places of a layer, in one view, that are half breast or more; all, if none is.

    Returns:
        (h, w) bool.
    """
    grid = layer_grid(geometry.size, layer)
    inside = breast_cover(geometry, grid, image.mask, image.cell) >= _LEAST_COVER
    return inside if inside.any() else np.ones_like(inside)


def save_places(path: Path, image: "ReducedImage", inside: Sequence[Bools]) -> None:
    """Writes where the features of an image's views are, view after view.

    The region is its corners, and a 1 if it is mirrored.
    """
    grid = [np.insert(np.argwhere(each), 0, number, axis=1) for number, each in enumerate(inside)]
    *corners, mirrored = astuple(image.box)
    content = io.BytesIO()
    np.savez(
        content,
        grid=np.concatenate(grid).astype(np.int16),
        region=np.array([*corners, 1] if mirrored else corners, np.int32),
    )
    write_atomically(path, content.getvalue())


def read_places(path: Path) -> Places:
    """What `save_places` wrote."""
    with np.load(path, allow_pickle=False) as saved:
        top, left, bottom, right, *mirrored = saved["region"].tolist()
        return Places(saved["grid"], Box(top, left, bottom, right, bool(mirrored)))


class PlaceSource(Protocol):
    """Features of the places of some views, wherever they come from: see `PlaceFeatures`."""

    @property
    def channels(self) -> int: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...
    def views(self, image_ids: Iterable[str]) -> list[View]: ...
    def lengths(self, views: Sequence[View]) -> Array: ...
    def features_of(self, view: View) -> Array: ...


class PlaceFeatures(MappedFeatures):
    """The features inside the breast: a file has (places, channels), of all views of an image.

    Attributes:
        places: by image id, where the features are.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        super().__init__(files)
        self.places: Mapping[str, Places] = {
            image_id: read_places(places_file(path)) for image_id, path in files.items()
        }

    @property
    def channels(self) -> int:
        """Of the base's output."""
        return int(next(iter(self._maps.values())).shape[1])

    def _count_views(self, image_id: str) -> int:
        return self.places[image_id].views

    def lengths(self, views: Sequence[View]) -> Array:
        """How many places each view has: (n,) int32."""
        slices = (self.places[view.image_id].rows_of(view.number) for view in views)
        return np.array([rows.stop - rows.start for rows in slices], np.int32)

    def features_of(self, view: View) -> Array:
        """Of a view's places, uncopied: (places, channels), of `dtype`."""
        return self._maps[view.image_id][self.places[view.image_id].rows_of(view.number)]
