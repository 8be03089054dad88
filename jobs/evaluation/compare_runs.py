"""Two runs side by side: whether they are one study with one result, and if not, where they part.

Reads manifests, predictions.csv, metrics.json and history.csv alone.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

from jobs.artifacts.layout import HISTORY, METRICS, PREDICTIONS
from jobs.artifacts.lineage import settings, upstream
from jobs.artifacts.manifest import Manifest
from jobs.artifacts.run import Run, open_run
from jobs.common.errors import UsageError
from jobs.evaluation.predictions import Prediction, read_predictions

_AUC = "figures.auc.value"
_WEIGHTS = ("best.weights.h5", "last.weights.h5")
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Finished:
    """A run with its models and its figures, whose files are all intact."""

    run: Run
    models: Mapping[str, Manifest]
    evaluation: Manifest

    @cached_property
    def made(self) -> dict[str, Manifest]:
        """What the models were made from, as far as it is still there, they, and the figures."""
        inputs = {key for manifest in self.models.values() for key in manifest.inputs.values()}
        found = {
            each.name.partition(",")[0]: each.manifest
            for each in upstream(self.run.root, self.models)
            if each.manifest
        }
        inputs |= {key for manifest in found.values() for key in manifest.inputs.values()}
        there = {name: manifest for name, manifest in found.items() if manifest.key in inputs}
        return {**there, **self.models, "evaluation": self.evaluation}

    @cached_property
    def keys(self) -> dict[str, str]:
        """The keys of all that was read, each by its name."""
        manifests = [self.made.get("dataset"), self.made.get("features"), *self.models.values()]
        return {name: key for each in manifests if each for name, key in each.inputs.items()}

    def predictions(self, model: str) -> tuple[Prediction, ...]:
        """A model's predictions."""
        return read_predictions(self.run.folder.model(model).folder / PREDICTIONS)

    @property
    def images(self) -> dict[str, Prediction]:
        """A prediction of each image, which says all that is known of it."""
        return {row.image_id: row for model in self.models for row in self.predictions(model)}

    def history(self, model: str) -> list[str]:
        """The lines of a model's history.csv."""
        return (
            (self.run.folder.model(model).folder / HISTORY).read_text(encoding="utf-8").splitlines()
        )

    @property
    def figures(self) -> dict[str, Any]:
        """Each figure of metrics.json by its dotted name."""
        text = (self.run.folder.evaluation.folder / METRICS).read_text(encoding="utf-8")
        return dict(_flat(json.loads(text)))


@dataclass(frozen=True)
class Part:
    """One respect in which two runs are compared, and a line for each difference."""

    name: str
    differences: tuple[str, ...]


STUDY, RESULT = ("data", "configuration"), ("training", "numbers")
"""The parts that make a study the same, and its result. The others may explain a difference."""


def open_finished(folder: Path) -> Finished:
    """The run that lies in ROOT/runs/<run>.

    Raises:
        UsageError: the folder is not so named.
        MissingInputError: the run is not there or not finished; names the command that goes on.
        DataError: a file of it is damaged.
    """
    place = folder.resolve()
    if place.parent.name != "runs":
        raise UsageError(f"a run must be named as ROOT/runs/NAME; got {folder}")
    run = open_run(place.parent.parent, place.name)
    models = run.require_models()
    return Finished(run, models, run.require_evaluation(models))


def compare(a: Finished, b: Finished) -> list[Part]:
    """All parts, from what goes into a study to what comes out of it."""
    return [
        Part("data", (*_keys(a, b), *_images(a.images, b.images))),
        Part("configuration", tuple(_unlike(dict(settings(a.run.study)), settings(b.run.study)))),
        Part("versions", tuple(_by_artifact(a, b, lambda made: made.versions))),
        Part("device", tuple(_by_artifact(a, b, _device))),
        Part("training", tuple(_training(a, b))),
        Part("numbers", (*_probabilities(a, b), *_figures(a.figures, b.figures))),
    ]


def verdict(parts: Iterable[Part]) -> tuple[bool, str]:
    """Whether it is the same study with the same result, and that in words."""
    unlike = {part.name for part in parts if part.differences}
    study, result = unlike.isdisjoint(STUDY), unlike.isdisjoint(RESULT)
    words = f"{_same(study)} study, {'with ' if study else ''}{_same(result)} result"
    return study and result, words


