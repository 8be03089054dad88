"""Two roots of other patients, in the first of which a run is trained."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from jobs import cli
from jobs.artifacts.run import open_run
from jobs.common.progress import silent
from jobs.model.trained import load_trained
from tests.releases import RowSpec, make_rows, write_release

STUDY = """
seed: SEED
data: {folds: 2, test: 0.25}
views: {size: [80, 75], healthy: 1, sick: 2}
model: {layer: mixed0, pooling: average}
head: {filters: 2, pool: 1}
train: {epochs: 1, batch: 8, learning_rate: 1e-9}
"""
"""With so small a learning rate, a model ends as it begins."""


def call(line: str, root: Path, *overrides: str) -> None:
    """Calls a stage on a root, with values in place of those of its study.yaml."""
    settings = [f"--set={each}" for each in overrides]
    options, stage = cli.parse(
        [*line.split(), "--root", str(root), "--config", f"{root}/study.yaml", *settings]
    )
    cli.call(stage, options, silent)


def other_patients(rows: list[RowSpec]) -> list[RowSpec]:
    """The same rows of other patients, with other images."""
    return [
        replace(
            row,
            image_id=str(int(row.image_id) + 10**6),
            patient=f"{int(row.patient, 16) + 10**6:016x}",
        )
        for row in rows
    ]


def renamed_patients(rows: list[RowSpec]) -> list[RowSpec]:
    """The same images of patients with other names."""
    return [replace(row, patient=f"{int(row.patient, 16) + 10**7:016x}") for row in rows]


def prepared(folder: Path, rows: list[RowSpec], seed: int = 3, study: str = STUDY) -> Path:
    """A root with a dataset alone."""
    root = folder / "prepared"
    root.mkdir(parents=True)
    (root / "study.yaml").write_text(study.replace("SEED", str(seed)))
    call(f"prepare --release {write_release(folder / 'release', rows)}", root)
    return root


def make_two_releases(folder: Path) -> tuple[Path, Path]:
    """Both roots have features by the same random weights; the first has a run, `films`."""
    rows = make_rows(patients=12, sick=6)
    first, second = (
        prepared(folder / name, each)
        for name, each in (("first", rows), ("second", other_patients(rows)))
    )
    for root in (first, second):
        call("weights", root)
        call("embed", root)
    for model in ("--fold 0", "--fold 1", "--all"):
        call(f"train --run films {model}", first, "train.learning_rate=0.05", "train.epochs=3")
    return first, second


def weights_of(root: Path, run: str, model: str) -> list[np.ndarray]:
    """The last weights of a model's trained part."""
    return load_trained(open_run(root, run), model, "last").classifier.trained.get_weights()
