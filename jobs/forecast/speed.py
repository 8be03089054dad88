"""How long steps take, from the manifests of what was made under the root before."""

import contextlib
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import MANIFEST, Manifest, read_manifest
from jobs.common.errors import MammoError
from jobs.config.study import Study, load_study
from jobs.features.extract import VIEWS_MADE
from jobs.forecast.extent import Extent

REPORT_SECONDS = 2.0
"""A report's, which has no manifest: 2 s for 181 images on two quiet cores of an AMD EPYC."""

FIGURES_SECONDS = 2.3
"""The part of an evaluation that does not grow with its resamples: on the same, 1,000 of them took
3.4 s and 2,000 took 4.5."""


@dataclass(frozen=True)
class Task:
    """What a step does, as far as its time follows from it.

    Attributes:
        command: of the step.
        settings: tasks of equal settings do the same work at the same speed.
        work: how much of it: views of an embedding, views of all epochs, resamples.
    """

    command: str
    settings: Hashable
    work: float


@dataclass(frozen=True)
class Measure:
    """What a task took: `fixed` seconds whatever its work, and others in proportion to it."""

    task: Task
    fixed: float
    proportional: float

    def seconds(self, work: float) -> float:
        """What so much of the same work takes."""
        return self.fixed + self.proportional / self.task.work * work


class Speeds:
    """What was measured under a root; of equal tasks, the newest measure counts."""

    def __init__(self, root: Root, extent: Extent) -> None:
        found = sorted(_measures(root, extent), key=lambda each: each[0])
        self._known = {(one.task.command, one.task.settings): one for _, one in found}

    def seconds(self, task: Task) -> float | None:
        """What a task is likely to take; None if none of its settings was measured."""
        if task.command == "report":
            return REPORT_SECONDS
        measure = self._known.get((task.command, task.settings))
        return measure.seconds(task.work) if measure else None


@dataclass(frozen=True)
class Machine:
    """What a task runs on: on how many threads, and whether beside a GPU."""

    threads: int
    gpu: bool


def embedding(study: Study, extent: Extent, machine: Machine) -> Task:
    """The features of all views."""
    return Task("embed", _embed_settings(study, machine), extent.views(study))


def training(study: Study, extent: Extent, model: str, machine: Machine) -> Task:
    """One model: fold0, fold1, ... or all."""
    train = study.train
    live = (train.live, train.unfreeze_from, study.model.network, train.join)
    heads = (study.head, study.branches)
    settings = (*live, train.batch, *heads, _embed_settings(study, machine))
    return Task("train", settings, extent.training_views(study, model) * train.epochs)


def engine(study: Study, machine: Machine) -> Task:
    """The quantised network, or the choice of a precision."""
    model = study.model
    views = study.views
    settings = (model.precision, views.size, views.frame, model.layer, machine)
    return Task("engine", settings, 1.0)


def evaluation(study: Study) -> Task:
    """The figures of all models."""
    return Task("evaluate", len(study.models()), study.evaluate.bootstrap)


def report() -> Task:
    """The page."""
    return Task("report", None, 1.0)


def _embed_settings(study: Study, machine: Machine) -> Hashable:
    model = study.model
    kinds = (model.layer, model.pooling, model.precision, model.stored)
    return (study.views.size, study.views.frame, *kinds, machine)


def _measures(root: Root, extent: Extent) -> Iterator[tuple[float, Measure]]:
    """When each was published, and what it took."""
    for kind, read in (("engines", _of_engine), ("features", _of_features)):
        for when, manifest in _manifests((root.path / kind).glob("*")):
            if measure := read(manifest):
                yield when, measure
    for folder in (root.path / "runs").glob("*"):
        with contextlib.suppress(MammoError):  # of another version of the program
            study = load_study(root.run(folder.name).study)
            for when, manifest in _manifests(folder.glob("*")):
                if measure := _of_run(study, extent, manifest):
                    yield when, measure


def _manifests(folders: Iterable[Path]) -> Iterator[tuple[float, Manifest]]:
    for folder in folders:
        if manifest := read_manifest(folder):
            yield (folder / MANIFEST).stat().st_mtime, manifest


def _of_engine(manifest: Manifest) -> Measure:
    made = manifest.configuration
    settings = (made["kind"], *_views(made), made["layer"], _machine(manifest))
    return Measure(Task("engine", settings, 1.0), manifest.seconds, 0.0)


def _of_features(manifest: Manifest) -> Measure | None:
    made, views = manifest.configuration, manifest.notes.get(VIEWS_MADE)
    if not views:  # of an older version, or all of them were made by earlier calls
        return None
    kinds = (made[name] for name in ("layer", "pooling", "precision", "stored"))
    settings = (*_views(made), *kinds, _machine(manifest))
    return Measure(Task("embed", settings, views), 0.0, manifest.seconds)


def _of_run(study: Study, extent: Extent, manifest: Manifest) -> Measure | None:
    if manifest.stage == "evaluate":
        task = evaluation(study)
        fixed = min(manifest.seconds, FIGURES_SECONDS)
        return Measure(task, fixed, manifest.seconds - fixed)
    if manifest.stage != "train":
        return None
    task = training(study, extent, manifest.configuration["model"], _machine(manifest))
    steps = manifest.notes["seconds_stepped"] + manifest.notes["seconds_waited"]
    return Measure(task, max(0.0, manifest.seconds - steps), steps)


def _views(made: Mapping[str, Any]) -> tuple[tuple[int, ...], str]:
    """Their size and frame; those of an older version were all fixed."""
    return tuple(made["views"]["size"]), made["views"].get("frame", "fixed")


def _machine(manifest: Manifest) -> Machine:
    return Machine(manifest.threads, manifest.device != "cpu")
