"""The prepared dataset as the later stages read it: by image, at random, without TensorFlow."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import Manifest, find, verify
from jobs.artifacts.recipe import Recipe, canonical_json
from jobs.common.errors import ConfigError
from jobs.config.study import Study, plain
from mammo_tfds.inbreast.tables import FOLDS, IMAGES, Image, read_folds, read_images
from mammo_tfds.release.contours import Contour

__all__ = ["Dataset", "Image", "open_dataset"]


@dataclass(frozen=True)
class Dataset:
    """What `mammo prepare` made.

    Attributes:
        folder: where it lies.
        manifest: the artifact's.
        images: in the order of their ids.
        splits: each split's image ids, sorted; "test" first, then the folds.
        splits_hash: the sha256 of the splits, in hex.
    """

    folder: Path
    manifest: Manifest
    images: tuple[Image, ...]
    splits: Mapping[str, tuple[str, ...]]
    splits_hash: str

    @property
    def key(self) -> str:
        """The artifact's."""
        return self.manifest.key

    @cached_property
    def content_key(self) -> str:
        """The key of the pixels alone, whatever the splits, labels and contours."""
        hashes = {image.image_id: image.pixels_sha256 for image in self.images}
        return Recipe("pixels", hashes, {}).key

    def pixels(self, image: Image) -> NDArray[np.uint16]:
        """(H, W) uint16, larger is brighter; read-only.

        Raises:
            DataError: a file of the dataset is missing or damaged.
        """
        return self._example(image)["image"][..., 0]

    def contours(self, image: Image) -> tuple[Contour, ...]:
        """The findings that were drawn on the image; () where there are none."""
        from mammo_tfds.inbreast.features import example_contours

        return example_contours(self._example(image))

    def _example(self, image: Image) -> Mapping[str, Any]:
        return self._records[image.split][image.index]

    @cached_property
    def _records(self) -> Mapping[str, Any]:
        """Each split's examples, as TFDS's data sources, of files that are all intact."""
        import tensorflow_datasets as tfds

        verify(self.folder, self.manifest)
        return tfds.builder_from_directory(self.folder).as_data_source()


def open_dataset(root: Path, study: Study | None = None) -> Dataset:
    """The dataset under `root`.

    Its gigabytes of pixels are verified when the first are asked for: training on features needs
    none, and a stage that lacks another input says so at once.

    Raises:
        MissingInputError: it is not there; names the command that makes it.
        DataError: the splits or the list of images are missing or damaged.
        ConfigError: it was prepared with another seed or `data` than the study's.
    """
    location = Root(root).dataset
    folder, manifest = location.folder, find(location)
    verify(folder, manifest, (FOLDS, IMAGES))
    if study:
        _require_same_splitting(folder, manifest, study)
    folds = read_folds(folder)
    return Dataset(folder, manifest, read_images(folder), folds.splits, folds.hash)


def _require_same_splitting(folder: Path, manifest: Manifest, study: Study) -> None:
    asked = {"seed": study.seed, "data": plain(study.data)}
    if manifest.configuration != asked:
        raise ConfigError(
            f"{folder} was prepared with {canonical_json(manifest.configuration)}, the study says "
            f"{canonical_json(asked)}: name another --root, or set the same seed and data"
        )
