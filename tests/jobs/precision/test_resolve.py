"""What makes a study's features: resolved without making anything."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.artifacts.layout import CHOICE, Root
from jobs.artifacts.publish import publish
from jobs.common.errors import MissingInputError
from jobs.config.study import DataConfig, ModelConfig, Study, ViewsConfig
from jobs.model.checkpoint import weights_recipe
from jobs.precision.resolve import calibration_views, engine_recipes, needs_engine, resolve
from tests.jobs.small_datasets import small_dataset

DATASET = small_dataset()


def study_of(precision: str = "int8", healthy: int = 10, sick: int = 27) -> Study:
    return Study(
        data=DataConfig(folds=2),
        views=ViewsConfig(healthy=healthy, sick=sick),
        model=ModelConfig(precision=precision),
    )


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_floats_need_the_checkpoint_alone(tmp_path: Path, precision: str):
    """They are resolved without any artifact under the root."""
    study = study_of(precision)
    source = resolve(Root(tmp_path), study, DATASET)
    assert (source.precision, source.weights) == (precision, weights_recipe(study).key)
    assert source.quantised(Root(tmp_path)) is None
    assert not needs_engine(study)


@pytest.mark.parametrize("precision", ["int8", "auto"])
def test_a_missing_engine_is_named_with_its_command(tmp_path: Path, precision: str):
    """Exit 69, with the command that makes it."""
    assert needs_engine(study_of(precision))
    with pytest.raises(MissingInputError, match="run mammo engine"):
        resolve(Root(tmp_path), study_of(precision), DATASET)


def test_auto_resolves_to_the_precision_that_was_picked(tmp_path: Path):
    """A choice of a float needs nothing else; a choice of int8 needs the quantised model."""
    root, study = Root(tmp_path), study_of("auto")
    choice = engine_recipes(study, DATASET).choice
    with publish(root.engine(choice.key).folder, choice) as draft:
        (draft.folder / CHOICE).write_text(json.dumps({"picked": "bfloat16"}))
    assert resolve(root, study, DATASET).precision == "bfloat16"


def test_int8_has_the_key_and_the_file_of_the_quantised_model(tmp_path: Path):
    """The model's key is that of its recipe: the same for int8 and for auto that picked it."""
    root, study = Root(tmp_path), study_of("int8")
    quantised = engine_recipes(study, DATASET).quantised
    assert quantised == engine_recipes(study_of("auto"), DATASET).quantised
    with publish(root.engine(quantised.key).folder, quantised):
        pass
    source = resolve(root, study, DATASET)
    assert (source.precision, source.engine) == ("int8", quantised.key)
    assert source.quantised(root).parent == root.engine(quantised.key).folder


def test_calibration_uses_no_test_image_and_no_label():
    """Its views are of the folds' images, the same for the same seed, whoever is sick."""
    study = study_of()
    chosen = calibration_views(study, DATASET)
    ids = {image.image_id for image, _ in chosen}
    assert len(ids) == len(chosen) == len(DATASET.images) - len(DATASET.splits["test"])
    assert not ids & set(DATASET.splits["test"])
    images = tuple(replace(image, birads="1") for image in DATASET.images)
    healthy = calibration_views(study, replace(DATASET, images=images))
    assert [(image.image_id, number) for image, number in healthy] == [
        (image.image_id, number) for image, number in chosen
    ]


@pytest.mark.parametrize(
    ("healthy", "sick", "numbers"), [(2, 2, {0, 1}), (10, 27, {0, 1}), (1, 2, {0}), (2, 1, {0})]
)
def test_calibration_uses_views_that_every_image_has(healthy: int, sick: int, numbers: set[int]):
    """An augmented view of every second image, unless some images have none."""
    chosen = calibration_views(study_of(healthy=healthy, sick=sick), DATASET)
    assert {number for _, number in chosen} == numbers
