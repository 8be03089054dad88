"""All checks of one model of a run: its images are explained, and so are random and other models."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from jobs.common.progress import Watch
from jobs.common.types import Array, Floats
from jobs.explain.checks.cases import Case, explain_case
from jobs.explain.checks.collect import Collector, Settings
from jobs.explain.checks.localisation import Localisation
from jobs.explain.checks.sanity import Subject
from jobs.explain.deconvnet import deconvnet_rule
from jobs.explain.backward import Rule, gradient_rule
from jobs.explain.forward import Forward
from jobs.explain.method import Method
from jobs.explain.methods import METHODS
from jobs.explain.target import ExplainedModel
from jobs.model.trained import TrainedModel

RULES: Mapping[str, Callable[[Forward], Rule]] = {
    "deconvnet": lambda forward: deconvnet_rule,
    "gradient_times_input": lambda forward: gradient_rule,
}
"""What the methods send back by, where it depends on no head."""


def check_model(
    name: str,
    model: TrainedModel,
    others: Mapping[str, TrainedModel],
    cases: Iterable[Case],
    count: int,
    methods: Sequence[Method],
    settings: Settings,
    watch: Watch,
) -> tuple[dict[str, Any], list[Localisation]]:
    """What checks.json and localisation.csv hold.

    Args:
        name: of the model: fold0, fold1, ... or all.
        others: models whose maps are compared with its own, by name: other folds',
            OTHER_SEED and PERMUTED_LABELS.
        cases: images that the model was not trained on.
        count: how many they are.
    """
    target_of = functools.cache(lambda: ExplainedModel.of(model))
    collector = Collector(name, methods, _draw, RULES, settings)
    for number, case in enumerate(cases, start=1):
        target = _target(model, case, target_of)
        maps = {
            each.name: explain_case(each, target, case) for each in methods if each.applies(target)
        }
        collector.add(Subject(case, target, maps), _scores(model, case))
        watch("explain: images checked", number, count)

    def other_targets(chosen: Sequence[Case]) -> dict[str, list[ExplainedModel]]:
        return {key: [_of(other, case) for case in chosen] for key, other in others.items()}

    return collector.finish(other_targets, watch), collector.rows


def _draw(method: str, target: ExplainedModel, case: Case) -> Array:
    return explain_case(METHODS[method], target, case)


def _target(
    model: TrainedModel, case: Case, shared: Callable[[], ExplainedModel]
) -> ExplainedModel:
    """A local head's network has the image's own places; any other is one for all images."""
    return shared() if case.places is None else ExplainedModel.of(model, case.places)


def _of(model: TrainedModel, case: Case) -> ExplainedModel:
    return ExplainedModel.of(model, case.places)


def _scores(model: TrainedModel, case: Case) -> Callable[[Array], Floats]:
    """The logits of views of one image."""

    def scores(views: Array) -> Floats:
        breast = None
        if case.places is not None:
            breast = np.repeat(case.places[np.newaxis], len(views), axis=0)
        return model.logits(views, breast).astype(np.float64)

    return scores
