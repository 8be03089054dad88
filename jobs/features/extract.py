"""Makes the features of every view of every image, once, by any number of workers.

Workers share nothing but a folder. Each makes its own share of the images, then what is left of the
others' shares, each from its end; it skips an image whose file exists. If two make the same image,
the first file stays; on one kind of processor both have the same bytes.
"""

import io
import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from jobs.artifacts.layout import Root
from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.publish import Draft
from jobs.common.atomic_write import write_atomically
from jobs.common.errors import CannotCreateError
from jobs.common.prefetch import BackgroundCall, Prefetcher
from jobs.common.progress import Watch
from jobs.common.sizes import size_text
from jobs.common.types import Array
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image
from jobs.features.places import inside_breast, places_file, save_places
from jobs.features.store import feature_file, resolve_features
from jobs.model.checkpoint import require_checkpoint, weights_recipe
from jobs.model.extractor import FeatureExtractor, make_extractor
from jobs.model.shapes import feature_shape
from jobs.views.geometry import ViewGeometry
from jobs.views.parameters import View, view_count

if TYPE_CHECKING:
    from jobs.views.batches import ViewBatch
    from jobs.views.source import ReducedImage

VIEWS_MADE = "views_made"
"""The note of how many views the call made that published: the manifest's seconds are its own."""

_PROGRESS = "embed: views"

T = TypeVar("T")


@dataclass(frozen=True)
class Share:
    """Which of several workers this one is: `worker`, from 0, of `workers`."""

    worker: int = 0
    workers: int = 1

    def order(self, items: Sequence[T]) -> list[T]:
        """All of them: the worker's own first, then the others', each share from its end."""
        shares = [items[start :: self.workers] for start in range(self.workers)]
        others = (*shares[self.worker + 1 :], *shares[: self.worker])
        return [*shares[self.worker], *(item for share in others for item in reversed(share))]


def plan_features(root: Root, study: Study, dataset: Dataset, share: Share) -> ArtifactPlan:
    """The plan of a study's features, which any number of workers may make together.

    Raises:
        MissingInputError: the weights, or the engine that the precision asks for, are not there.
    """
    checkpoint = require_checkpoint(root, weights_recipe(study).key)
    used = resolve_features(root, study, dataset)
    source = used.source

    def make(draft: Draft, watch: Watch) -> None:
        extractor = make_extractor(
            study, source.precision, checkpoint, source.quantised(root), study.model.stored
        )
        draft.notes[VIEWS_MADE] = fill(study, dataset, extractor, draft, share, watch)
        draft.device, draft.determinism = extractor.device, dict(extractor.determinism)

    return ArtifactPlan(used.location.folder, used.recipe, make, in_workspace=True)


def fill(
    study: Study,
    dataset: Dataset,
    extractor: FeatureExtractor,
    draft: Draft,
    share: Share,
    watch: Watch,
) -> int:
    """Fills the draft with the features of the images that are not there yet.

    Returns:
        how many views this call made.
    """
    from jobs.views.batches import view_batches

    work = draft.folder
    missing = [image for image in dataset.images if not feature_file(work, image.image_id).exists()]
    total, left = (
        sum(view_count(study, image) for image in images) for images in (dataset.images, missing)
    )
    _require_space(work, study, feature_shape(study.views.size, study.model), left)
    watch(_PROGRESS, total - left, total)
    todo = _missing(study, share.order(dataset.images), work)
    with (
        Prefetcher(view_batches(study, dataset, todo, extractor.gpu)) as batches,
        BackgroundCall(_saver(study)) as save,
    ):
        rows = _rows(extractor, batches, lambda made: watch(_PROGRESS, total - left + made, total))
        made = 0
        for image_id, group in itertools.groupby(rows, lambda row: row.view.image_id):
            views = list(group)
            save(feature_file(work, image_id), views)
            made += len(views)
    watch(_PROGRESS, total, total)
    return made


class _Row(NamedTuple):
    """A view, its features (h, w, channels), and what it was made from."""

    view: View
    features: Array
    image: "ReducedImage"
    geometry: ViewGeometry


def _rows(
    extractor: FeatureExtractor, batches: Iterable["ViewBatch"], report: Callable[[int], None]
) -> Iterator[_Row]:
    """Each view's row; calls `report` after each batch with the count so far."""
    count = 0
    for batch in batches:
        features = extractor.features(batch.tensor)
        yield from map(_Row, batch.views, features, batch.images, batch.geometries)
        count += len(batch.views)
        report(count)


def _missing(
    study: Study, images: Iterable[Image], work: Path
) -> Iterator[tuple[Image, Iterable[int]]]:
    """The images that no worker has made when their turn comes, each with its views."""
    for image in images:
        if not feature_file(work, image.image_id).exists():
            yield image, range(view_count(study, image))


def _saver(study: Study) -> Callable[[Path, Sequence[_Row]], None]:
    """What writes an image's features, unless another worker did: its file may be hashed already.

    A local head reads those of the places inside the breast alone.
    """

    def save_maps(path: Path, rows: Sequence[_Row]) -> None:
        if not path.exists():
            _save(path, np.stack([row.features for row in rows]))

    def save_inside(path: Path, rows: Sequence[_Row]) -> None:
        if not path.exists():
            layer = study.model.layer
            inside = [inside_breast(row.image, row.geometry, layer) for row in rows]
            save_places(places_file(path), rows[0].image, inside)
            parts = [row.features[there] for row, there in zip(rows, inside, strict=True)]
            _save(path, np.concatenate(parts))

    return save_inside if study.head.kind == "local" else save_maps


def _save(path: Path, features: Array) -> None:
    content = io.BytesIO()
    np.save(content, features, allow_pickle=False)
    write_atomically(path, content.getvalue())


def _require_space(work: Path, study: Study, shape: tuple[int, ...], views: int) -> None:
    """Raises CannotCreateError where the features to come may be larger than the free space."""
    needed = views * int(np.prod(shape)) * np.dtype(study.model.stored).itemsize
    free = shutil.disk_usage(work).free
    if needed > free:
        raise CannotCreateError(
            f"{work.parent} must have room for {views} views' features, {size_text(needed)}; "
            f"{size_text(free)} are free: make room, or set fewer views, a smaller views.size, "
            "model.pooling average or model.stored float16"
        )
