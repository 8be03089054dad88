"""Reduced images: the source of all views of an image, cut to its region and made smaller once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from nvidia.dali import fn, pipeline_def, types

from jobs.common.types import Array, Tensor
from jobs.config.sections import ViewsConfig
from jobs.config.study import plain
from jobs.views.breast import Breast, erase_others, find_breast

_WINDOW_SAMPLES = 4  # pixels along each side of a coarse cell that the window is taken from


@dataclass(frozen=True)
class ReducedImage:
    """What all views of an image are made from.

    Attributes:
        pixels: (h, w, 1) uint16: the region, reduced to a little over the model's size.
        window: the pixel values that become black (0) and white (1).

    Examples:
        >>> import numpy as np
        >>> from jobs.views import ReducedImage
        >>> ReducedImage(np.zeros((374, 374, 1), np.uint16), window=(0.0, 4095.0)).pixels.shape
        (374, 374, 1)
    """

    pixels: Array
    window: tuple[float, float]


def reduction_settings(config: ViewsConfig) -> Mapping[str, Any]:
    """The part of `views` that a reduced image depends on; the rest is drawn for each view."""
    settings = plain(config)
    return {name: settings[name] for name in ("size", "region", "window", "crop")}


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
        region, window = self.cut_region(pixels)
        return ReducedImage(self._resize(region), window)

    def cut_region(self, pixels: Array) -> tuple[Array, tuple[float, float]]:
        """Cuts an image to its region, at its own resolution.

        Args:
            pixels: (H, W) uint16, larger is brighter.

        Returns:
            (h, w, 1) uint16, and its window.
        """
        breast = find_breast(pixels)
        low, high = np.percentile(_sample(pixels, breast), self._config.window).tolist()
        region = pixels
        if self._config.region == "breast":
            region = erase_others(pixels, breast, breast.box)
        return np.ascontiguousarray(region)[..., None], (low, max(high, low + 1))

    def _resize(self, region: Array) -> Array:
        # Just enough pixels that the narrowest crop still fills the model's size.
        scale = fit(region.shape[:2], self._config.size)[0] / (1 - 2 * self._config.crop)
        if scale >= 1:
            return region
        size = np.array([max(1, round(side * scale)) for side in region.shape[:2]], np.float32)
        self._graph.feed_input("region", [region])
        self._graph.feed_input("size", [size])
        return np.array(self._graph.run()[0].as_tensor())[0]


def fit(shape: tuple[float, ...], size: tuple[int, int]) -> tuple[float, tuple[int, int]]:
    """The scale at which `shape` fits into `size`, its aspect ratio kept; and the shape then."""
    scale = min(size[0] / shape[0], size[1] / shape[1])
    height, width = (
        min(outer, max(1, round(float(side) * scale)))
        for side, outer in zip(shape, size, strict=True)
    )
    return scale, (height, width)


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
