"""Views by NVIDIA DALI: sources and parameters in, network inputs out.

View v of image i is a function of (seed, image id, v, configuration): its parameters and its noise
are drawn by NumPy from that key and handed to DALI as inputs, because DALI's own random operators
depend on the slot in the batch. View 0 is the untouched image.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from nvidia.dali import fn, math, pipeline_def, types

from jobs.config.study import ViewsConfig
from jobs.views.parameters import ViewParameters
from jobs.views.source import ReducedImage, fit


class ViewMaker:
    """Makes views, up to `batch` at a time: on a GPU where there is one, else on `threads`."""

    def __init__(
        self, config: ViewsConfig, batch: int, threads: int, gpu: int | None = None
    ) -> None:
        """`gpu` is the number of the GPU to make them on; None is the CPU."""
        self._config = config
        self._batch = batch
        self._graph = _view_graph(
            config.size,
            "cpu" if gpu is None else "gpu",
            batch_size=batch,
            num_threads=threads,
            device_id=gpu,
            prefetch_queue_depth=1,
        )

    def tensor(self, sources: Sequence[ReducedImage], parameters: Sequence[ViewParameters]) -> Any:
        """Makes at most `batch` views, each of its source, in their order.

        Returns:
            (n, rows, columns, 1) float32 in [-1, 1], Inception V3's input range: a DALI tensor, on
            the device that it was made on, which others take over by DLPack without a copy.
        """
        inputs = self._inputs(sources, parameters)  # DALI reads them where they are until it ran
        for name, arrays in inputs.items():
            self._graph.feed_input(name, arrays)
        return self._graph.run()[0].as_tensor()

    def views(self, source: ReducedImage, parameters: Sequence[ViewParameters]) -> np.ndarray:
        """Makes any number of views of one source, in the order of `parameters`.

        Returns:
            (len(parameters), rows, columns, 1) float32 in [-1, 1].
        """
        made = []
        for start in range(0, len(parameters), self._batch):
            some = parameters[start : start + self._batch]
            made.append(np.array(self.tensor([source] * len(some), some).as_cpu()))
        return np.concatenate(made)

    def _inputs(
        self, sources: Sequence[ReducedImage], parameters: Sequence[ViewParameters]
    ) -> dict[str, list[np.ndarray]]:
        """What the graph takes: a list of arrays, one a view, for each of its inputs."""
        inputs: dict[str, list[np.ndarray]] = {name: [] for name in _INPUTS}
        for source, each in zip(sources, parameters, strict=True):
            height, width = source.pixels.shape[:2]
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
        return inputs


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
def _view_graph(size: tuple[int, int], device: str) -> object:
    """One graph for both devices: what it takes is on the CPU, `device` is where it computes."""
    given = {name: fn.external_source(name=name) for name in _INPUTS[1:-1]}
    pixels = fn.external_source(name="pixels", layout="HWC", dtype=types.UINT16, no_copy=True)
    noise = fn.external_source(name="noise", dtype=types.FLOAT, no_copy=True)
    if device == "gpu":
        pixels, noise = pixels.gpu(), noise.gpu()
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
