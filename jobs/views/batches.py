"""Views of many images in batches, as an extractor takes them."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

from jobs.common import resources
from jobs.common.types import Tensor
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image
from jobs.views.dali import ViewMaker
from jobs.views.parameters import View, draw_parameters
from jobs.views.source import ImageReducer, ReducedImage

_BATCH_PIXELS = 16 * 299 * 299  # 8 to 16 views at 299 x 299 and 1 to 4 above are fastest


def batch_size(study: Study) -> int:
    """How many views a batch has at the study's size."""
    rows, columns = study.views.size
    return max(1, _BATCH_PIXELS // (rows * columns))


def view_batches(
    study: Study, dataset: Dataset, wanted: Iterable[tuple[Image, Iterable[int]]], gpu: int | None
) -> Iterator[tuple[Sequence[View], Tensor]]:
    """Some views of some images, in their order.

    Args:
        study: says how views are made.
        dataset: holds the images.
        wanted: images, each with the numbers of its views.
        gpu: the number of the GPU to make them on; None is the CPU.

    Yields:
        The names of a batch's views, and the views: a DALI tensor, (n, rows, columns, 1) float32
        in [-1, 1].
    """
    batch = batch_size(study)
    reducer = ImageReducer(study.views)
    maker = ViewMaker(study.views, batch, resources.thread_count(), gpu)

    def views() -> Iterator[tuple[View, ReducedImage]]:
        for image, numbers in wanted:
            reduced = reducer.reduce(dataset.pixels(image))
            for number in numbers:
                yield View(image.image_id, number), reduced

    remaining = views()
    while some := list(itertools.islice(remaining, batch)):
        drawn = [
            draw_parameters(study.seed, view.image_id, view.number, study.views) for view, _ in some
        ]
        yield [view for view, _ in some], maker.make_tensor([image for _, image in some], drawn)
