"""What makes a study's features, resolved once: weights, precision, and for int8 the model.

Two kinds of artifact lie in ROOT/engines/<key>/: quantised models, and choices, which say what was
measured for `model.precision: auto` and what was chosen. The first to publish a choice has chosen
for all: its key is that of its inputs, whatever was measured.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from jobs.artifacts.layout import CHOICE, QUANTISED_MODEL, Root
from jobs.artifacts.manifest import require
from jobs.artifacts.recipe import Recipe
from jobs.common.keyed_rng import rng
from jobs.config.names import TEST
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image
from jobs.model.checkpoint import weights_recipe
from jobs.views.parameters import view_settings

FORMAT = 2

_CALIBRATION = 64  # views


@dataclass(frozen=True)
class FeatureSource:
    """What a study's features are made with.

    Attributes:
        weights: the key of the checkpoint.
        precision: float32, bfloat16, float16 or int8.
        engine: the key of the quantised model; "" unless the precision is int8.
    """

    weights: str
    precision: str
    engine: str = ""

    def quantised(self, root: Root) -> Path | None:
        """The quantised model's file; None unless the precision is int8."""
        return root.engine(self.engine).folder / QUANTISED_MODEL if self.engine else None


@dataclass(frozen=True)
class EngineRecipes:
    """What a study's engines depend on.

    Attributes:
        views: the calibration views: images, each with the number of its view.
        weights: the key of the checkpoint.
        quantised: the recipe of the quantised model.
        choice: the recipe of the choice of a precision.
    """

    views: tuple[tuple[Image, int], ...]
    weights: str
    quantised: Recipe
    choice: Recipe


def needs_engine(study: Study) -> bool:
    """Whether the study's precision needs an engine; the others need the checkpoint alone."""
    return study.model.precision in ("int8", "auto")


def resolve(root: Root, study: Study, dataset: Dataset) -> FeatureSource:
    """What makes the features of a study.

    Raises:
        MissingInputError: the engine that its precision needs is not there; names the command.
    """
    precision: str = study.model.precision
    if not needs_engine(study):
        return FeatureSource(weights_recipe(study).key, precision)
    recipes = engine_recipes(study, dataset)
    if precision == "auto":
        location = root.engine(recipes.choice.key)
        require(location)
        precision = chosen_precision(location.folder)
    if precision != "int8":
        return FeatureSource(recipes.weights, precision)
    require(root.engine(recipes.quantised.key))
    return FeatureSource(recipes.weights, precision, recipes.quantised.key)


def chosen_precision(choice: Path) -> str:
    """The precision that a choice's folder names."""
    return json.loads((choice / CHOICE).read_bytes())["picked"]


def engine_recipes(study: Study, dataset: Dataset) -> EngineRecipes:
    """The recipes of both engines that a study could have."""
    views = tuple(calibration_views(study, dataset))
    weights = weights_recipe(study).key
    inputs = {"images": dataset.content_key, "weights": weights}

    def recipe(kind: str) -> Recipe:
        configuration = {
            "kind": kind,
            "seed": study.seed,
            "calibration": [[image.image_id, number] for image, number in views],
            "views": view_settings(study.views),
            "layer": study.model.layer,
        }
        return Recipe("engine", inputs, configuration, FORMAT)

    return EngineRecipes(views, weights, recipe("int8"), recipe("auto"))


def calibration_views(study: Study, dataset: Dataset) -> list[tuple[Image, int]]:
    """The images that ranges and errors are measured on, each with the number of its view.

    Every second view is untouched; if healthy or sick images have only view 0, all are. The images
    are drawn by the seed from all folds, whatever their labels; none is of the test set.
    """
    images = [image for image in dataset.images if image.split != TEST]
    kinds = min(2, study.views.healthy, study.views.sick)  # of views that any image has
    order = rng(study.seed, "calibration").permutation(len(images))[:_CALIBRATION]
    return [(images[drawn], position % kinds) for position, drawn in enumerate(order)]
