"""Where a point of an image lies in one of its views, and back.

A point is (x, y) in pixels, x to the right and y down, from the corner of the image or view: the
centre of its first pixel is (0.5, 0.5), as in DICOM PS3.3 C.10.5.1.2, in `mammo_tfds`'s contours,
and in DALI's resizing, whose regions start and end at pixels' edges.
"""

from dataclasses import dataclass

import numpy as np

from jobs.common.types import Floats
from jobs.config.sections import ViewsConfig
from jobs.views import elastic
from jobs.views.breast import Box
from jobs.views.frame import fit, framed
from jobs.views.parameters import ViewParameters


@dataclass(frozen=True)
class Placement:
    """Which part of a reduced image a view shows, and where in the view.

    Attributes:
        start: (row, column) at which the part starts, in the reduced image's pixels.
        end: (row, column) at which it ends.
        size: (rows, columns) that it has in the view.
        frame: (rows, columns) of the view.
        anchor: (row, column) of the view's corner, from the part's; below 0 where black is added.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    size: tuple[int, int]
    frame: tuple[int, int]
    anchor: tuple[int, int]


def reduced_shape(shape: tuple[int, int], config: ViewsConfig) -> tuple[int, int]:
    """(rows, columns) of a region once it is reduced: enough to fill a view at any crop.

    Args:
        shape: (rows, columns) of the region, in the image's pixels.
        config: the views' size and largest crop.
    """
    scale = fit(shape, config.size)[0] / (1 - 2 * config.crop)
    rows, columns = shape if scale >= 1 else (max(1, round(side * scale)) for side in shape)
    return rows, columns


def place(
    shape: tuple[int, int], crop: tuple[float, float, float, float], config: ViewsConfig
) -> Placement:
    """The placement of a reduced image of `shape` (rows, columns) in a view with this crop."""
    top, left, bottom, right = crop
    # As DALI takes them, since the size is rounded from them.
    start = np.array([top * shape[0], left * shape[1]], np.float32)
    end = np.array([(1 - bottom) * shape[0], (1 - right) * shape[1]], np.float32)
    frame = framed(config, shape).size
    _, (height, width) = fit(tuple(end - start), frame)
    anchor = (height - frame[0]) // 2, (width - frame[1]) // 2
    return Placement(tuple(start.tolist()), tuple(end.tolist()), (height, width), frame, anchor)


@dataclass(frozen=True)
class ViewGeometry:
    """The map between an image's pixels and those of one of its views.

    Attributes:
        size: (rows, columns) of the view.
        region: the part of the image that the view is made of.
        matrix: (2, 3) float64: (x, y, 1) in the image -> (x, y) in the view, once the region is
            mirrored, if it is, and deformed.
        elastic: how it is, see `ViewParameters`; None if it is not.

    Examples:
        >>> import numpy as np
        >>> from jobs.config import ViewsConfig
        >>> from jobs.views import Box, draw_parameters, view_geometry
        >>> config = ViewsConfig(size=(400, 400))
        >>> untouched = draw_parameters(20, "20586908", 0, config)
        >>> geometry = view_geometry(Box(100, 0, 900, 600), untouched, config)
        >>> geometry.to_view(np.array([[0.0, 100.0], [600.0, 900.0]])).tolist()
        [[50.0, 0.0], [350.0, 400.0]]
    """

    size: tuple[int, int]
    region: Box
    matrix: Floats
    elastic: Floats | None

    @property
    def zoom(self) -> float:
        """How many of the view's pixels one of the image's is wide, and high."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))

    def to_view(self, points: Floats) -> Floats:
        """Points of the image, (n, 2) as (x, y), in the view; outside of it, too."""
        points = self._mirror(points)
        if self.elastic is not None:
            points = self._pixels(elastic.undo(self.elastic, self._shares(points)))
        return points @ self.matrix[:, :2].T + self.matrix[:, 2]

    def to_image(self, points: Floats) -> Floats:
        """Points of the view, (n, 2) as (x, y), in the image; outside of it, too."""
        deformed = (points - self.matrix[:, 2]) @ np.linalg.inv(self.matrix[:, :2]).T
        if self.elastic is None:
            return self._mirror(deformed)
        shares = self._shares(deformed)
        return self._mirror(self._pixels(shares + elastic.displacements(self.elastic, shares)))

    def _mirror(self, points: Floats) -> Floats:
        """The points with left and right of the region exchanged, if they are in the view."""
        if not self.region.mirrored:
            return points
        return np.array([self.region.left + self.region.right, 0]) + points * np.array([-1, 1])

    def _shares(self, points: Floats) -> Floats:
        return (points - (self.region.left, self.region.top)) / self.region.shape[::-1]

    def _pixels(self, shares: Floats) -> Floats:
        return shares * self.region.shape[::-1] + (self.region.left, self.region.top)


def view_geometry(region: Box, parameters: ViewParameters, config: ViewsConfig) -> ViewGeometry:
    """The geometry of one view.

    Args:
        region: the part of the image that its views are made of, see `ReducedImage`.
        parameters: what is done to the image to make the view.
        config: what they were drawn from.

    Examples:
        >>> from jobs.config import ViewsConfig
        >>> from jobs.views import Box, draw_parameters, view_geometry
        >>> config = ViewsConfig(size=(400, 400))
        >>> untouched = draw_parameters(20, "20586908", 0, config)
        >>> view_geometry(Box(100, 0, 900, 600), untouched, config).zoom
        0.5
    """
    shape = reduced_shape(region.shape, config)
    placed = place(shape, parameters.crop, config)
    part = np.subtract(placed.end, placed.start)
    scale = np.array(placed.size) / part * shape / region.shape
    # The region's corner is as far before the part's as the crop cuts off.
    corner = -np.array(placed.start) * placed.size / part - placed.anchor
    shift = corner - scale * (region.top, region.left)
    (scale_y, scale_x), (y, x) = scale.tolist(), shift.tolist()
    if parameters.flip:  # before black is added at both sides, whose widths may differ by a pixel
        scale_x, x = -scale_x, placed.size[1] - 2 * placed.anchor[1] - x
    matrix = np.array([[scale_x, 0, x], [0, scale_y, y], [0, 0, 1]])
    turned = np.linalg.solve(rotation_matrix(parameters.rotation, placed.frame), matrix)
    return ViewGeometry(placed.frame, region, turned[:2], parameters.elastic)


def rotation_matrix(degrees: float, size: tuple[int, int]) -> Floats:
    """(3, 3): (x, y, 1) of a turned view -> of the view before; turned to the left, if above 0."""
    angle = np.deg2rad(degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    to_centre, back = np.eye(3), np.eye(3)
    back[:2, 2] = size[1] / 2, size[0] / 2
    to_centre[:2, 2] = -back[:2, 2]
    return back @ turn @ to_centre
