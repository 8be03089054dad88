"""The candidates of a dataset on disk: their key, and who makes what is missing."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from jobs.artifacts.layout import Root
from jobs.artifacts.plan import carry_out
from jobs.calcifications.candidates import find_candidates
from jobs.calcifications.store import candidates_recipe, open_candidates, plan_candidates
from jobs.common.errors import MissingInputError, StoppedError
from jobs.common.progress import silent
from jobs.config.sections import BranchesConfig
from jobs.config.study import Study
from tests.jobs.small_datasets import small_dataset
from tests.jobs.stages.small_study import stop_at
from tests.specks import specked_image

STUDY = Study(branches=BranchesConfig(calcifications=True, proposals=20))
IMAGES = small_dataset(6).images


class Drawn(SimpleNamespace):
    """A dataset whose pixels are drawn; it counts how often each image's are read."""

    key, content_key, images = "d" * 64, "c" * 64, IMAGES

    def pixels(self, image):
        self.read.append(image.image_id)
        return specked_image(int(image.image_id))


@pytest.fixture
def dataset() -> Drawn:
    return Drawn(read=[])


def make(root, dataset, watch=silent):
    return carry_out(plan_candidates(Root(root), STUDY, dataset, dataset.images), watch)


def test_each_image_has_its_candidates(tmp_path, dataset):
    """As they are found in its pixels; images are read once."""
    make(tmp_path, dataset)
    stored = open_candidates(Root(tmp_path), STUDY, dataset)
    for image in IMAGES:
        expected = find_candidates(specked_image(int(image.image_id)), 20)
        assert np.array_equal(stored[image.image_id], expected)
    make(tmp_path, dataset)
    assert sorted(dataset.read) == sorted(image.image_id for image in IMAGES)


def test_after_a_stop_no_image_is_searched_again(tmp_path, dataset):
    """But for those that were begun; the bytes are those of an undisturbed call."""
    with pytest.raises(StoppedError):
        make(tmp_path / "stopped", dataset, stop_at("train: images searched", 2))
    begun = set(dataset.read)
    dataset.read.clear()
    make(tmp_path / "stopped", dataset)
    assert set(dataset.read).isdisjoint(begun) and begun | set(dataset.read) == {
        image.image_id for image in IMAGES
    }
    (made,) = (tmp_path / "stopped" / "candidates").glob("[!.]*")
    make(tmp_path, dataset)
    for file in made.glob("*.npy"):
        assert file.read_bytes() == (tmp_path / "candidates" / made.name / file.name).read_bytes()


def test_the_key_is_of_the_pixels_and_their_number_alone(dataset):
    """A detector of other epochs, another seed or other folds find the same candidates."""
    key = candidates_recipe(STUDY, dataset).key
    branches = replace(STUDY.branches, epochs=9, candidates=3, pixel=0.1)
    assert candidates_recipe(replace(STUDY, seed=1, branches=branches), dataset).key == key
    more = replace(STUDY, branches=replace(STUDY.branches, proposals=21))
    assert candidates_recipe(more, dataset).key != key


def test_missing_candidates_are_named_with_their_command(tmp_path, dataset):
    """Exit 69."""
    with pytest.raises(MissingInputError, match="mammo train"):
        open_candidates(Root(tmp_path), STUDY, dataset)
