"""Features on disk: where they are, what they depend on, and how they are read.

Each image has one file, which `extract` writes once; whoever reads it maps it read-only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from jobs.artifacts.layout import Location, Root
from jobs.artifacts.recipe import Recipe
from jobs.common.types import Array
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.precision.resolve import FeatureSource, resolve
from jobs.views.parameters import View, view_count, view_settings

FORMAT = 4


def features_recipe(study: Study, dataset: Dataset, source: FeatureSource) -> Recipe:
    """What the features of all views of a dataset depend on; its folds are no part of it."""
    counts = {image.image_id: view_count(study, image) for image in dataset.images}
    configuration: dict[str, Any] = {
        "counts": counts,
        "views": view_settings(study.views),
        "layer": study.model.layer,
        "pooling": study.model.pooling,
        "precision": source.precision,
        "stored": study.model.stored,
    }
    if max(counts.values()) > 1:  # view 0 is drawn from no seed: seeds share its features
        configuration["seed"] = study.seed
    if study.head.kind == "local":
        configuration["places"] = "breast"
    inputs = {"images": dataset.content_key, "weights": source.weights}
    if source.engine:
        inputs["engine"] = source.engine
    return Recipe("embed", inputs, configuration, FORMAT)


@dataclass(frozen=True)
class FeaturesUsed:
    """The features that a study uses, whether they are made yet or not.

    Attributes:
        source: what makes them.
        recipe: what they depend on.
        location: where they lie.
    """

    source: FeatureSource
    recipe: Recipe
    location: Location


def resolve_features(root: Root, study: Study, dataset: Dataset) -> FeaturesUsed:
    """The features that a study uses.

    Raises:
        MissingInputError: the engine that its precision needs is not there; names the command.
    """
    source = resolve(root, study, dataset)
    recipe = features_recipe(study, dataset, source)
    return FeaturesUsed(source, recipe, root.features(recipe.key))


def feature_file(folder: Path, image_id: str) -> Path:
    """An image's file in a folder of features."""
    return folder / f"{image_id}.npy"


def feature_files(folder: Path, image_ids: Iterable[str]) -> dict[str, Path]:
    """The files of some images, by their ids."""
    return {image_id: feature_file(folder, image_id) for image_id in image_ids}


class MappedFeatures:
    """The features of every view, mapped from one file an image.

    A context: the files are unmapped at its end, so that the pages are not counted twice when the
    process maps them again for its next model.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        """`files`: of each image, by the id that it is asked for by, see `feature_files`."""
        self._maps = {image_id: np.load(path, mmap_mode="r") for image_id, path in files.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._maps.clear()

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype that they are stored in."""
        return next(iter(self._maps.values())).dtype

    def views(self, image_ids: Iterable[str]) -> list[View]:
        """Every view of these images, in order."""
        return [
            View(image_id, number)
            for image_id in image_ids
            for number in range(self._count_views(image_id))
        ]

    def _count_views(self, image_id: str) -> int:
        return len(self._maps[image_id])


class Features(MappedFeatures):
    """Whole feature maps: a file has (views, h, w, channels)."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(h, w, channels) of one view."""
        return next(iter(self._maps.values())).shape[1:]

    def batch(self, views: Sequence[View], out: Array | None = None) -> Array:
        """The features of some views, in `out` if given: (n, h, w, channels), of `dtype`."""
        return np.stack([self._maps[view.image_id][view.number] for view in views], out=out)
