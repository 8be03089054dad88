"""The candidates of all images on disk: made once, one file an image, for all models and runs."""

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import require
from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe
from jobs.calcifications.candidates import find_candidates
from jobs.common import resources
from jobs.common.atomic_write import write_atomically
from jobs.common.progress import Watch, track
from jobs.common.types import Array
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image

FORMAT = 1


def candidates_recipe(study: Study, dataset: Dataset) -> Recipe:
    """What all candidates depend on: the pixels, and how many an image has at most."""
    configuration = {"proposals": study.branches.proposals}
    return Recipe("train", {"images": dataset.content_key}, configuration, FORMAT)


def plan_candidates(
    root: Root, study: Study, dataset: Dataset, order: Sequence[Image]
) -> ArtifactPlan:
    """The plan of a dataset's candidates, which the trainings of a study may make together.

    Args:
        order: all images, in the order in which this process makes those that are missing.
    """
    recipe = candidates_recipe(study, dataset)

    def make(draft: Draft, watch: Watch) -> None:
        def make_one(image: Image) -> None:
            path = _file(draft.folder, image.image_id)
            if not path.exists():
                _save(path, find_candidates(dataset.pixels(image), study.branches.proposals))

        pool = ThreadPoolExecutor(resources.thread_count())
        try:
            made = [pool.submit(make_one, image) for image in order]
            for each in track("train: images searched for calcifications", made, watch):
                each.result()
        finally:
            pool.shutdown(cancel_futures=True)  # a stop waits for no image but those begun

    return ArtifactPlan(root.candidates(recipe.key).folder, recipe, make, in_workspace=True)


def open_candidates(root: Root, study: Study, dataset: Dataset) -> "StoredCandidates":
    """The candidates of a dataset's images.

    Raises:
        MissingInputError: they are not there; names the command that makes them.
        DataError: a file of them is damaged.
    """
    location = root.candidates(candidates_recipe(study, dataset).key)
    require(location)
    return StoredCandidates(location.folder)


class StoredCandidates:
    """The candidates of a dataset's images, mapped when they are asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, image_id: str) -> Array:
        """An image's candidates: (n,) of CANDIDATE, read-only."""
        return np.load(_file(self._folder, image_id), mmap_mode="r", allow_pickle=False)


def _file(folder: Path, image_id: str) -> Path:
    return folder / f"{image_id}.npy"


def _save(path: Path, candidates: Array) -> None:
    content = io.BytesIO()
    np.save(content, candidates, allow_pickle=False)
    if not path.exists():  # another process may have published it meanwhile, and hashed it
        write_atomically(path, content.getvalue())
