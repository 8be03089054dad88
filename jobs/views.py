"""Views by NVIDIA DALI: pixels and parameters in, network inputs out.

View v of image i is a function of (seed, image id, v, configuration): its parameters and its noise
are drawn by NumPy from that key and handed to DALI as inputs, because DALI's own random operators
depend on the slot in the batch. View 0 is the untouched image.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from nvidia.dali import fn, math, pipeline_def, types

from jobs.breast import find_breast, without_others
from jobs.config import ViewsConfig
from jobs.randomness import rng

_WINDOW_SAMPLES = 4  # pixels along each side of a coarse cell that the window is taken from


@dataclass(frozen=True)
class Source:
    """What all views of an image are made from.

    Attributes:
        pixels: (h, w, 1) uint16: the region, reduced to a little over the model's size.
        window: the pixel values that become black (0) and white (1).
    """

    pixels: np.ndarray
    window: tuple[float, float]


@dataclass(frozen=True)
class ViewParameters:
    """What is done to a source to make one view.

    Attributes:
        crop: shares of the height and width cut at (top, left, bottom, right), each in [0, 0.5).
        flip: whether left and right change places.
        contrast: factor about mid-grey.
        brightness: shift, in units of the window's width.
        noise: (rows, columns, 1) float32, added last, in the same units.
    """

    crop: tuple[float, float, float, float]
    flip: bool
    contrast: float
    brightness: float
    noise: np.ndarray


def draw_parameters(seed: int, image_id: str, view: int, config: ViewsConfig) -> ViewParameters:
    """The parameters of one view; of view 0, those that change nothing."""
    rows, columns = config.size
    if view == 0:
        untouched = np.zeros((rows, columns, 1), np.float32)
        return ViewParameters((0.0, 0.0, 0.0, 0.0), False, 1.0, 0.0, untouched)
    random = rng(seed, "view", image_id, view)
    top, left, bottom, right = random.uniform(0, config.crop, 4).tolist()
    deviation = np.float32(random.uniform(0, config.noise))
    return ViewParameters(
        crop=(top, left, bottom, right),
        flip=bool(random.random() < config.flip),
        contrast=float(random.uniform(1 - config.contrast, 1 + config.contrast)),
        brightness=float(random.uniform(-config.brightness, config.brightness)),
        noise=random.standard_normal((rows, columns, 1), np.float32) * deviation,
    )


class ViewMaker:
    """Makes sources and views on the CPU, up to `batch` views at a time on `threads` threads."""

    def __init__(self, config: ViewsConfig, batch: int, threads: int) -> None:
        self._config = config
        self._batch = batch
        settings = {"device_id": None, "num_threads": threads, "prefetch_queue_depth": 1}
        self._reduce = _reduce_graph(batch_size=1, **settings)
        self._views = _view_graph(config.size, batch_size=batch, **settings)

    def source(self, image: np.ndarray) -> Source:
        """Cuts an image to its region and reduces it once, for all of its views.

        Args:
            image: (H, W) uint16, larger is brighter.
        """
        breast = find_breast(image)
        step = max(1, breast.cell // _WINDOW_SAMPLES)
        inside = np.kron(breast.mask, np.ones((breast.cell, breast.cell), bool))
        sample = image[::step, ::step][inside[: image.shape[0] : step, : image.shape[1] : step]]
        low, high = np.percentile(sample, self._config.window).tolist()
        region = image
        if self._config.region == "breast":
            box = breast.box
            cleaned = without_others(image, breast)
            region = cleaned[box.top : box.bottom, box.left : box.right]
        pixels = self._reduced(np.ascontiguousarray(region)[..., None])
        return Source(pixels, (low, max(high, low + 1)))

    def views(self, source: Source, parameters: Sequence[ViewParameters]) -> np.ndarray:
        """Makes views of one source, in the order of `parameters`.

        Returns:
            (len(parameters), rows, columns, 1) float32 in [-1, 1], Inception V3's input range.
        """
        made = [
            self._run(source, parameters[start : start + self._batch])
            for start in range(0, len(parameters), self._batch)
        ]
        return np.concatenate(made)

    def _reduced(self, region: np.ndarray) -> np.ndarray:
        # Just enough pixels that the narrowest crop still fills the model's size.
        scale = fit(region.shape[:2], self._config.size)[0] / (1 - 2 * self._config.crop)
        if scale >= 1:
            return region
        size = np.array([max(1, round(side * scale)) for side in region.shape[:2]], np.float32)
        self._reduce.feed_input("region", [region])
        self._reduce.feed_input("size", [size])
        return _to_numpy(self._reduce.run()[0])[0]

    def _run(self, source: Source, parameters: Sequence[ViewParameters]) -> np.ndarray:
        height, width = source.pixels.shape[:2]
        inputs: dict[str, list[np.ndarray]] = {name: [] for name in _INPUTS}
        for each in parameters:
            top, left, bottom, right = each.crop
            start = np.array([top * height, left * width], np.float32)
            end = np.array([(1 - bottom) * height, (1 - right) * width], np.float32)
            _, size = fit(tuple(end - start), self._config.size)
            anchor = (np.array(size, np.int32) - np.array(self._config.size, np.int32)) // 2
            inputs["pixels"].append(source.pixels)
            inputs["start"].append(start)
            inputs["end"].append(end)
            inputs["size"].append(np.array(size, np.float32))
            inputs["anchor"].append(anchor)
            inputs["flip"].append(np.array(each.flip, np.int32))
            inputs["low"].append(np.array(source.window[0], np.float32))
            inputs["width"].append(np.array(source.window[1] - source.window[0], np.float32))
            inputs["contrast"].append(np.array(each.contrast, np.float32))
            inputs["brightness"].append(np.array(each.brightness, np.float32))
            inputs["noise"].append(each.noise)
        for name, arrays in inputs.items():
            self._views.feed_input(name, arrays)
        return _to_numpy(self._views.run()[0])


def fit(shape: tuple[float, ...], size: tuple[int, int]) -> tuple[float, tuple[int, int]]:
    """The scale at which `shape` just fits into `size` with its aspect kept, and its shape then."""
    scale = min(size[0] / shape[0], size[1] / shape[1])
    height, width = (
        min(outer, max(1, round(float(side) * scale)))
        for side, outer in zip(shape, size, strict=True)
    )
    return scale, (height, width)


_INPUTS = (
    "pixels",
    "start",
    "end",
    "size",
    "anchor",
    "flip",
    "low",
    "width",
    "contrast",
    "brightness",
    "noise",
)


@pipeline_def
def _reduce_graph() -> object:
    region = fn.external_source(name="region", layout="HWC", dtype=types.UINT16)
    size = fn.external_source(name="size", dtype=types.FLOAT)
    return fn.resize(region, size=size, antialias=True, interp_type=types.INTERP_LINEAR)


@pipeline_def
def _view_graph(size: tuple[int, int]) -> object:
    given = {name: fn.external_source(name=name) for name in _INPUTS[1:-1]}
    pixels = fn.external_source(name="pixels", layout="HWC", dtype=types.UINT16)
    noise = fn.external_source(name="noise", dtype=types.FLOAT)
    resized = fn.resize(
        pixels,
        size=given["size"],
        roi_start=given["start"],
        roi_end=given["end"],
        antialias=True,
        interp_type=types.INTERP_LINEAR,
        dtype=types.FLOAT,
    )
    windowed = math.clamp((resized - given["low"]) / given["width"], 0.0, 1.0)
    centred = fn.slice(
        fn.flip(windowed, horizontal=given["flip"]),
        start=given["anchor"],
        shape=size,
        axes=(0, 1),
        out_of_bounds_policy="pad",
        fill_values=0.0,
    )
    varied = (centred - 0.5) * given["contrast"] + 0.5 + given["brightness"] + noise
    return math.clamp(varied, 0.0, 1.0) * 2.0 - 1.0


def _to_numpy(batch: object) -> np.ndarray:
    """A copy of a DALI output as one array."""
    return np.array(batch.as_cpu().as_array())  # type: ignore[attr-defined]
