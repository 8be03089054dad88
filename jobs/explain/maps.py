"""From a view to the image's own pixels: heat maps as arrays, and as pictures."""

import numpy as np

from jobs.common.types import Array
from jobs.views.geometry import ViewGeometry

_OUTSIDE = -1
_CHUNK = 256  # rows of the image whose places are looked up at a time


class ImageLookup:
    """Which pixel of a view each pixel of its image lies in.

    Attributes:
        shape: (rows, columns) of the image, of which every `step`-th pixel is looked up.

    Examples:
        >>> import numpy as np
        >>> from jobs.config import ViewsConfig
        >>> from jobs.views import Box, draw_parameters, view_geometry
        >>> config = ViewsConfig(size=(80, 80))
        >>> untouched = draw_parameters(20, "7", 0, config)
        >>> geometry = view_geometry(Box(10, 0, 170, 160), untouched, config)
        >>> lookup = ImageLookup(geometry, (200, 200))
        >>> impulse = np.zeros((80, 80), np.float32)
        >>> impulse[40, 20] = 1
        >>> np.argwhere(lookup.on_image(impulse) == 1).tolist()
        [[90, 40], [90, 41], [91, 40], [91, 41]]
    """

    def __init__(self, geometry: ViewGeometry, shape: tuple[int, int], step: int = 1) -> None:
        """`geometry` is the view's; `shape` the image's, in pixels."""
        self.shape = shape
        rows, columns = (np.arange(step // 2, side, step) for side in shape)
        chunks = (rows[first : first + _CHUNK] for first in range(0, len(rows), _CHUNK))
        self._at = np.concatenate([_look_up(geometry, each, columns) for each in chunks])

    @property
    def reduced_shape(self) -> tuple[int, int]:
        """(rows, columns) of what `on_image` returns."""
        rows, columns = self._at.shape
        return rows, columns

    def on_image(self, values: Array) -> Array:
        """A view's values on the image; NaN where the view does not show it.

        Args:
            values: (rows, columns) of the view.

        Returns:
            (rows, columns) float32; with `step`, so many times fewer.
        """
        found = values.astype(np.float32).ravel()[self._at]
        return np.where(self._at == _OUTSIDE, np.float32(np.nan), found)


def _look_up(geometry: ViewGeometry, rows: Array, columns: Array) -> Array:
    """The flat index of the view's pixel at the centres of some of the image's; or _OUTSIDE."""
    grid = np.stack(np.meshgrid(columns + 0.5, rows + 0.5), axis=-1)
    x, y = np.floor(geometry.to_view(grid.reshape(-1, 2))).T
    height, width = geometry.size
    box = geometry.region
    at = grid.reshape(-1, 2)
    shown = (at > (box.left, box.top)).all(axis=1) & (at < (box.right, box.bottom)).all(axis=1)
    shown &= (x >= 0) & (x < width) & (y >= 0) & (y < height)
    index = np.where(shown, y * width + x, _OUTSIDE)
    return index.astype(np.int32).reshape(len(rows), len(columns))
