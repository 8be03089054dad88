"""Features on disk: what their key depends on, and how they are read."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from jobs.artifacts.layout import Root
from jobs.config.study import DataConfig, HeadConfig, ModelConfig, Study, TrainConfig, ViewsConfig
from jobs.features.store import Features, feature_files, features_recipe, resolve_features
from jobs.precision.resolve import FeatureSource
from jobs.views.parameters import View
from tests.jobs.small_datasets import small_dataset

DATASET = small_dataset()
STUDY = Study(data=DataConfig(folds=2))
SOURCE = FeatureSource("a" * 64, "float32")


def key_of(study: Study = STUDY, source: FeatureSource = SOURCE) -> str:
    return features_recipe(study, DATASET, source).key


@pytest.mark.parametrize(
    "study",
    [
        replace(STUDY, head=HeadConfig(filters=3)),
        replace(STUDY, train=TrainConfig(epochs=1)),
    ],
)
def test_heads_and_trainings_share_features(study: Study):
    """What only later stages read does not change the key."""
    assert key_of(study) == key_of()


@pytest.mark.parametrize(
    "study",
    [
        replace(STUDY, seed=21),
        replace(STUDY, views=ViewsConfig(sick=3)),
        replace(STUDY, views=ViewsConfig(size=(96, 80))),
        replace(STUDY, model=ModelConfig(layer="mixed3")),
        replace(STUDY, model=ModelConfig(pooling="average"), head=HeadConfig(pool=1)),
        replace(STUDY, model=ModelConfig(stored="float32")),
        replace(STUDY, head=HeadConfig(kind="local")),
    ],
)
def test_what_changes_features_changes_their_key(study: Study):
    """Seed, views, layer, pooling and dtype; and whether the places in the breast are enough."""
    assert key_of(study) != key_of()


def test_seeds_share_the_features_of_untouched_views():
    """View 0 is drawn from no seed."""
    untouched = replace(STUDY, views=ViewsConfig(healthy=1, sick=1))
    assert key_of(replace(untouched, seed=21)) == key_of(untouched)


def test_what_made_the_features_is_in_their_key():
    """Weights, precision and the quantised model."""
    sources = (
        SOURCE,
        FeatureSource("b" * 64, "float32"),
        FeatureSource("a" * 64, "bfloat16"),
        FeatureSource("a" * 64, "int8", "c" * 64),
        FeatureSource("a" * 64, "int8", "d" * 64),
    )
    assert len({key_of(source=source) for source in sources}) == len(sources)


def test_the_folds_are_not_in_the_key():
    """Another split of the same images into folds needs no new features."""
    moved = {"fold0": "fold1", "fold1": "fold0", "test": "test"}
    images = tuple(replace(image, split=moved[image.split]) for image in DATASET.images)
    dataset = replace(DATASET, images=images)
    assert features_recipe(STUDY, dataset, SOURCE).key == key_of()


def test_the_features_of_a_study_lie_under_their_key(tmp_path: Path):
    """They are resolved before they are made, so that `mammo embed` knows what to make."""
    used = resolve_features(Root(tmp_path), STUDY, DATASET)
    assert used.location.folder == tmp_path / "features" / used.recipe.key
    assert used.location.command.startswith("mammo embed ")
    assert used.source.precision == "float32"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Features of two images: three views of `a`, one of `b`."""
    for name, count in (("a", 3), ("b", 1)):
        values = np.arange(count * 2 * 2 * 4, dtype=np.float16).reshape(count, 2, 2, 4)
        np.save(tmp_path / f"{name}.npy", values)
    return tmp_path


def test_the_views_of_images_are_listed_in_order(folder: Path):
    """As many as the files have."""
    with Features(feature_files(folder, ["a", "b"])) as features:
        assert features.views(["b", "a"]) == [View("b", 0), *(View("a", v) for v in range(3))]
        assert (features.shape, features.dtype) == ((2, 2, 4), np.float16)


def test_a_batch_has_the_features_of_its_views(folder: Path):
    """In their order, also into an array that the caller provides."""
    stored = np.load(folder / "a.npy")
    room = np.empty((2, 2, 2, 4), np.float16)
    with Features(feature_files(folder, ["a", "b"])) as features:
        batch = features.batch([View("a", 2), View("a", 0)], room)
    assert batch is room
    assert np.array_equal(batch, stored[[2, 0]])


CHANGED = {
    "weights": "imagenet",
    "layer": "mixed3",
    "pooling": "average",
    "precision": "bfloat16",
    "stored": "float32",
}
"""Another value of each key of `model` that features are made by."""


def test_another_network_has_no_features():
    """Every other key of `model` is in CHANGED: a network from scratch is trained live."""
    assert {field.name for field in fields(ModelConfig)} == {"network", *CHANGED}


@pytest.mark.parametrize("name", CHANGED)
def test_each_key_of_model_counts(tmp_path: Path, name: str):
    """They enter recipes one by one: another value of any means other features."""
    before = replace(STUDY, head=HeadConfig(pool=1))  # which fits average features, too
    changed = replace(before, model=replace(before.model, **{name: CHANGED[name]}))
    one, other = (
        resolve_features(Root(tmp_path), study, DATASET).recipe.key for study in (before, changed)
    )
    assert one != other
