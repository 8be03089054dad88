"""How many images and views a study has, from what is there of it: dataset, release or phantom."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jobs.artifacts.layout import Root
from jobs.common.errors import MissingInputError
from jobs.config.names import TEST
from jobs.config.study import Study
from jobs.data.dataset import Labelled, open_dataset
from jobs.data.selection import is_used
from jobs.views.parameters import view_count
from mammo_tfds.phantom.population import Exposure, make_population
from mammo_tfds.release.release import Record, read_release
from mammo_tfds.release.splits import assign_splits

_BYTES = 2  # a pixel's


@dataclass(frozen=True)
class Sample:
    """What decides how many views an image has."""

    split: str
    birads: str


@dataclass(frozen=True)
class PhantomSize:
    """A synthetic release that is still to be made: its seed, patients, and images' size."""

    seed: int
    patients: int
    size: tuple[int, int]


@dataclass(frozen=True)
class Extent:
    """The images of a study.

    Attributes:
        samples: one for each image that the study uses.
        pixel_bytes: of all images together, uncompressed; of a release, its files' sizes.
    """

    samples: tuple[Labelled, ...]
    pixel_bytes: int

    def views(self, study: Study) -> int:
        """How many views all images have together."""
        return sum(view_count(study, each) for each in self.samples)

    def training_views(self, study: Study, model: str) -> int:
        """How many views a model is trained on in an epoch: fold0, fold1, ... or all."""
        left_out = (TEST, model)
        return sum(view_count(study, each) for each in self.samples if each.split not in left_out)


def find_extent(
    root: Root, study: Study, release: Path | None, phantom: PhantomSize | None
) -> Extent | None:
    """The extent of a study; None where nothing tells yet.

    Args:
        release: the folder of the release; None where no step reads one.
        phantom: what makes the release, if a step does.

    Raises:
        DataError: the dataset is damaged.
        ValueError: there are too few patients for the splits.
    """
    try:
        images = open_dataset(root.path).images
        used = tuple(each for each in images if is_used(study, each))
        return Extent(used, sum(each.rows * each.columns * _BYTES for each in images))
    except MissingInputError:
        pass
    if release and (records := read_release(release).records):
        size = sum(record.path.stat().st_size for record in records if record.path.exists())
        return Extent(_split(records, study), size)
    if phantom:
        exposures = make_population(phantom.seed, phantom.patients)
        rows, columns = phantom.size
        return Extent(
            _split(map(_record, exposures), study), len(exposures) * rows * columns * _BYTES
        )
    return None


def _split(images: Iterable[Record], study: Study) -> tuple[Sample, ...]:
    images = tuple(images)
    categories = {each.image_id: each.birads for each in images if is_used(study, each)}
    data = study.data
    splits = assign_splits(
        images, seed=study.seed, folds=data.folds, test=data.test, sick=data.sick
    )
    return tuple(
        Sample(split, categories[image_id])
        for split, ids in splits.items()
        for image_id in ids
        if image_id in categories
    )


def _record(exposure: Exposure) -> Record:
    facts = (exposure.image_id, exposure.patient, exposure.side, exposure.view, exposure.birads)
    return Record(*facts, exposure.density, contours=(), path=Path())
