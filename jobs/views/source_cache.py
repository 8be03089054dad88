"""The reduced images of a dataset, made once for all processes of a machine.

Two processes that train live on the same images, and one that trains several models one after
another, decode and reduce each image once.
"""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from multiprocessing.util import Finalize

from jobs.artifacts.recipe import Recipe
from jobs.common.progress import Watch, track
from jobs.common.supervisor import on_stop
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.views.shared_segment import FORMAT, choose_path, hold_segment, largest_size
from jobs.views.source import ImageReducer, ReducedImage, reduction_settings


class SourceCache:
    """The reduced images that this process uses, of one dataset and one reduction at a time."""

    def __init__(self) -> None:
        self._key = ""
        self._images: Mapping[str, ReducedImage] = {}
        self._segment = contextlib.ExitStack()

    def images(self, study: Study, dataset: Dataset, watch: Watch) -> Mapping[str, ReducedImage]:
        """All reduced images by id: those at hand, those of another process, or new ones.

        Raises:
            CannotCreateError: they fit neither into memory nor on the disk.
        """
        key = sources_recipe(study, dataset).key
        if key != self._key:
            self.release()
            # Not atexit, whose functions a process of multiprocessing does not call; and not where
            # this module is imported, since a process that is forked later forgets it.
            Finalize(None, self.release, exitpriority=0)
            on_stop(self.release)
            self._images = self._segment.enter_context(_open_segment(key, study, dataset, watch))
            self._key = key
        return self._images

    def release(self) -> None:
        """Lets go of the images; they stay valid where they are in use."""
        self._key, self._images = "", {}
        self._segment.close()


CACHE = SourceCache()
"""This process's own: it keeps what it has until other images are asked for, or it ends."""


def sources_recipe(study: Study, dataset: Dataset) -> Recipe:
    """What reduced images depend on: neither splits nor labels, nor what is drawn for a view."""
    inputs = {"images": dataset.content_key}
    return Recipe("sources", inputs, dict(reduction_settings(study.views)), FORMAT)


@contextlib.contextmanager
def _open_segment(
    key: str, study: Study, dataset: Dataset, watch: Watch
) -> Iterator[Mapping[str, ReducedImage]]:
    shapes = {image.image_id: (image.rows, image.columns) for image in dataset.images}
    path = choose_path(key, largest_size(shapes, study.views), _report)
    reducer = ImageReducer(study.views)
    images = (
        (image.image_id, reducer.reduce(dataset.pixels(image)))
        for image in track("train: images decoded", dataset.images, watch)
    )

    @contextlib.contextmanager
    def waiting() -> Iterator[None]:
        yield from track("train: waiting for a process that decodes", [None], watch)

    with hold_segment(path, images, waiting) as found:
        yield found


def _report(line: str) -> None:
    sys.stderr.write(f"mammo: {line}\n")
