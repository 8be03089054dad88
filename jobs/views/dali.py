"""Views made by NVIDIA DALI: reduced images and parameters in, network inputs out.

Parameters and noise are drawn by NumPy and handed to DALI as inputs, because what DALI's own
random operators draw depends on a view's place in the batch.
"""

from collections.abc import Sequence

import numpy as np
from nvidia.dali import fn, math, pipeline_def, types

from jobs.common import resources
from jobs.common.types import Array, Tensor
from jobs.config.sections import ViewsConfig
from jobs.views.elastic import deform
from jobs.views.frame import framed
from jobs.views.geometry import place, rotation_matrix
from jobs.views.parameters import ViewParameters, draw_parameters
from jobs.views.source import ImageReducer, ReducedImage


def make_views(pixels: Array, image_id: str, config: ViewsConfig, seed: int, count: int) -> Array:
    """The first views of one image, the untouched one first.

    For many images, keep an `ImageReducer` and a `ViewMaker`: each of them takes time to set up.

    Args:
        pixels: (H, W) uint16, larger is brighter.
        image_id: the image's; other ids draw other views.
        config: the size of the views, and what is drawn for them.
        seed: the study's.
        count: how many views, at least 1.

    Returns:
        (count, rows, columns, 1) float32 in [-1, 1], Inception V3's input range; rows and columns
        are `config.size`, or with `config.frame` breast the image's own.

    Examples:
        >>> import numpy as np
        >>> from jobs.config import ViewsConfig
        >>> from jobs.views import make_views
        >>> pixels = np.arange(120 * 100, dtype=np.uint16).reshape(120, 100)
        >>> views = make_views(pixels, "20586908", ViewsConfig(size=(80, 75)), seed=20, count=3)
        >>> views.shape, views.dtype
        ((3, 80, 75, 1), dtype('float32'))
    """
    image = ImageReducer(config).reduce(pixels)
    own = framed(config, image.pixels.shape[:2])
    drawn = [draw_parameters(seed, image_id, view, own) for view in range(count)]
    return ViewMaker(config, count, resources.thread_count()).make_array(image, drawn)


class ViewMaker:
    """Makes views, a batch at a time, on the CPU or on a GPU.

    Examples:
        >>> import numpy as np
        >>> from jobs.config import ViewsConfig
        >>> from jobs.views import ImageReducer, ViewMaker, draw_parameters
        >>> config = ViewsConfig(size=(80, 75), region="image")
        >>> image = ImageReducer(config).reduce(np.full((90, 80), 500, np.uint16))
        >>> maker = ViewMaker(config, batch=4, threads=1)
        >>> untouched = maker.make_array(image, [draw_parameters(20, "20586908", 0, config)])
        >>> untouched.shape, round(float(untouched[0, 40, 40, 0]), 2)
        ((1, 80, 75, 1), -1.0)
    """

    def __init__(
        self, config: ViewsConfig, batch: int, threads: int, gpu: int | None = None
    ) -> None:
        """Sets DALI up.

        Args:
            config: the views' size and frame.
            batch: the most views that are made at a time.
            threads: of the CPU.
            gpu: the number of the GPU to make them on; None is the CPU.
        """
        self._config = config
        self._batch = batch
        # Only where it is used, as it interpolates once more.
        self._names = (*_INPUTS, *(["rotation"] if config.rotation else []))
        self._graph = _view_graph(
            "cpu" if gpu is None else "gpu",
            config.rotation > 0,
            batch_size=batch,
            num_threads=threads,
            device_id=gpu,
            prefetch_queue_depth=1,
        )

    def make_tensor(
        self, images: Sequence[ReducedImage], parameters: Sequence[ViewParameters]
    ) -> Tensor:
        """Makes at most `batch` views, one of each image, in their order.

        Args:
            images: with frames of one size, see `framed`.
            parameters: drawn for that size.

        Returns:
            (n, rows, columns, 1) float32 in [-1, 1], Inception V3's input range: a DALI tensor on
            the device that made it, which other libraries take by DLPack without a copy.
        """
        inputs = self._inputs(images, parameters)  # DALI does not copy them: keep them until it ran
        for name, arrays in inputs.items():
            self._graph.feed_input(name, arrays)
        return self._graph.run()[0].as_tensor()

    def make_array(self, image: ReducedImage, parameters: Sequence[ViewParameters]) -> Array:
        """Makes any number of views of one image, in the order of `parameters`.

        Returns:
            (len(parameters), rows, columns, 1) float32 in [-1, 1].
        """
        made = []
        for start in range(0, len(parameters), self._batch):
            some = parameters[start : start + self._batch]
            made.append(np.array(self.make_tensor([image] * len(some), some).as_cpu()))
        return np.concatenate(made)

    def _inputs(
        self, images: Sequence[ReducedImage], parameters: Sequence[ViewParameters]
    ) -> dict[str, list[Array]]:
        """What the graph takes: for each of its inputs, one array a view."""
        views = [
            self._view_inputs(image, each) for image, each in zip(images, parameters, strict=True)
        ]
        return {name: [view[name] for view in views] for name in self._names}

    def _view_inputs(self, image: ReducedImage, parameters: ViewParameters) -> dict[str, Array]:
        placed = place(image.pixels.shape[:2], parameters.crop, self._config)
        pixels = image.pixels
        if parameters.elastic is not None:
            pixels = deform(pixels, parameters.elastic)
        rotation = rotation_matrix(parameters.rotation, placed.frame)
        low, high = image.window
        return {
            "pixels": pixels,
            "start": np.array(placed.start, np.float32),
            "end": np.array(placed.end, np.float32),
            "size": np.array(placed.size, np.float32),
            "frame": np.array(placed.frame, np.int32),
            "anchor": np.array(placed.anchor, np.int32),
            "flip": np.array(parameters.flip, np.int32),
            "low": np.array(low, np.float32),
            "width": np.array(high - low, np.float32),
            "contrast": np.array(parameters.contrast, np.float32),
            "brightness": np.array(parameters.brightness, np.float32),
            "noise": parameters.noise,
            "rotation": rotation[:2].astype(np.float32),
        }


_INPUTS = (
    "pixels",
    "start",
    "end",
    "size",
    "frame",
    "anchor",
    "flip",
    "low",
    "width",
    "contrast",
    "brightness",
    "noise",
)


@pipeline_def
def _view_graph(device: str, rotated: bool) -> Tensor:
    """One graph for both devices: its inputs are on the CPU, `device` is where it computes."""
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
        shape=given["frame"],
        axes=(0, 1),
        out_of_bounds_policy="pad",
        fill_values=0.0,
    )
    if rotated:
        matrix = fn.external_source(name="rotation")
        centred = fn.warp_affine(centred, matrix=matrix, fill_value=0.0)
    varied = (centred - 0.5) * given["contrast"] + 0.5 + given["brightness"] + noise
    return math.clamp(varied, 0.0, 1.0) * 2.0 - 1.0
