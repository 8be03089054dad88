"""A run's folder as the stages after training see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jobs.artifacts.publish import Manifest, find, require, verify
from jobs.common.errors import DataError, MissingInputError
from jobs.config.names import ALL, fold_number
from jobs.config.study import Study, load_study

EVALUATION = "evaluation"


@dataclass(frozen=True)
class Run:
    """ROOT/runs/<run>, its name and its study."""

    root: Path
    name: str
    study: Study

    @property
    def folder(self) -> Path:
        """ROOT/runs/<run>."""
        return self.root / "runs" / self.name

    def require_models(self) -> dict[str, Manifest]:
        """The manifests of all models of the study, fold0 first, `all` last.

        Raises:
            MissingInputError: a model is not there yet; names the command that trains it.
            DataError: a model's files are damaged.
        """
        models = {
            model: find(self.folder / model, self._training(model)) for model in self.study.models()
        }
        for model, manifest in models.items():
            verify(self.folder / model, manifest)
        return models

    def require_evaluation(self, models: Mapping[str, Manifest]) -> Manifest:
        """The manifest of the figures of these models.

        Raises:
            MissingInputError: there are no figures yet; names the command that makes them.
            DataError: their files are damaged, or they are of other models.
        """
        folder = self.folder / EVALUATION
        command = f"mammo evaluate --root {self.root} --run {self.name}"
        manifest = require(folder, command)
        if manifest.inputs != {name: model.key for name, model in models.items()}:
            raise DataError(
                f"{folder} holds the figures of other models than the run: remove it, run {command}"
            )
        return manifest

    def _training(self, model: str) -> str:
        which = "--all" if model == ALL else f"--fold {fold_number(model)}"
        return f"mammo train --root {self.root} --run {self.name} --config STUDY_YAML {which}"


def open_run(root: Path, name: str) -> Run:
    """The run, with the study that its first stage wrote.

    Raises:
        MissingInputError: no stage of this run has begun.
        ConfigError: its study.yaml was changed so that it is no study any more.
    """
    path = root / "runs" / name / "study.yaml"
    if not path.is_file():
        raise MissingInputError(
            f"{path} is missing: run mammo train --root {root} --run {name} --config STUDY_YAML"
        )
    return Run(root, name, load_study(path))
