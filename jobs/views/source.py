"""Sources: what all views of an image are made from, cut to the region and reduced once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from nvidia.dali import fn, pipeline_def, types

from jobs.config.study import ViewsConfig, plain
from jobs.views.breast import Breast, find_breast, without_others

_WINDOW_SAMPLES = 4  # pixels along each side of a coarse cell that the window is taken from


@dataclass(frozen=True)
class ReducedImage:
    """What all views of an image are made from.

    Attributes:
        pixels: (h, w, 1) uint16: the region, reduced to a little over the model's size.
        window: the pixel values that become black (0) and white (1).
    """

    pixels: np.ndarray
    window: tuple[float, float]


def reduction_settings(config: ViewsConfig) -> Mapping[str, Any]:
    """The part of `views` that a source depends on; the rest is what is drawn for its views."""
    settings = plain(config)
    return {name: settings[name] for name in ("size", "region", "window", "crop")}


class ImageReducer:
    """Makes sources from images, one at a time."""

    def __init__(self, config: ViewsConfig) -> None:
        self._config = config
        self._reduce = _reduce_graph(
            batch_size=1, device_id=None, num_threads=1, prefetch_queue_depth=1
        )

    def reduce(self, image: np.ndarray) -> ReducedImage:
        """Cuts an image to its region and reduces it once, for all of its views.

        Args:
            image: (H, W) uint16, larger is brighter.
        """
        region, window = self.cut_region(image)
        return ReducedImage(self._reduced(region), window)

    def cut_region(self, image: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
        """Cuts an image to its region, unreduced.

        Args:
            image: (H, W) uint16, larger is brighter.

        Returns:
            (h, w, 1) uint16, and its window.
        """
        breast = find_breast(image)
        low, high = np.percentile(_sample(image, breast), self._config.window).tolist()
        region = image
        if self._config.region == "breast":
            region = without_others(image, breast, breast.box)
        return np.ascontiguousarray(region)[..., None], (low, max(high, low + 1))

    def _reduced(self, region: np.ndarray) -> np.ndarray:
        # Just enough pixels that the narrowest crop still fills the model's size.
        scale = fit(region.shape[:2], self._config.size)[0] / (1 - 2 * self._config.crop)
        if scale >= 1:
            return region
        size = np.array([max(1, round(side * scale)) for side in region.shape[:2]], np.float32)
        self._reduce.feed_input("region", [region])
        self._reduce.feed_input("size", [size])
        return np.array(self._reduce.run()[0].as_tensor())[0]


def fit(shape: tuple[float, ...], size: tuple[int, int]) -> tuple[float, tuple[int, int]]:
    """The scale at which `shape` just fits into `size` with its aspect kept, and its shape then."""
    scale = min(size[0] / shape[0], size[1] / shape[1])
    height, width = (
        min(outer, max(1, round(float(side) * scale)))
        for side, outer in zip(shape, size, strict=True)
    )
    return scale, (height, width)


def _sample(image: np.ndarray, breast: Breast) -> np.ndarray:
    """Evenly spaced pixels of the breast: (n,) uint16."""
    step = max(1, breast.cell // _WINDOW_SAMPLES)
    rows, columns = (np.arange(0, length, step) // breast.cell for length in image.shape)
    return image[::step, ::step][breast.mask[rows][:, columns]]


@pipeline_def
def _reduce_graph() -> object:
    region = fn.external_source(name="region", layout="HWC", dtype=types.UINT16, no_copy=True)
    size = fn.external_source(name="size", dtype=types.FLOAT)
    return fn.resize(region, size=size, antialias=True, interp_type=types.INTERP_LINEAR)
