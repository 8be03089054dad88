"""A dataset's sources as this process has them: those of its node, held until it ends.

One after another, the models that a process trains on the same images find them there.
"""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from multiprocessing.util import Finalize

from jobs.artifacts.publish import Recipe
from jobs.common.progress import Watch, track
from jobs.common.supervisor import on_stop
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.views.shared_segment import FORMAT, attach, bound, place, shared
from jobs.views.source import ImageReducer, ReducedImage, reduction_settings

_holding = contextlib.ExitStack()  # of one segment at most
_held: dict[str, Mapping[str, ReducedImage]] = {}  # by its key


def node_sources(study: Study, dataset: Dataset, watch: Watch) -> Mapping[str, ReducedImage]:
    """The sources of all images, by image id, decoded and reduced once on this node.

    This process holds them until it ends, or asks for those of other images or another reduction.

    Raises:
        CannotCreateError: they fit neither into memory nor on the disk.
    """
    key = sources_recipe(study, dataset).key
    if key not in _held:
        let_go()
        _held[key] = _attached(key, study, dataset, watch)
    return _held[key]


def sources_recipe(study: Study, dataset: Dataset) -> Recipe:
    """What the sources depend on: neither splits nor labels, nor what is drawn for a view."""
    inputs = {"images": dataset.content_key}
    return Recipe("sources", inputs, dict(reduction_settings(study.views)), FORMAT)


def let_go() -> None:
    """Has this process hold nothing; who has sources of it keeps them."""
    _held.clear()
    _holding.close()


def _attached(key: str, study: Study, dataset: Dataset, watch: Watch) -> Mapping[str, ReducedImage]:
    shapes = {image.image_id: (image.rows, image.columns) for image in dataset.images}
    path = place(key, bound(shapes, study.views), _tell)
    maker = ImageReducer(study.views)
    sources = (
        (image.image_id, maker.reduce(dataset.pixels(image)))
        for image in track("train: images decoded", dataset.images, watch)
    )

    @contextlib.contextmanager
    def waiting() -> Iterator[None]:
        yield from track("train: waiting for a process that decodes", [None], watch)

    # Not atexit, whose functions a process of multiprocessing does not call.
    Finalize(None, let_go, exitpriority=0)
    on_stop(let_go)
    _holding.enter_context(shared(path, sources, waiting))
    return attach(path)


def _tell(line: str) -> None:
    sys.stderr.write(f"mammo: {line}\n")
