"""Reduced images: the source of all views of an image, cut to its region and made smaller once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from nvidia.dali import fn, pipeline_def, types

from jobs.common.types import Array, Bools, Tensor
from jobs.config.sections import ViewsConfig
from jobs.views.breast import Box, Breast, erase_others, find_breast
from jobs.views.geometry import reduced_shape
from jobs.views.parameters import view_settings

_WINDOW_SAMPLES = 4  # pixels along each side of a coarse cell that the window is taken from


@dataclass(frozen=True)
class ReducedImage:
    """What all views of an image are made from.

    Attributes:
        pixels: (h, w, 1) uint16: the region, mirrored if `box` is, reduced to a little over the
            model's size.
        window: the pixel values that become black (0) and white (1).
        box: the region, in the image's own pixels.
        mask: (rows, columns) bool, coarse, of the whole image: True where a cell is breast.
        cell: the side of a cell of the mask, in the image's own pixels.

    Examples:
        >>> import numpy as np
        >>> from jobs.config import ViewsConfig
        >>> from jobs.views import ImageReducer
        >>> image = np.zeros((400, 300), np.uint16)
        >>> image[100:300, :150] = 2000
        >>> reduced = ImageReducer(ViewsConfig(size=(80, 75))).reduce(image)
        >>> reduced.pixels.shape, reduced.box, reduced.mask.shape, reduced.cell
        ((100, 74, 1), Box(top=96, left=0, bottom=304, right=154, mirrored=False), (200, 150), 2)
    """

    pixels: Array
    window: tuple[float, float]
    box: Box
    mask: Bools
    cell: int


def reduction_settings(config: ViewsConfig) -> Mapping[str, Any]:
    """The part of `views` that a reduced image depends on; the rest is drawn for each view."""
    settings = view_settings(config)
    names = ("size", "region", "window", "crop", "mirror")
    return {name: settings[name] for name in names if name in settings}


class ImageReducer:
    """Reduces images, one at a time.

    Examples:
        >>> import numpy as np
        >>> from jobs.config import ViewsConfig
        >>> from jobs.views import ImageReducer
        >>> pixels = np.arange(1000 * 800, dtype=np.uint32).reshape(1000, 800) // 200
        >>> reducer = ImageReducer(ViewsConfig(size=(80, 75), region="image", crop=0.0))
        >>> reducer.reduce(pixels.astype(np.uint16)).pixels.shape
        (80, 64, 1)
    """

    def __init__(self, config: ViewsConfig) -> None:
        self._config = config
        self._graph = _reduce_graph(
            batch_size=1, device_id=None, num_threads=1, prefetch_queue_depth=1
        )

    def reduce(self, pixels: Array) -> ReducedImage:
        """Cuts an image to its region and makes it smaller, once for all of its views.

        Args:
            pixels: (H, W) uint16, larger is brighter.
        """
        cut = self.cut_region(pixels)
        return replace(cut, pixels=self._resize(cut.pixels))

    def cut_region(self, pixels: Array) -> ReducedImage:
        """Cuts an image to its region, at its own resolution.

        Args:
            pixels: (H, W) uint16, larger is brighter.
        """
        breast = find_breast(pixels)
        low, high = np.percentile(_sample(pixels, breast), self._config.window).tolist()
        region, box = pixels, Box(0, 0, *pixels.shape)
        if self._config.region == "breast":
            region, box = erase_others(pixels, breast, breast.box), breast.box
        if self._config.mirror and breast.at_right:
            region, box = region[:, ::-1], replace(box, mirrored=True)
        region = np.ascontiguousarray(region)[..., None]
        return ReducedImage(region, (low, max(high, low + 1)), box, breast.mask, breast.cell)

    def _resize(self, region: Array) -> Array:
        shape = reduced_shape(region.shape[:2], self._config)
        if shape == region.shape[:2]:
            return region
        self._graph.feed_input("region", [region])
        self._graph.feed_input("size", [np.array(shape, np.float32)])
        return np.array(self._graph.run()[0].as_tensor())[0]


def _sample(pixels: Array, breast: Breast) -> Array:
    """Evenly spaced pixels of the breast: (n,) uint16."""
    step = max(1, breast.cell // _WINDOW_SAMPLES)
    rows, columns = (np.arange(0, length, step) // breast.cell for length in pixels.shape)
    return pixels[::step, ::step][breast.mask[rows][:, columns]]


@pipeline_def
def _reduce_graph() -> Tensor:
    region = fn.external_source(name="region", layout="HWC", dtype=types.UINT16, no_copy=True)
    size = fn.external_source(name="size", dtype=types.FLOAT)
    return fn.resize(region, size=size, antialias=True, interp_type=types.INTERP_LINEAR)
