"""Views of many images in batches, as an extractor takes them."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from jobs.common import resources
from jobs.common.types import Tensor
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image
from jobs.views.dali import ViewMaker
from jobs.views.geometry import ViewGeometry, view_geometry
from jobs.views.parameters import View, draw_parameters
from jobs.views.source import ImageReducer, ReducedImage

_BATCH_PIXELS = 16 * 299 * 299  # 8 to 16 views at 299 x 299 and 1 to 4 above are fastest


class ViewBatch(NamedTuple):
    """Views of a batch, in its order.

    Attributes:
        views: their names.
        tensor: a DALI tensor, (n, rows, columns, 1) float32 in [-1, 1].
        images: what each was made from.
        geometries: where each one's pixels lie in its image.
    """

    views: Sequence[View]
    tensor: Tensor
    images: Sequence[ReducedImage]
    geometries: Sequence[ViewGeometry]


def batch_size(study: Study) -> int:
    """How many views a batch has at the study's size."""
    rows, columns = study.views.size
    return max(1, _BATCH_PIXELS // (rows * columns))


def view_batches(
    study: Study, dataset: Dataset, wanted: Iterable[tuple[Image, Iterable[int]]], gpu: int | None
) -> Iterator[ViewBatch]:
    """Some views of some images, in their order.

    Args:
        study: says how views are made.
        dataset: holds the images.
        wanted: images, each with the numbers of its views.
        gpu: the number of the GPU to make them on; None is the CPU.

    Yields:
        Each batch.
    """
    batch = batch_size(study)
    reducer = ImageReducer(study.views)
    maker = ViewMaker(study.views, batch, resources.thread_count(), gpu)

    def wanted_views() -> Iterator[tuple[View, ReducedImage]]:
        for image, numbers in wanted:
            reduced = reducer.reduce(dataset.pixels(image))
            for number in numbers:
                yield View(image.image_id, number), reduced

    remaining = wanted_views()
    while some := list(itertools.islice(remaining, batch)):
        drawn = [
            draw_parameters(study.seed, view.image_id, view.number, study.views) for view, _ in some
        ]
        views, images = zip(*some, strict=True)
        geometries = [
            view_geometry(image.box, each, study.views)
            for image, each in zip(images, drawn, strict=True)
        ]
        yield ViewBatch(views, maker.make_tensor(images, drawn), images, geometries)
