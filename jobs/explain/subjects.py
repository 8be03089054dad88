"""The images that are explained: which ones, and each one's view as the model takes it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from jobs.common.errors import UsageError
from jobs.common.types import Array, Bools
from jobs.config.names import TEST
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image, is_sick
from jobs.features.places import inside_breast
from jobs.views.geometry import ViewGeometry
from jobs.views.source import ReducedImage


@dataclass(frozen=True)
class Subject:
    """An image and its untouched view.

    Attributes:
        view: (1, rows, columns, 1) float32 in [-1, 1].
        geometry: where the view's pixels lie in the image.
        reduced: what the view was made from.
        breast: (h, w) bool: the places inside the breast; None where the head is not local.
    """

    image: Image
    view: Array
    geometry: ViewGeometry
    reduced: ReducedImage
    breast: Bools | None


def choose_images(study: Study, dataset: Dataset, ids: Sequence[str], count: int) -> list[Image]:
    """The images of these ids; without any, so many of the test set, half of them sick.

    Of the sick and of the healthy, each patient's first image comes before anybody's second.

    Raises:
        UsageError: the study has no image of such an id.
    """
    known = {image.image_id: image for image in dataset.images}
    for image_id in ids:
        if image_id not in known:
            raise UsageError(f"--images: the study's dataset has no image {image_id}")
    if ids:
        return [known[image_id] for image_id in sorted(set(ids))]
    test = [known[image_id] for image_id in sorted(dataset.splits[TEST])]
    sick, healthy = (
        _by_turns([image for image in test if is_sick(study, image) is wanted])
        for wanted in (True, False)
    )
    half = max(count - count // 2, count - len(healthy))
    chosen = [*sick[:half], *healthy[: count - min(half, len(sick))]]
    return sorted(chosen, key=lambda image: image.image_id)


def _by_turns(images: Sequence[Image]) -> list[Image]:
    """Each patient's first image, then each one's second, and so on."""
    seen: Counter[str] = Counter()
    turns = []
    for image in images:
        turns.append((seen[image.patient], image))
        seen[image.patient] += 1
    return [image for _, image in sorted(turns, key=lambda each: each[0])]


def read_subjects(study: Study, dataset: Dataset, images: Sequence[Image]) -> Iterator[Subject]:
    """Each image with its view, in turn."""
    from jobs.views.batches import view_batches

    known = {image.image_id: image for image in images}
    for batch in view_batches(study, dataset, ((image, (0,)) for image in images), gpu=None):
        views = np.array(batch.tensor)
        for number, name in enumerate(batch.views):
            reduced, geometry = batch.images[number], batch.geometries[number]
            local = study.head.kind == "local"
            breast = inside_breast(reduced, geometry, study.model.layer) if local else None
            view = np.ascontiguousarray(views[number][None])
            yield Subject(known[name.image_id], view, geometry, reduced, breast)
