"""The reference of a run as an artifact, made once for all predictions."""

import dataclasses
import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jobs.artifacts.layout import REFERENCE, Location
from jobs.artifacts.manifest import read_manifest, require
from jobs.artifacts.plan import ArtifactPlan, NothingToMake
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe
from jobs.artifacts.run import Run
from jobs.common.progress import Watch, track
from jobs.common.types import Array
from jobs.config.names import TEST
from jobs.config.sections import ViewsConfig
from jobs.config.study import Study
from jobs.data.dataset import open_dataset
from jobs.model.checkpoint import require_checkpoint
from jobs.model.depths import DepthAverages, depths_up_to
from jobs.model.trained import BASE
from jobs.predict.reference import (
    Distance,
    Reference,
    fit_reference,
    reference_from_bytes,
    reference_to_bytes,
)
from jobs.predict.views import UntouchedViews
from jobs.views.parameters import view_settings

FORMAT = 1

_SIZE = (299, 299)
_PROGRESS = "predict: training images"


@dataclass(frozen=True)
class ReferenceSource:
    """What a run's reference is made of.

    Attributes:
        location: where it lies.
        recipe: what determines it.
        checkpoint: the base's.
    """

    location: Location
    recipe: Recipe
    checkpoint: Path


def find_reference(run: Run) -> ReferenceSource | NothingToMake:
    """The reference of a run; or why there is none.

    Raises:
        MissingInputError: the run's models, or their checkpoint, are not there.
        DataError: a file of them is damaged.
    """
    model = run.require_models()[run.study.models()[0]]
    base = model.notes.get(BASE) or {}
    if not base.get("weights"):
        return NothingToMake("a network from scratch has no base to compare images by")
    checkpoint = require_checkpoint(run.root, base["weights"])
    study = reference_study(run.study)
    recipe = Recipe(
        "reference",
        {"dataset": model.inputs["dataset"], "weights": base["weights"]},
        {
            "views": view_settings(study.views),
            "depths": list(depths_up_to(study.model.layer)),
        },
        FORMAT,
    )
    source = ReferenceSource(run.root.reference(recipe.key), recipe, checkpoint)
    dataset = read_manifest(run.root.dataset.folder)
    is_there = dataset is not None and dataset.key == model.inputs["dataset"]
    if not is_there and read_manifest(source.location.folder) is None:
        return NothingToMake("the training images are not under the root")
    return source


def plan_reference(run: Run) -> ArtifactPlan | NothingToMake:
    """The plan of a run's reference; errors as those of `find_reference`."""
    source = find_reference(run)
    if isinstance(source, NothingToMake):
        return source
    fill = functools.partial(_fill, run, source)
    return ArtifactPlan(source.location.folder, source.recipe, fill)


def reference_study(study: Study) -> Study:
    """The study with the views that images are compared by: small, untouched, all of one size."""
    views = study.views
    views = ViewsConfig(select=views.select, size=_SIZE, region=views.region, window=views.window)
    return dataclasses.replace(study, views=views)


def _fill(run: Run, source: ReferenceSource, draft: Draft, watch: Watch) -> None:
    dataset = open_dataset(run.root.path, run.study)
    describe = Describer(run.study, source.checkpoint)
    images = [image for image in dataset.images if image.split != TEST]
    found = [describe(dataset.pixels(image)) for image in track(_PROGRESS, images, watch)]
    averages = {depth: np.concatenate([each[depth] for each in found]) for depth in found[0]}
    reference = fit_reference(averages, [image.patient for image in images])
    (draft.folder / REFERENCE).write_bytes(reference_to_bytes(reference))


class Describer:
    """An image's averages at each depth."""

    def __init__(self, study: Study, checkpoint: Path) -> None:
        study = reference_study(study)
        self._views = UntouchedViews(study, None)
        self._base = DepthAverages(checkpoint, study.model.layer, study.views.size)

    def __call__(self, pixels: Array) -> dict[str, Array]:
        """Of an image, (H, W) uint16: by depth, (1, channels) float32."""
        return dict(self._base.averages(self._views.make(pixels).tensor))


class Familiarity:
    """How far new images are from those that a run was trained on."""

    def __init__(self, run: Run, source: ReferenceSource) -> None:
        """Reads the reference.

        Raises:
            MissingInputError: it was not made.
            DataError: it is damaged.
        """
        require(source.location)
        content = (source.location.folder / REFERENCE).read_bytes()
        self.reference: Reference = reference_from_bytes(content)
        self._describe = Describer(run.study, source.checkpoint)

    def distance(self, pixels: Array) -> Distance:
        """Of an image, (H, W) uint16."""
        return self.reference.distance(self._describe(pixels))
