"""How engines are made: a quantised model, and the choice of a precision, from a study's views."""

import functools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from jobs.artifacts.layout import CHOICE, QUANTISED_MODEL, Root
from jobs.artifacts.plan import ArtifactPlan, carry_out
from jobs.artifacts.publish import Draft
from jobs.common.atomic_write import write_atomically
from jobs.common.errors import ConfigError
from jobs.common.progress import Watch
from jobs.common.types import Array
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.model import openvino_runtime
from jobs.model.checkpoint import require_checkpoint
from jobs.model.extractor import FeatureExtractor, make_extractor
from jobs.model.inception_v3 import read_network
from jobs.precision import benchmark
from jobs.precision.resolve import EngineRecipes, chosen_precision, engine_recipes

_PRECISIONS = ("float32", "bfloat16", "float16", "int8")
_TRIED = 16  # views


def plan_engine(root: Root, study: Study, dataset: Dataset) -> ArtifactPlan:
    """The plan of what the study's precision, int8 or auto, needs.

    Raises:
        MissingInputError: the weights are not there yet.
        ConfigError: for int8, OpenVINO is not installed, or the processor is not one for it.
    """
    recipes = engine_recipes(study, dataset)
    checkpoint = require_checkpoint(root, recipes.weights)
    build = EngineBuild(root, study, dataset, recipes, checkpoint)
    if study.model.precision == "int8":
        return build.plan_quantised()
    choice = build.plan_choice()
    # A choice of int8 cannot be used without the quantised model.
    picked_int8 = choice.is_made() and chosen_precision(choice.target) == "int8"
    return build.plan_quantised() if picked_int8 else choice


class EngineBuild:
    """The engines of one study."""

    def __init__(
        self,
        root: Root,
        study: Study,
        dataset: Dataset,
        recipes: EngineRecipes,
        checkpoint: Path,
    ) -> None:
        self._root, self._study, self._dataset = root, study, dataset
        self._recipes, self._checkpoint = recipes, checkpoint

    def plan_quantised(self) -> ArtifactPlan:
        """The plan of the quantised model.

        Raises:
            ConfigError: OpenVINO is not installed, or the processor is not one for int8.
        """
        openvino_runtime.require_int8()
        recipe = self._recipes.quantised
        return ArtifactPlan(self._root.engine(recipe.key).folder, recipe, self._quantise)

    def plan_choice(self) -> ArtifactPlan:
        """The plan of the choice of a precision.

        Making it measures all precisions that this machine computes in. The quantised model, which
        is one of those, is published, too.
        """
        recipe = self._recipes.choice
        return ArtifactPlan(self._root.engine(recipe.key).folder, recipe, self._choose)

    def _quantise(self, draft: Draft, watch: Watch) -> None:
        from jobs.precision.quantise import quantise

        network = read_network(self._checkpoint, self._study.model.layer)
        model = quantise(network, self._study.views.common_size, self._calibration(watch))
        openvino_runtime.write_model(model, draft.folder / QUANTISED_MODEL)
        draft.determinism = openvino_runtime.determinism()

    def _choose(self, draft: Draft, watch: Watch) -> None:
        extractors, refused = self._extractors(watch)
        batches = _first(_TRIED, self._calibration(watch))
        chosen = benchmark.describe(benchmark.measure(extractors, batches), refused)
        write_atomically(draft.folder / CHOICE, (json.dumps(chosen, indent=1) + "\n").encode())
        float32 = extractors["float32"]
        draft.device, draft.determinism = float32.device, dict(float32.determinism)
        draft.notes["picked"] = chosen["picked"]

    def _extractors(self, watch: Watch) -> tuple[dict[str, FeatureExtractor], dict[str, str]]:
        """The extractors that this machine can run, by precision; why it cannot run the others."""
        extractors, refused = {}, {}
        make = functools.partial(make_extractor, self._study, checkpoint=self._checkpoint)
        for precision in _PRECISIONS:
            quantised = None
            try:
                if precision == "int8":
                    plan = self.plan_quantised()
                    carry_out(plan, watch)
                    quantised = plan.target / QUANTISED_MODEL
                extractors[precision] = make(precision, quantised=quantised)
            except ConfigError as error:
                refused[precision] = str(error)
        return extractors, refused

    def _calibration(self, watch: Watch) -> Iterator[Array]:
        """The calibration views in batches, each (n, rows, columns, 1) float32 in [-1, 1]."""
        from jobs.views.batches import view_batches

        chosen = self._recipes.views
        done = 0
        wanted = ((image, [number]) for image, number in chosen)
        for views, tensor, *_ in view_batches(self._study, self._dataset, wanted, gpu=None):
            yield np.array(tensor)
            done += len(views)
            watch("engine: views", done, len(chosen))


def _first(count: int, batches: Iterator[Array]) -> Sequence[Array]:
    """The first batches, as many as have `count` views together."""
    taken: list[Array] = []
    for batch in batches:
        taken.append(batch)
        if sum(map(len, taken)) >= count:
            break
    return taken
