"""What lies at the places of a layer, in one view: how much of each is breast, how much a finding.

A place stands for the square of `stride` x `stride` pixels of the view around its centre, see
`jobs.model.shapes.Grid`.
"""

import math
from collections.abc import Collection, Mapping

import numpy as np

from jobs.common.types import Array, Bools, Floats
from jobs.data.dataset import Contour
from jobs.model.shapes import Grid
from jobs.views.geometry import ViewGeometry
from mammo_tfds.release.contours import DISC_RADIUS, fill_polygon

_PARTS = 4  # a place's side has so many parts, each of which is inside a contour or not
_DISC = ((0.0, 1), (0.5, 8), (1.0, 16))  # shares of the radius, and how many points lie there


def breast_cover(geometry: ViewGeometry, grid: Grid, mask: Bools, cell: int) -> Array:
    """The share of each place that is breast.

    Args:
        geometry: the view's.
        grid: the layer's, in a view of that size.
        mask: (rows, columns) bool, the breast's coarse mask, see `ReducedImage`.
        cell: the side of its cells, in the image's pixels.

    Returns:
        (h, w) float32, from 0 to 1.

    Examples:
        >>> import numpy as np
        >>> from jobs.config import ViewsConfig
        >>> from jobs.model.shapes import layer_grid
        >>> from jobs.views import ImageReducer, breast_cover, draw_parameters, view_geometry
        >>> image = np.zeros((400, 400), np.uint16)
        >>> image[:, 210:] = 2000
        >>> config = ViewsConfig(size=(75, 75), region="image", crop=0.0)
        >>> reduced = ImageReducer(config).reduce(image)
        >>> geometry = view_geometry(reduced.box, draw_parameters(20, "7", 0, config), config)
        >>> grid = layer_grid(geometry.size, "mixed3")
        >>> (breast_cover(geometry, grid, reduced.mask, reduced.cell) >= 0.5).tolist()
        [[False, False, True], [False, False, True], [False, False, True]]
    """
    # As fine as the mask: a sample for each of its cells.
    parts = math.ceil(grid.stride / geometry.zoom / cell)
    y, x = (
        grid.offset + grid.stride * ((np.arange(count * parts) + 0.5) / parts - 0.5)
        for count in grid.shape
    )
    points = np.stack(np.broadcast_arrays(x, y[:, np.newaxis]), axis=-1)
    columns, rows = np.floor(geometry.to_image(points.reshape(-1, 2)) / cell).astype(int).T
    return _means(_look_up(mask, rows, columns).reshape(points.shape[:2]), grid.shape)


def contour_cover(
    geometry: ViewGeometry, grid: Grid, contours: Collection[Contour]
) -> Mapping[str, Array]:
    """The share of each place that is inside contours.

    Each sixteenth of a place counts if its centre is inside a contour, or if one of the contour's
    points lies in it, so that a finding smaller than that still marks the place that it is in.
    A contour of one or two points is a disc around each of them, as in `mammo_tfds.mask`.

    Args:
        geometry: the view's.
        grid: the layer's, in a view of that size.
        contours: of the image, in its own pixels.

    Returns:
        By the contours' kinds: (h, w) float32, from 0 to 1.

    Examples:
        >>> from jobs.config import ViewsConfig
        >>> from jobs.model.shapes import layer_grid
        >>> from jobs.views import Box, contour_cover, draw_parameters, view_geometry
        >>> config = ViewsConfig(size=(75, 75))
        >>> untouched = draw_parameters(20, "7", 0, config)
        >>> geometry = view_geometry(Box(0, 0, 750, 750), untouched, config)
        >>> mass = Contour("mass", "Mass", ((0.0, 0.0), (750.0, 0.0), (750.0, 375.0), (0.0, 375.0)))
        >>> contour_cover(geometry, layer_grid(geometry.size, "mixed3"), [mass])["mass"].shape
        (3, 3)
    """
    shape = tuple(_PARTS * count for count in grid.shape)
    edge = grid.offset - grid.stride / 2
    covered: dict[str, Bools] = {}
    for contour in contours:
        parts = covered.setdefault(contour.kind, np.zeros(shape, bool))
        points = np.asarray(contour.points, np.float64)
        area = len(points) > 2
        points = (geometry.to_view(points if area else _discs(points)) - edge) / grid.stride
        columns, rows = np.floor(points * _PARTS).clip(-1, max(shape)).astype(int).T
        seen = _inside(parts, rows, columns)
        parts[rows[seen], columns[seen]] = True
        if area:
            fill_polygon(parts, points * _PARTS)
    return {kind: _means(parts, grid.shape) for kind, parts in covered.items()}


def _discs(points: Floats) -> Floats:
    """Points all over a disc around each of some points: (n, 2) -> (25 n, 2)."""
    around = [
        (share * math.sin(angle), share * math.cos(angle))
        for share, count in _DISC
        for angle in np.linspace(0, 2 * math.pi, count, endpoint=False).tolist()
    ]
    return (points[:, np.newaxis] + DISC_RADIUS * np.array(around)).reshape(-1, 2)


def _look_up(mask: Bools, rows: Array, columns: Array) -> Bools:
    """The mask's cells at some places; outside of it, none is breast."""
    seen = _inside(mask, rows, columns)
    found = np.zeros(len(rows), bool)
    found[seen] = mask[rows[seen], columns[seen]]
    return found


def _inside(array: Array, rows: Array, columns: Array) -> Bools:
    height, width = array.shape
    return (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)


def _means(parts: Bools, shape: tuple[int, int]) -> Array:
    """The share of each place's parts that are True: (h, w) float32."""
    (rows, columns), (height, width) = parts.shape, shape
    blocks = parts.reshape(height, rows // height, width, columns // width)
    return blocks.mean(axis=(1, 3), dtype=np.float32)
