"""The run that a setting of a study names, held against the study."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jobs.artifacts.run import Run, open_run
from jobs.common.errors import ConfigError
from jobs.config.difference import setting_text
from jobs.data.dataset import Dataset, Image


def open_run_at(key: str, given: str, rule: str) -> Run:
    """The run in a folder.

    Args:
        key: the setting that names it, for an error.
        given: the path of the folder.
        rule: what the setting must be.

    Raises:
        MissingInputError: the run has not begun.
        ConfigError: the path is not of a run.
    """
    path = Path(given)
    if path.parent.name != "runs":
        raise ConfigError(f"{key} must be {rule}; got {given}")
    return open_run(path.parent.parent, path.name)


def require_same_settings(
    key: str, run: Run, theirs: Mapping[str, Any], ours: Mapping[str, Any]
) -> None:
    """Raises ConfigError where a setting, by its dotted name, is another in the run."""
    for name, value in ours.items():
        if theirs[name] != value:
            raise ConfigError(
                f"{key}: {run.folder.path} must have this run's {name}, {setting_text(value)}; it "
                f"has {setting_text(theirs[name])}"
            )


def require_same_base(key: str, run: Run, theirs: str, ours: str) -> None:
    """Raises ConfigError where the base's weights have another key in the run."""
    if theirs != ours:
        raise ConfigError(
            f"{key}: {run.folder.path} must have this run's base; its weights have another key, "
            f"{theirs[:12]}, not {ours[:12]}: set the same model.weights, and seed if they are "
            "random"
        )


def require_apart(
    key: str, seen: Dataset, used: Iterable[Image], dataset: Dataset, why: str
) -> None:
    """Raises ConfigError where images have patients or pixels that a dataset has, too.

    Args:
        seen: the dataset that they are of.
        used: the images.
        why: what they are used for, and what could be done.
    """
    used = list(used)
    for what, fact in (("patients", "patient"), ("images", "pixels_sha256")):
        theirs, ours = (
            {getattr(image, fact) for image in images} for images in (used, dataset.images)
        )
        if shared := theirs & ours:
            raise ConfigError(
                f"{key}: {seen.folder} must share no {what} with {dataset.folder}; in both: "
                f"{len(shared)}; {why}"
            )