def _same(whether: bool) -> str:
    return "the same" if whether else "another"


def _unlike(a: Facts, b: Facts | Iterable[tuple[str, Any]]) -> Iterator[str]:
    """A line for each name whose value differs, or which one of the two alone has."""
    b = dict(b)
    for name in [*a, *(name for name in b if name not in a)]:
        if a.get(name) != b.get(name):
            yield f"{name}: {a.get(name, 'none')} | {b.get(name, 'none')}"


def _keys(a: Finished, b: Finished) -> Iterator[str]:
    """What both know the key of: the artifacts themselves may be gone."""
    both = [name for name in a.keys if name in b.keys]
    return _unlike(*({name: each.keys[name][:12] for name in both} for each in (a, b)))


def _images(a: Mapping[str, Prediction], b: Mapping[str, Prediction]) -> Iterator[str]:
    if alone := a.keys() ^ b.keys():
        yield f"images: {len(a)} | {len(b)}, {len(alone)} of them in one run alone"
    facts: dict[str, Callable[[Prediction], object]] = {
        "are of another patient": lambda row: row.patient,
        "are in another split": lambda row: row.split if row.split == "test" else row.model,
        "have another side, view, category or density": lambda row: (
            (row.side, row.view, row.birads, row.density)
        ),
        "have another label": lambda row: row.sick,
    }
    both = a.keys() & b.keys()
    for what, fact in facts.items():
        if count := sum(fact(a[one]) != fact(b[one]) for one in both):
            yield f"images: {count} of {len(both)} {what}"


def _device(made: Manifest) -> Facts:
    return {"device": made.device, "threads": made.threads, **made.determinism}


def _by_artifact(a: Finished, b: Finished, facts: Callable[[Manifest], Facts]) -> Iterator[str]:
    """Each difference once, with the artifacts that it is found in."""
    both = [name for name in a.made if name in b.made]
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in both:
        for line in _unlike(facts(a.made[name]), facts(b.made[name])):
            found[line].append(name)
    for line, names in found.items():
        yield f"{line} ({'all artifacts' if names == both else ', '.join(names)})"


def _training(a: Finished, b: Finished) -> Iterator[str]:
    for model in _common(a, b):
        rows = zip_longest(a.history(model), b.history(model))
        if apart := next((step for step, (ours, theirs) in enumerate(rows) if ours != theirs), 0):
            yield f"{model}: history.csv parts at step {apart}"
        files = a.models[model].files, b.models[model].files
        kinds = [name for name in _WEIGHTS if files[0].get(name) != files[1].get(name)]
        if kinds:
            yield f"{model}: {' and '.join(kinds)} differ"


def _probabilities(a: Finished, b: Finished) -> Iterator[str]:
    for model in _common(a, b):
        ours, theirs = (
            {(row.weights, row.split, row.image_id): row.probability for row in rows}
            for rows in (a.predictions(model), b.predictions(model))
        )
        if alone := ours.keys() ^ theirs.keys():
            yield f"{model}: {len(alone)} predictions are in one run alone"
        both = ours.keys() & theirs.keys()
        apart = {one: abs(ours[one] - theirs[one]) for one in both if ours[one] != theirs[one]}
        if apart:
            weights, split, image = most = max(sorted(apart), key=lambda one: apart[one])
            yield (
                f"{model}: {len(apart)} of {len(both)} probabilities differ, by at most "
                f"{apart[most]:.2g} (image {image}, {split}, {weights} weights)"
            )


def _figures(a: Facts, b: Facts) -> Iterator[str]:
    names = a.keys() | b.keys()
    apart = sorted(name for name in names if a.get(name) != b.get(name))
    if apart:
        yield f"figures: {len(apart)} of {len(names)} differ"
    for name in apart:
        if name.endswith(_AUC):
            yield f"{name.removesuffix('.figures.auc.value')}: AUC {a.get(name)} | {b.get(name)}"


def _common(a: Finished, b: Finished) -> list[str]:
    return [model for model in a.models if model in b.models]


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Each number and text of a document by its dotted name."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{name}.{number}")
    else:
        yield name, value
