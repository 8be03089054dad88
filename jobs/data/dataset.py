"""The prepared dataset as later stages read it: any image at any time, without TensorFlow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import Manifest, find, verify
from jobs.artifacts.recipe import Recipe
from jobs.common.errors import ConfigError
from jobs.config.difference import list_changes
from jobs.config.study import Study, plain
from jobs.data.selection import is_used, select_splits
from mammo_tfds.inbreast.tables import (
    CONTOURS,
    FOLDS,
    IMAGES,
    Image,
    read_contours,
    read_folds,
    read_images,
)
from mammo_tfds.release import release
from mammo_tfds.release.contours import Contour

__all__ = ["Contour", "Dataset", "Image", "Labelled", "is_sick", "open_dataset"]


@dataclass(frozen=True)
class Dataset:
    """A dataset that `mammo prepare` made.

    Attributes:
        folder: where it lies.
        manifest: of the artifact.
        images: those that the study uses, in the order of their ids.
        splits: each split's image ids, sorted; "test" first, then the folds.
        splits_hash: the sha256 of the splits of all images, in hex.

    Examples:
        >>> from jobs.data import open_dataset
        >>> dataset = open_dataset(root)
        >>> image = dataset.images[0]
        >>> dataset.pixels(image).dtype, dataset.pixels(image).shape == (image.rows, image.columns)
        (dtype('uint16'), True)
        >>> image.image_id in dataset.splits[image.split]
        True
    """

    folder: Path
    manifest: Manifest
    images: tuple[Image, ...]
    splits: Mapping[str, tuple[str, ...]]
    splits_hash: str

    @property
    def key(self) -> str:
        """The key of the artifact."""
        return self.manifest.key

    @cached_property
    def content_key(self) -> str:
        """The key of the pixels alone, whatever the splits, labels and contours."""
        hashes = {image.image_id: image.pixels_sha256 for image in self.images}
        return Recipe("pixels", hashes, {}).key

    def select(self, image_ids: Iterable[str]) -> dict[str, Image]:
        """Some of the images, by their ids."""
        images = {image.image_id: image for image in self.images}
        return {image_id: images[image_id] for image_id in image_ids}

    def pixels(self, image: Image) -> NDArray[np.uint16]:
        """An image's pixels: (H, W) uint16, larger is brighter; read-only.

        Raises:
            DataError: a file of the dataset is missing or damaged.
        """
        return self._example(image)["image"][..., 0]

    def contours(self, image: Image) -> tuple[Contour, ...]:
        """The contours that were drawn on the image; () where there are none.

        No pixels are read.

        Raises:
            DataError: contours.json is missing or damaged.
        """
        return self._contours[image.image_id]

    def _example(self, image: Image) -> Mapping[str, Any]:
        return self._records[image.split][image.index]

    @cached_property
    def _contours(self) -> Mapping[str, tuple[Contour, ...]]:
        verify(self.folder, self.manifest, (CONTOURS,))
        return read_contours(self.folder)

    @cached_property
    def _records(self) -> Mapping[str, Any]:
        """Each split's examples, as TFDS's data sources; all files are verified first."""
        import tensorflow_datasets as tfds

        verify(self.folder, self.manifest)
        return tfds.builder_from_directory(self.folder).as_data_source()


class Labelled(Protocol):
    """An image by its BI-RADS category and its split."""

    @property
    def birads(self) -> str: ...
    @property
    def split(self) -> str: ...


def is_sick(study: Study, image: Labelled) -> bool:
    """Whether an image counts as sick in a study: by its BI-RADS category and `data.sick`."""
    return release.is_sick(image.birads, study.data.sick)


def dataset_settings(study: Study) -> dict[str, Any]:
    """What a dataset is prepared by. `data.order` is none of it: it is how models are trained."""
    data = plain(study.data)
    del data["order"]
    return {"seed": study.seed, "data": data}


def open_dataset(root: Path, study: Study | None = None) -> Dataset:
    """The dataset under `root`.

    Its gigabytes of pixels are verified when the first pixels are read: training on features reads
    none, and a stage that lacks another input should say so at once.

    Args:
        root: the folder that all artifacts lie under.
        study: what the dataset must have been prepared for, and which images are used; None for
            any, and all.

    Raises:
        MissingInputError: it is not there; names the command that makes it.
        DataError: the splits or the list of images are missing or damaged.
        ConfigError: it was prepared with another seed or `data` than the study's, or the study
            leaves a split without images of a class.

    Examples:
        >>> from pathlib import Path
        >>> from jobs.data import open_dataset
        >>> list(open_dataset(root).splits)[:2]
        ['test', 'fold0']
        >>> open_dataset(Path("no-root"))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        jobs.common.errors.MissingInputError: no-root/... is missing: run mammo prepare --root ...
    """
    location = Root(root).dataset
    folder, manifest = location.folder, find(location)
    verify(folder, manifest, (FOLDS, IMAGES))
    if study:
        _require_same_splits(folder, manifest, study)
    folds = read_folds(folder)
    dataset = Dataset(folder, manifest, read_images(folder), folds.splits, folds.hash)
    return _select(dataset, study) if study else dataset


def _select(dataset: Dataset, study: Study) -> Dataset:
    """The dataset with the images alone that a study uses."""
    images = tuple(image for image in dataset.images if is_used(study, image))
    return replace(
        dataset, images=images, splits=select_splits(study, dataset.images, dataset.splits)
    )


def _require_same_splits(folder: Path, manifest: Manifest, study: Study) -> None:
    if changes := list_changes(manifest.configuration, dataset_settings(study)):
        raise ConfigError(
            f"{folder} was prepared with another seed or data ({', '.join(changes)}): name another "
            "--root, or set the same"
        )
