"""A run: the models, figures and report of one configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jobs.artifacts.layout import Root, RunFolder
from jobs.artifacts.manifest import Manifest, find, require, verify
from jobs.common.atomic_write import rename_if_absent, temporary_folder, write_atomically
from jobs.common.errors import ConfigError, DataError, MissingInputError, UsageError
from jobs.config.difference import list_changes
from jobs.config.study import Study, dump_study, load_study, plain

EVALUATION_FORMAT = 5
"""Of what `mammo evaluate` writes, which many stages read."""

EXPLANATIONS_FORMAT = 4
"""Of what `mammo explain` writes, which the report shows."""

START = "start"
"""The input of a model that is the model it began with."""

START_FROM, JOINED = "start_from", "joined"
"""The notes of a model on what another run taught it: by its models, by its images."""


@dataclass(frozen=True)
class Run:
    """A run's folder and its study.

    Examples:
        >>> run = open_run(root, "first")  # root: a Path
        >>> run.require_model("fold0").stage
        'train'
    """

    folder: RunFolder
    study: Study

    @property
    def root(self) -> Root:
        """The root that the run lies in."""
        return self.folder.root

    def require_model(self, model: str) -> Manifest:
        """The manifest of one model, fold0, fold1, ... or all, whose files are intact.

        Raises:
            MissingInputError: it is not there yet; names the command that trains it.
            DataError: its files are damaged.
            UsageError: the study has no such model.
        """
        if model not in self.study.models():
            raise UsageError(
                f"the run {self.folder.name} has no model {model!r}; it has "
                f"{', '.join(self.study.models())}"
            )
        return require(self.folder.model(model))

    def require_models(self) -> dict[str, Manifest]:
        """The manifests of all models of the study, fold0 first, `all` last.

        Raises:
            MissingInputError: a model is not there yet; names the command that trains it.
            DataError: a model's files are damaged, or it was trained on other inputs than another.
        """
        models = {model: find(self.folder.model(model)) for model in self.study.models()}
        for model, manifest in models.items():
            verify(self.folder.model(model).folder, manifest)
        self._require_same_inputs(models)
        return models

    def _require_same_inputs(self, models: Mapping[str, Manifest]) -> None:
        """Raises DataError where models differ in what they were trained on.

        Each may begin with a model of its own.
        """
        (first, manifest), *others = models.items()
        for model, other in others:
            for name in sorted((manifest.inputs.keys() | other.inputs.keys()) - {START}):
                if manifest.inputs.get(name) != other.inputs.get(name):
                    location = self.folder.model(model)
                    raise DataError(
                        f"{location.folder} must have the same {name} as {first}: remove the one "
                        f"that is not to stay, run {location.command}"
                    )

    def require_evaluation(self, models: Mapping[str, Manifest]) -> Manifest:
        """The manifest of the run's figures, which are of these models, and maybe of others.

        Raises:
            MissingInputError: there are no figures yet; names the command that makes them.
            DataError: their files are damaged, are of another version's format, or of other models.
        """
        location = self.folder.evaluation
        manifest = require(location)
        if manifest.format != EVALUATION_FORMAT:
            raise DataError(
                f"{location.folder} holds figures in format {manifest.format}, and this version of "
                f"mammo reads {EVALUATION_FORMAT}: remove it, run {location.command}"
            )
        given = {name: model.key for name, model in models.items()}
        if not given.items() <= manifest.inputs.items():
            raise DataError(
                f"{location.folder} holds the figures of other models than the run's: remove it, "
                f"run {location.command}"
            )
        return manifest


def open_run(root: Path, name: str) -> Run:
    """The run, with the study that its first stage wrote.

    Raises:
        MissingInputError: no stage of this run has begun.
        ConfigError: its study.yaml was changed, and is not a valid study now.

    Examples:
        >>> open_run(root, "first").study.data.folds  # root: a Path
        2
    """
    folder = Root(root).run(name)
    if not folder.study.is_file():
        raise MissingInputError(f"{folder.study} is missing: run {folder.training_command}")
    return Run(folder, load_study(folder.study))


def claim_run(folder: RunFolder, study: Study) -> None:
    """Makes a run's folder with its study.yaml, or accepts one that has the same study.

    Raises:
        ConfigError: the run exists with another configuration; names each setting that differs.
        DataError: the folder exists, but has no study.yaml.
    """
    with temporary_folder(folder.path) as aside:
        write_atomically(aside / folder.study.name, dump_study(study).encode())
        if not rename_if_absent(aside, folder.path):
            require_same_study(folder, study)


def require_same_study(folder: RunFolder, study: Study) -> None:
    """Returns if a run is of this study, or nothing has begun it. Makes nothing.

    Raises:
        ConfigError: the run exists with another configuration; names each setting that differs.
        DataError: the folder exists, but has no study.yaml.
    """
    if not folder.path.is_dir() or not any(folder.path.iterdir()):
        return
    if not folder.study.is_file():
        raise DataError(
            f"{folder.study} is missing: {folder.path} was not written by mammo; remove it, or "
            "name another --run"
        )
    try:
        there = load_study(folder.study)
    except ConfigError as error:
        raise ConfigError(
            f"{error}: the run cannot be resumed; name a new one with --run"
        ) from error
    if changes := list_changes(plain(there), plain(study)):
        raise ConfigError(
            f"{folder.study}: the run {folder.name} has another configuration "
            f"({', '.join(changes)}); name a new one with --run"
        )
