"""k8s/ in a folder of its own, for a test to spoil, and the steps that mammo reads from it."""

from pathlib import Path
from typing import Any

from jobs.local.manifests.job import steps_of
from jobs.local.manifests.pod import Step
from jobs.local.manifests.references import LocalInputs
from jobs.local.manifests.render import load_manifests

K8S = Path(__file__).parents[4] / "k8s"
CONTAINER = r"spec\.template\.spec\.containers\[0\]"


def edit(folder: Path, file: str, old: str, new: str) -> None:
    """Replaces a text that the file must have."""
    text = (folder / file).read_text()
    assert old in text, f"{file} has no {old!r}"
    (folder / file).write_text(text.replace(old, new))


def local_inputs(root: Path, **options: Any) -> LocalInputs:
    """Folders below one root; `options`: study, run and overrides."""
    claims = {"root": root / "root", "release": root / "release"}
    return LocalInputs(claims, root / "config", **options)


def steps(folder: Path, **options: Any) -> dict[str, Step]:
    """The steps of a folder's Jobs by name; `options` as of `local_inputs`."""
    found, _ = steps_of(load_manifests(folder), local_inputs(folder.parent, **options))
    return {step.name: step for step in found}
