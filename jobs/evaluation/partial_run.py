"""What is there of a run, which need not be finished: its models, their metrics, their inputs."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jobs.artifacts.layout import HISTORY, METRICS, PREDICTIONS, Location
from jobs.artifacts.lineage import read_upstream
from jobs.artifacts.manifest import Manifest, read_manifest, verify
from jobs.artifacts.run import START, Run, open_run
from jobs.common.errors import UsageError
from jobs.config.difference import flatten
from jobs.evaluation.predictions import Prediction, read_predictions

EVALUATION = "evaluation"


@dataclass(frozen=True)
class PartialRun:
    """A run and what is there of it, whose files are all intact.

    Attributes:
        made: the manifests of its models and of its evaluation, by name; those that are there.
    """

    run: Run
    made: Mapping[str, Manifest]

    @property
    def missing(self) -> dict[str, Location]:
        """What the run does not have yet, by name, with the command that makes it."""
        return {
            name: self.locate(name)
            for name in (*self.run.study.models(), EVALUATION)
            if name not in self.made
        }

    @property
    def models(self) -> dict[str, Manifest]:
        """The manifests of the models that are there."""
        return {name: each for name, each in self.made.items() if name != EVALUATION}

    def locate(self, name: str) -> Location:
        """Where a model, or the evaluation, lies."""
        folder = self.run.folder
        return folder.evaluation if name == EVALUATION else folder.model(name)

    @cached_property
    def manifests(self) -> dict[str, Manifest]:
        """What is made, and what the models came from, if that is still there."""
        if not self.models:
            return dict(self.made)
        inputs = {key for manifest in self.models.values() for key in manifest.inputs.values()}
        found = {
            each.name.partition(",")[0]: each.manifest
            for each in read_upstream(self.run.root, self.models)
            if each.manifest
        }
        inputs |= {key for manifest in found.values() for key in manifest.inputs.values()}
        used = {name: manifest for name, manifest in found.items() if manifest.key in inputs}
        return {**used, **self.made}

    @cached_property
    def input_keys(self) -> dict[str, str]:
        """The keys of all that the dataset, the features and the models were made of, by name.

        Each model may begin with another: `fold0, start` and so on.
        """
        upstream = [self.manifests.get(name) for name in ("dataset", "features")]
        manifests = [*upstream, *self.models.values()]
        found = {name: key for each in manifests if each for name, key in each.inputs.items()}
        found.pop(START, None)
        starts = {f"{model}, {START}": each.inputs for model, each in self.models.items()}
        return found | {name: each[START] for name, each in starts.items() if START in each}

    def predictions(self, model: str) -> tuple[Prediction, ...]:
        """A model's predictions."""
        return read_predictions(self.locate(model).folder / PREDICTIONS)

    def images(self, models: Iterable[str]) -> dict[str, Prediction]:
        """A prediction of each image of some models by its id, for what is known of the image."""
        return {row.image_id: row for model in models for row in self.predictions(model)}

    def history(self, model: str) -> list[str]:
        """The lines of a model's history.csv."""
        path = self.locate(model).folder / HISTORY
        return path.read_text(encoding="utf-8").splitlines()

    @property
    def metrics(self) -> dict[str, Any]:
        """Each value of metrics.json by its dotted name."""
        path = self.locate(EVALUATION).folder / METRICS
        text = path.read_text(encoding="utf-8")
        return dict(flatten(json.loads(text)))


def open_partial_run(folder: Path) -> PartialRun:
    """The run in ROOT/runs/<run>.

    Raises:
        UsageError: the folder has another name.
        MissingInputError: no stage of the run has begun.
        DataError: a file of it is damaged, or its figures are of another version's format, or of
            other models than are there.
    """
    path = folder.resolve()
    if path.parent.name != "runs":
        raise UsageError(f"a run must be named as ROOT/runs/NAME; got {folder}")
    run = open_run(path.parent.parent, path.name)
    made = {}
    for model in run.study.models():
        location = run.folder.model(model)
        if manifest := read_manifest(location.folder):
            verify(location.folder, manifest)
            made[model] = manifest
    if read_manifest(run.folder.evaluation.folder):
        made[EVALUATION] = run.require_evaluation(made)
    return PartialRun(run, made)
