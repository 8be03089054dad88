"""Features on disk: one file an image, written once, mapped read-only by everyone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from jobs.artifacts.publish import Manifest, Recipe, require
from jobs.config.names import TEST
from jobs.config.study import Study, plain
from jobs.data.dataset import Dataset, Image
from mammo_tfds.release.release import is_sick

FORMAT = 4


def view_count(study: Study, image: Image) -> int:
    """How many views of an image are used: of the test set, the untouched ones alone."""
    if image.split == TEST:
        return 1
    return study.views.sick if is_sick(image.birads, study.data.sick) else study.views.healthy


def features_recipe(
    study: Study, dataset: Dataset, weights_key: str, precision: str, engine_key: str = ""
) -> Recipe:
    """What the features of all views of a dataset depend on; how it is split into folds is not.

    `precision` is the one that is used, never auto; `engine_key` is its quantised model's.
    """
    configuration = {
        "seed": study.seed,
        "counts": {image.image_id: view_count(study, image) for image in dataset.images},
        "views": plain(study.views),
        "layer": study.model.layer,
        "pooling": study.model.pooling,
        "precision": precision,
        "stored": study.model.stored,
    }
    inputs = {"images": dataset.content_key, "weights": weights_key}
    if engine_key:
        inputs["engine"] = engine_key
    return Recipe("embed", inputs, configuration, FORMAT)


def features_folder(root: Path, recipe: Recipe) -> Path:
    """ROOT/features/<key>."""
    return root / "features" / recipe.key


def require_features(root: Path, recipe: Recipe) -> Manifest:
    """The manifest of features that are there and intact; else an error that names the command."""
    return require(features_folder(root, recipe), f"mammo embed --root {root} --config STUDY_YAML")


@dataclass(frozen=True)
class View:
    """One view of one image."""

    image_id: str
    number: int


class Features:
    """The features of every view, mapped from one file an image: (views, h, w, channels).

    A context: at its end the files are let go, so that a process's next model maps them anew
    without their pages being counted twice.
    """

    def __init__(self, folder: Path, image_ids: Iterable[str]) -> None:
        self._maps = {
            image_id: np.load(folder / f"{image_id}.npy", mmap_mode="r") for image_id in image_ids
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._maps.clear()

    @property
    def shape(self) -> tuple[int, ...]:
        """(h, w, channels) of one view."""
        return next(iter(self._maps.values())).shape[1:]

    @property
    def dtype(self) -> np.dtype[Any]:
        """That they are stored in."""
        return next(iter(self._maps.values())).dtype

    def views(self, image_ids: Iterable[str]) -> list[View]:
        """Every view of these images, in order."""
        return [
            View(image_id, number)
            for image_id in image_ids
            for number in range(len(self._maps[image_id]))
        ]

    def batch(self, views: Sequence[View], out: np.ndarray | None = None) -> np.ndarray:
        """The features of some views, in `out` if given: (n, h, w, channels), of `dtype`."""
        return np.stack([self._maps[view.image_id][view.number] for view in views], out=out)
