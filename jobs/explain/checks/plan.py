"""The plan of the checks of a model's explanations: checks.json and localisation.csv."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe
from jobs.artifacts.run import Run
from jobs.common.progress import Watch
from jobs.config.names import ALL, TEST
from jobs.data.dataset import Dataset, Image, is_sick
from jobs.explain.checks.cases import make_cases
from jobs.explain.checks.check_model import check_model
from jobs.explain.checks.collect import FORMAT, Settings
from jobs.explain.checks.localisation import to_csv
from jobs.explain.methods import METHODS
from jobs.model import tf_runtime
from jobs.model.trained import TrainedModel, load_trained

CHECKS_FILE, LOCALISATION_FILE = "checks.json", "localisation.csv"

OtherHeads = Callable[[Run, Dataset, str, Watch], Mapping[str, TrainedModel]]
"""Trains what a model is held against: (run, dataset, model, watch) -> models by name."""

_REMEDY = "remove it, and run again"


@dataclass(frozen=True)
class CheckRequest:
    """What is checked.

    Attributes:
        model: fold0, fold1, ... or all.
        images: that it was not trained on.
        methods: names of METHODS.
    """

    model: str
    images: Sequence[Image]
    methods: Sequence[str]


def choose_checked(study_run: Run, dataset: Dataset, model: str, count: int) -> list[Image]:
    """So many images that a model was not trained on: sick ones with contours, and healthy ones.

    Three of four are sick, as there are; they come first.
    """
    study = study_run.study
    unseen = [image for image in dataset.images if image.split in (TEST, model)]
    sick = [one for one in unseen if is_sick(study, one) and dataset.contours(one)]
    healthy = [one for one in unseen if not is_sick(study, one)]
    part = min(len(sick), count - min(len(healthy), count // 4))
    return [*_spread(sick, part), *_spread(healthy, count - part)]


def plan_checks(
    run: Run, dataset: Dataset, request: CheckRequest, other_heads: OtherHeads
) -> ArtifactPlan:
    """The plan of the checks.

    Raises:
        MissingInputError: a model of the run is not there; names the command that trains it.
    """
    settings = Settings(run.study.seed, run.study.head.top, replicates=run.study.evaluate.bootstrap)
    others = [each for each in run.study.models() if each not in (request.model, ALL)]
    models = {name: run.require_model(name).key for name in (request.model, *others)}
    configuration = {
        "images": [image.image_id for image in request.images],
        "methods": list(request.methods),
        "settings": asdict(settings),
    }
    recipe = Recipe("checks", {**models, "dataset": dataset.key}, configuration, FORMAT)

    def fill(draft: Draft, watch: Watch) -> None:
        compared = {name: load_trained(run, name) for name in others}
        compared.update(other_heads(run, dataset, request.model, watch))
        checks, rows = check_model(
            request.model,
            load_trained(run, request.model),
            compared,
            make_cases(run.study, dataset, request.images),
            len(request.images),
            [METHODS[name] for name in request.methods],
            settings,
            watch,
        )
        text = json.dumps(checks, indent=1, sort_keys=False, allow_nan=False)
        (draft.folder / CHECKS_FILE).write_text(f"{text}\n", encoding="utf-8")
        (draft.folder / LOCALISATION_FILE).write_bytes(to_csv(rows))
        draft.device, draft.determinism = tf_runtime.device(), tf_runtime.determinism()

    folder = run.folder.path / "explanations" / f"{request.model}-checks"
    return ArtifactPlan(folder, recipe, fill, _REMEDY)


def _spread(images: Sequence[Image], count: int) -> list[Image]:
    """So many of some images, evenly spaced."""
    count = min(count, len(images))
    return [images[(2 * number + 1) * len(images) // (2 * count)] for number in range(count)]
