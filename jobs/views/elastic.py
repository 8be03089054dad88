"""Smooth random displacements of a region: uniform cubic B-splines over it.

Positions and displacements are shares of the region's width and height, so that a displacement is
the same for every region. Source: Rueckert et al., IEEE Trans. Med. Imaging 18 (1999) 712.
"""

import numpy as np

from jobs.common.types import Array, Floats

_INTERVALS = 4  # of the control points, along each side of the region
CONTROL_POINTS = (2, _INTERVALS + 3, _INTERVALS + 3)
"""The shape of a displacement: (x or y, rows, columns) of its control points."""

# A spline of values up to d changes by at most 2 d from a control point to the next, which is 8 d a
# unit, and 16 d with x and y together: below 1, which views.elastic is limited to, nothing folds.
_CLOSE = 1e-9  # shares of a side; a millionth of a pixel


def displacements(control: Floats, points: Floats) -> Floats:
    """How far each point of the region is from the one that is shown there.

    Args:
        control: CONTROL_POINTS of shares; no displacement is larger than the largest of them.
        points: (n, 2) as (x, y), shares of the region's sides; beyond 0 and 1, too.

    Returns:
        (n, 2) as (x, y).
    """
    across, down = (_basis(points[:, axis]) for axis in (0, 1))
    return np.einsum("ni,dij,nj->nd", down, control, across)


def undo(control: Floats, points: Floats) -> Floats:
    """Where points of the region are shown: the inverse of `points + displacements(points)`."""
    found = points
    while True:  # a contraction: displacements differ by less than their points do
        better = points - displacements(control, found)
        if np.abs(better - found).max(initial=0.0) < _CLOSE:
            return better
        found = better


def deform(pixels: Array, control: Floats) -> Array:
    """A region of which each pixel is taken from where its displacement points; black beyond.

    Args:
        pixels: (h, w, 1) uint16.

    Returns:
        the same, new.
    """
    from scipy import ndimage

    shape = pixels.shape[:2]
    height, width = shape
    down, across = (_basis((np.arange(side) + 0.5) / side) for side in shape)
    x, y = np.einsum("ri,dij,cj->drc", down, control, across, optimize=True)
    rows, columns = np.arange(height)[:, np.newaxis] + y * height, np.arange(width) + x * width
    # Twice as fast in float32, whose error is a thousandth of a pixel.
    at = np.stack([rows, columns]).astype(np.float32)
    made = ndimage.map_coordinates(pixels[..., 0], at, order=1, mode="constant", cval=0)
    return made[..., np.newaxis]


def _basis(places: Floats) -> Floats:
    """The values of each control point's B-spline at some places: (n,) -> (n, control points)."""
    first = -1 / _INTERVALS  # one before the region, as its edge has a share in three of them
    distance = np.abs((places[:, np.newaxis] - first) * _INTERVALS - np.arange(_INTERVALS + 3))
    near = 2 / 3 - distance**2 + distance**3 / 2
    return np.where(distance < 1, near, np.clip(2 - distance, 0, None) ** 3 / 6)
