"""k8s/ in a folder of its own, for a test to spoil, and the steps that mammo reads from it."""

from pathlib import Path

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


def local_inputs(root: Path, study: Path | None = None, run: str | None = None) -> LocalInputs:
    """Folders below one root."""
    claims = {"root": root / "root", "release": root / "release"}
    return LocalInputs(claims, root / "config", study, run)


def steps(folder: Path, study: Path | None = None, run: str | None = None) -> dict[str, Step]:
    """The steps of a folder's Jobs by name."""
    found, _ = steps_of(load_manifests(folder), local_inputs(folder.parent, study, run))
    return {step.name: step for step in found}
