"""Which engine makes a study's features: a precision, and for int8 the quantised model.

Two kinds of artifact lie in ROOT/engines/<key>/: quantised models, and choices, which say what was
measured for `model.precision: auto` and what was picked. The first to publish a choice has made it
for all: its key is that of its inputs, whatever was measured.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from jobs.artifacts.publish import Recipe, require
from jobs.common.keyed_rng import rng
from jobs.config.names import TEST
from jobs.config.study import Study, plain
from jobs.data.dataset import Dataset, Image
from jobs.features.store import features_recipe
from jobs.model.checkpoint import weights_recipe

FORMAT = 2
CHOICE = "choice.json"

_MODEL = "inception_v3.xml"
_CALIBRATION = 64  # views


@dataclass(frozen=True)
class Engine:
    """What makes the features.

    Attributes:
        precision: float32, bfloat16, float16 or int8.
        key: the quantised model's; "" where there is none.
    """

    precision: str
    key: str = ""


def is_made(study: Study) -> bool:
    """Whether the study's precision needs an artifact: the others come from the checkpoint."""
    return study.model.precision in ("int8", "auto")


def used_engine(root: Path, study: Study, dataset: Dataset) -> Engine:
    """The engine of a study's features.

    Raises:
        MissingInputError: it is not made yet; names the command.
    """
    precision: str = study.model.precision
    if precision == "auto":
        choice = choice_recipe(study, dataset)
        _require(root, choice)
        precision = picked(engine_folder(root, choice))
    if precision != "int8":
        return Engine(precision)
    quantised = quantised_recipe(study, dataset)
    _require(root, quantised)
    return Engine(precision, quantised.key)


def used_features(root: Path, study: Study, dataset: Dataset) -> Recipe:
    """The recipe of a study's features, by the engine that makes them.

    Raises:
        MissingInputError: the engine is not made yet; names the command.
    """
    engine = used_engine(root, study, dataset)
    weights = weights_recipe(study).key
    return features_recipe(study, dataset, weights, engine.precision, engine.key)


def engine_folder(root: Path, recipe: Recipe) -> Path:
    """ROOT/engines/<key>."""
    return root / "engines" / recipe.key


def model_file(root: Path, key: str) -> Path:
    """The quantised model of an engine, in OpenVINO's form; its weights lie beside it, in .bin."""
    return root / "engines" / key / _MODEL


def quantised_recipe(study: Study, dataset: Dataset) -> Recipe:
    """What the quantised model depends on."""
    return _recipe(study, dataset, "int8")


def choice_recipe(study: Study, dataset: Dataset) -> Recipe:
    """What the choice of a precision is made for."""
    return _recipe(study, dataset, "auto")


def picked(choice: Path) -> str:
    """The precision that a choice's folder says."""
    return json.loads((choice / CHOICE).read_bytes())["picked"]


def calibration_views(study: Study, dataset: Dataset) -> list[tuple[Image, int]]:
    """The images that ranges and errors are taken from, each with the number of its view.

    Every other view is an untouched one; all are where healthy or sick images have no other view.
    The images are drawn from those of all folds by the seed, whatever their labels; none is of the
    test set.
    """
    images = [image for image in dataset.images if image.split != TEST]
    kinds = min(2, study.views.healthy, study.views.sick)  # of views that any image has
    order = rng(study.seed, "calibration").permutation(len(images))[:_CALIBRATION]
    return [(images[chosen], place % kinds) for place, chosen in enumerate(order)]


def _recipe(study: Study, dataset: Dataset, kind: str) -> Recipe:
    views = [[image.image_id, number] for image, number in calibration_views(study, dataset)]
    configuration = {
        "kind": kind,
        "seed": study.seed,
        "calibration": views,
        "views": plain(study.views),
        "layer": study.model.layer,
    }
    inputs = {"images": dataset.content_key, "weights": weights_recipe(study).key}
    return Recipe("engine", inputs, configuration, FORMAT)


def _require(root: Path, recipe: Recipe) -> None:
    require(engine_folder(root, recipe), f"mammo engine --root {root} --config STUDY_YAML")
