"""Views of many images in batches, as an extractor takes them."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from jobs.common import resources
from jobs.common.types import Tensor
from jobs.config.sections import ViewsConfig
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image
from jobs.views.dali import ViewMaker
from jobs.views.frame import framed
from jobs.views.geometry import ViewGeometry, view_geometry
from jobs.views.parameters import View, draw_parameters
from jobs.views.source import ImageReducer, ReducedImage

_BATCH_PIXELS = 16 * 299 * 299  # 8 to 16 views at 299 x 299 and 1 to 4 above are fastest


class ViewBatch(NamedTuple):
    """Views of a batch, in its order.

    Attributes:
        views: their names.
        tensor: a DALI tensor, (n, rows, columns, 1) float32 in [-1, 1]; rows and columns are
            `views.size`, or with `views.frame` breast the images' own.
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
    """Some views of some images, in their order; a batch's views have one size.

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

    def wanted_views() -> Iterator[tuple[View, ReducedImage, ViewsConfig]]:
        for image, numbers in wanted:
            reduced = reducer.reduce(dataset.pixels(image))
            own = framed(study.views, reduced.pixels.shape[:2])
            for number in numbers:
                yield View(image.image_id, number), reduced, own

    for own, alike in itertools.groupby(wanted_views(), lambda each: each[2]):
        while some := list(itertools.islice(alike, batch)):
            views, images, _ = zip(*some, strict=True)
            drawn = [draw_parameters(study.seed, view.image_id, view.number, own) for view in views]
            geometries = [
                view_geometry(image.box, each, study.views)
                for image, each in zip(images, drawn, strict=True)
            ]
            yield ViewBatch(views, maker.make_tensor(images, drawn), images, geometries)
