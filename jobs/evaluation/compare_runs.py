"""Whether two runs are the same study with the same result, and if not, where they differ.

Reads nothing but manifests, study.yaml, predictions.csv, metrics.json and history.csv.
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
from jobs.artifacts.lineage import flatten, list_settings, read_upstream
from jobs.artifacts.manifest import Manifest
from jobs.artifacts.run import Run, open_run
from jobs.common.errors import UsageError
from jobs.evaluation.predictions import Prediction, read_predictions

_AUC = ".figures.auc.value"
_WEIGHTS = ("best.weights.h5", "last.weights.h5")
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class FinishedRun:
    """A run with its models and its metrics, whose files are all intact."""

    run: Run
    models: Mapping[str, Manifest]
    evaluation: Manifest

    @cached_property
    def manifests(self) -> dict[str, Manifest]:
        """The models', their metrics', and those of what the models came from, if still there."""
        inputs = {key for manifest in self.models.values() for key in manifest.inputs.values()}
        found = {
            each.name.partition(",")[0]: each.manifest
            for each in read_upstream(self.run.root, self.models)
            if each.manifest
        }
        inputs |= {key for manifest in found.values() for key in manifest.inputs.values()}
        used = {name: manifest for name, manifest in found.items() if manifest.key in inputs}
        return {**used, **self.models, "evaluation": self.evaluation}

    @cached_property
    def input_keys(self) -> dict[str, str]:
        """The keys of all that the dataset, the features and the models were made of, by name."""
        upstream = [self.manifests.get(name) for name in ("dataset", "features")]
        manifests = [*upstream, *self.models.values()]
        return {name: key for each in manifests if each for name, key in each.inputs.items()}

    def predictions(self, model: str) -> tuple[Prediction, ...]:
        """A model's predictions."""
        return read_predictions(self.run.folder.model(model).folder / PREDICTIONS)

    @property
    def images(self) -> dict[str, Prediction]:
        """A prediction of each image by its id, for what is known of the image."""
        return {row.image_id: row for model in self.models for row in self.predictions(model)}

    def history(self, model: str) -> list[str]:
        """The lines of a model's history.csv."""
        path = self.run.folder.model(model).folder / HISTORY
        return path.read_text(encoding="utf-8").splitlines()

    @property
    def metrics(self) -> dict[str, Any]:
        """Each value of metrics.json by its dotted name."""
        path = self.run.folder.evaluation.folder / METRICS
        text = path.read_text(encoding="utf-8")
        return dict(flatten(json.loads(text)))


@dataclass(frozen=True)
class Aspect:
    """One respect in which two runs are compared, and a line for each difference."""

    name: str
    differences: tuple[str, ...]


STUDY, RESULT = ("data", "configuration"), ("training", "numbers")
"""The aspects that make a study the same, and a result. The others may explain a difference."""


def open_finished_run(folder: Path) -> FinishedRun:
    """The run in ROOT/runs/<run>.

    Raises:
        UsageError: the folder has another name.
        MissingInputError: the run is missing or not finished; names the command to resume it.
        DataError: a file of it is damaged.
    """
    path = folder.resolve()
    if path.parent.name != "runs":
        raise UsageError(f"a run must be named as ROOT/runs/NAME; got {folder}")
    run = open_run(path.parent.parent, path.name)
    models = run.require_models()
    return FinishedRun(run, models, run.require_evaluation(models))


def compare(a: FinishedRun, b: FinishedRun) -> list[Aspect]:
    """All aspects, from what goes into a study to what comes out of it."""
    settings_a, settings_b = (dict(list_settings(each.run.study)) for each in (a, b))
    return [
        Aspect("data", (*_keys(a, b), *_images(a.images, b.images))),
        Aspect("configuration", tuple(_differences(settings_a, settings_b))),
        Aspect("versions", tuple(_by_artifact(a, b, lambda manifest: manifest.versions))),
        Aspect("device", tuple(_by_artifact(a, b, _device))),
        Aspect("training", tuple(_training(a, b))),
        Aspect("numbers", (*_probabilities(a, b), *_metrics(a.metrics, b.metrics))),
    ]


