"""a finished run -> one file. Reads runs/<run>/ and dataset/; writes runs/<run>/export/.

Before, it makes what training images look like, by which `mammo predict` warns of others. The file
has all that another machine needs to predict, and for other programs the models as a SavedModel of
TensorFlow and as ONNX. Both are run on images of the test set here, and must give the probabilities
that the run predicted.
"""

import argparse
import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from jobs.artifacts.layout import Location
from jobs.artifacts.manifest import Manifest, describe_file
from jobs.artifacts.plan import ArtifactPlan, NothingToMake, PlanChain
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe
from jobs.artifacts.run import Run, open_run
from jobs.common.arguments import add_root, add_run, add_wait
from jobs.common.errors import MissingInputError, UsageError
from jobs.common.progress import Watch

if TYPE_CHECKING:
    from jobs.data.dataset import Dataset

FORMAT = 2
_CHECKED = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo export`; the study is the run's own study.yaml."""
    add_root(parser)
    add_run(parser)
    add_wait(parser)
    parser.add_argument(
        "--images",
        type=image_count,
        default=_CHECKED,
        metavar="N",
        help="on how many images of the test set the graphs are checked (default: %(default)s)",
    )


def image_count(text: str) -> int:
    """Checks a number of images: 1 or more.

    Raises:
        UsageError: it is none.
    """
    if not text.isdecimal() or not int(text):
        raise UsageError(f"--images must be a whole number, 1 or more; got {text!r}")
    return int(text)


def plan(options: argparse.Namespace, watch: Watch) -> PlanChain:
    """What the training images look like, and the run as one file.

    Raises:
        MissingInputError: models, figures or the card are missing: before anything is made.
    """
    from jobs.predict.reference_plan import plan_reference

    run = open_run(options.root, options.run)
    run.require_evaluation(run.require_models())
    _require_card(run)
    export = functools.partial(_plan_export, run, options.images)
    return PlanChain([functools.partial(plan_reference, run), export])


def _require_card(run: Run) -> None:
    if not run.folder.card.is_file():
        command = f"mammo report --root {run.root.path} --run {run.folder.name}"
        raise MissingInputError(f"{run.folder.card} is missing: run {command}")


def _plan_export(run: Run, images: int) -> ArtifactPlan:
    from jobs.data.dataset import open_dataset
    from jobs.predict.reference_plan import find_reference

    models = run.require_models()
    evaluation = run.require_evaluation(models)
    dataset = open_dataset(run.root.path, run.study)
    _require_card(run)
    inputs = {model: manifest.key for model, manifest in models.items()}
    inputs |= {"evaluation": evaluation.key, "dataset": dataset.key}
    inputs["card"] = describe_file(run.folder.card)["sha256"]
    more: list[Location] = []
    if not isinstance(reference := find_reference(run), NothingToMake):
        inputs["reference"] = reference.recipe.key
        more.append(reference.location)
    recipe = Recipe("export", inputs, {"images": images, "run": run.folder.name}, FORMAT)
    fill = functools.partial(_fill, run, models, dataset, more, images)
    return ArtifactPlan(run.folder.export, recipe, fill)


def _fill(
    run: Run,
    models: Mapping[str, Manifest],
    dataset: "Dataset",
    more: Sequence[Location],
    images: int,
    draft: Draft,
    watch: Watch,
) -> None:
    from jobs.export.bundle import write_bundle

    path = draft.folder / f"{run.folder.name}.zip"
    draft.notes["checks"] = write_bundle(path, run, models, dataset, more, images, watch)
