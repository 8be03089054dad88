"""All checks of one model of a run: it is explained, and so are random and other models."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from jobs.common.progress import Watch
from jobs.common.types import Array, Floats
from jobs.explain import deep_taylor, lrp
from jobs.explain.backward import Rule, gradient_rule
from jobs.explain.checks.cases import Case, Kept, explain_case
from jobs.explain.checks.collect import Collector, Settings
from jobs.explain.checks.journal import Journal
from jobs.explain.checks.localisation import Localisation
from jobs.explain.checks.sanity import Draw, Subject, TargetOf
from jobs.explain.deconvnet import deconvnet_rule
from jobs.explain.forward import Forward
from jobs.explain.method import Method
from jobs.explain.methods import METHODS
from jobs.explain.relevance import relevance_rule
from jobs.explain.request import Options
from jobs.explain.target import ExplainedModel
from jobs.model.trained import TrainedModel


def rules_of(options: Options) -> Mapping[str, Callable[[Forward], Rule]]:
    """What the methods send back by, where it depends on no head."""
    of_lrp = lrp.rules_of(options.get("lrp", {}))
    return {
        "deconvnet": lambda forward: deconvnet_rule,
        "deep_taylor": lambda forward: relevance_rule(deep_taylor.RULES),
        "lrp": lambda forward: relevance_rule(of_lrp),
        "gradient_times_input": lambda forward: gradient_rule,
    }


def check_model(
    name: str,
    model: TrainedModel,
    others: Mapping[str, Callable[[], TrainedModel]],
    cases: Iterable[Case],
    count: int,
    methods: Sequence[Method],
    options: Options,
    kept: Kept,
    settings: Settings,
    journal: Journal,
    watch: Watch,
) -> tuple[dict[str, Any], list[Localisation]]:
    """What checks.json and localisation.csv hold.

    Args:
        name: of the model: fold0, fold1, ... or all.
        others: what gets models whose maps are compared with its own, by name: other folds',
            OTHER_SEED and PERMUTED_LABELS. It is called when one is needed.
        cases: images that the model was not trained on.
        count: how many they are.
        options: of the methods.
        kept: the maps of the model itself.
        journal: keeps what was measured of each image and model.
    """
    collector = Collector(name, methods, _draw_with(options), rules_of(options), settings, journal)
    target_of = _target_of(lambda: model, settings.top)
    for number, case in enumerate(cases, start=1):
        target = target_of(case)
        maps = {
            each.name: explain_case(each, target, case, options, kept)
            for each in methods
            if each.applies(target)
        }
        # Not `target`, which keeps what all nodes made of the view.
        collector.add(Subject(case, target_of(case), maps), _scores(model, case))
        watch("explain: images checked", number, count)
    targets = {
        key: functools.partial(_target_of, other, settings.top) for key, other in others.items()
    }
    return collector.finish(targets), collector.rows


def _draw_with(options: Options) -> Draw:
    return lambda name, target, case: explain_case(METHODS[name], target, case, options)


def _target_of(get: Callable[[], TrainedModel], top: float) -> TargetOf:
    """The model as it is explained: it and its network are read once, for the first image."""
    read: list[ExplainedModel] = []

    def target_of(case: Case) -> ExplainedModel:
        if not read:
            read.append(ExplainedModel.of(get(), case.places))
        return read[0].at(case.places, top)

    return target_of


def _scores(model: TrainedModel, case: Case) -> Callable[[Array], Floats]:
    """The logits of views of one image."""

    def scores(views: Array) -> Floats:
        breast = None
        if case.places is not None:
            breast = np.repeat(case.places[np.newaxis], len(views), axis=0)
        return model.logits(views, breast).astype(np.float64)

    return scores