def judge(aspects: Iterable[Aspect]) -> tuple[bool, str]:
    """Whether it is the same study with the same result, and the same in words.

    Examples:
        >>> judge([Aspect("data", ()), Aspect("numbers", ("fold0: 1 of 80 probabilities differ",))])
        (False, 'the same study, with another result')
    """
    different = {aspect.name for aspect in aspects if aspect.differences}
    study, result = different.isdisjoint(STUDY), different.isdisjoint(RESULT)
    words = f"{_same(study)} study, {'with ' if study else ''}{_same(result)} result"
    return study and result, words


def _same(whether: bool) -> str:
    return "the same" if whether else "another"


def _differences(a: Facts, b: Facts) -> Iterator[str]:
    """A line for each name whose value differs, or that only one of the two has."""
    for name in [*a, *(name for name in b if name not in a)]:
        if a.get(name) != b.get(name):
            yield f"{name}: {a.get(name, 'none')} | {b.get(name, 'none')}"


def _keys(a: FinishedRun, b: FinishedRun) -> Iterator[str]:
    """Of inputs whose keys both runs know: the artifacts themselves may be gone."""
    both = [name for name in a.input_keys if name in b.input_keys]
    return _differences(*({name: each.input_keys[name][:12] for name in both} for each in (a, b)))


def _images(a: Mapping[str, Prediction], b: Mapping[str, Prediction]) -> Iterator[str]:
    if alone := a.keys() ^ b.keys():
        yield f"images: {len(a)} | {len(b)}, {len(alone)} of them in only one run"
    facts: dict[str, Callable[[Prediction], object]] = {
        "are of another patient": lambda row: row.patient,
        "are in another split": lambda row: row.dataset_split,
        "have another side, projection, category or density": lambda row: (
            (row.side, row.view, row.birads, row.density)
        ),
        "have another label": lambda row: row.sick,
    }
    both = a.keys() & b.keys()
    for what, fact in facts.items():
        if count := sum(fact(a[one]) != fact(b[one]) for one in both):
            yield f"images: {count} of {len(both)} {what}"


def _device(manifest: Manifest) -> Facts:
    return {"device": manifest.device, "threads": manifest.threads, **manifest.determinism}


def _by_artifact(
    a: FinishedRun, b: FinishedRun, facts: Callable[[Manifest], Facts]
) -> Iterator[str]:
    """Each difference once, with the artifacts that have it."""
    both = [name for name in a.manifests if name in b.manifests]
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in both:
        for line in _differences(facts(a.manifests[name]), facts(b.manifests[name])):
            found[line].append(name)
    for line, names in found.items():
        yield f"{line} ({'all artifacts' if names == both else ', '.join(names)})"


def _training(a: FinishedRun, b: FinishedRun) -> Iterator[str]:
    for model in _common(a, b):
        rows = zip_longest(a.history(model), b.history(model))
        different = (step for step, (in_a, in_b) in enumerate(rows) if in_a != in_b)
        if first := next(different, 0):
            yield f"{model}: history.csv differs from step {first} on"
        files_a, files_b = a.models[model].files, b.models[model].files
        if files := [name for name in _WEIGHTS if files_a.get(name) != files_b.get(name)]:
            yield f"{model}: {' and '.join(files)} differ"


def _probabilities(a: FinishedRun, b: FinishedRun) -> Iterator[str]:
    for model in _common(a, b):
        in_a, in_b = (
            {(row.weights, row.split, row.image_id): row.probability for row in rows}
            for rows in (a.predictions(model), b.predictions(model))
        )
        if alone := in_a.keys() ^ in_b.keys():
            yield f"{model}: {len(alone)} predictions are in only one run"
        both = in_a.keys() & in_b.keys()
        gaps = {one: abs(in_a[one] - in_b[one]) for one in both if in_a[one] != in_b[one]}
        if gaps:
            weights, split, image = largest = max(sorted(gaps), key=lambda one: gaps[one])
            yield (
                f"{model}: {len(gaps)} of {len(both)} probabilities differ, by at most "
                f"{gaps[largest]:.2g} (image {image}, {split}, {weights} weights)"
            )


def _metrics(a: Facts, b: Facts) -> Iterator[str]:
    names = a.keys() | b.keys()
    different = sorted(name for name in names if a.get(name) != b.get(name))
    if different:
        yield f"metrics.json: {len(different)} of {len(names)} values differ"
    for name in different:
        if name.endswith(_AUC):
            yield f"{name.removesuffix(_AUC)}: AUC {a.get(name)} | {b.get(name)}"


def _common(a: FinishedRun, b: FinishedRun) -> list[str]:
    return [model for model in a.models if model in b.models]
