"""Runs that are really trained, on a small release: a model of each kind that can be loaded."""

from pathlib import Path

from jobs import cli
from jobs.common.progress import silent
from tests.releases import make_rows, write_release

BASIC = """
seed: 3
data: {folds: 2, test: 0.25}
views: {size: [80, 75], healthy: 2, sick: 3}
model: {layer: mixed0MODEL}
head: {filters: 2HEAD}
train: {epochs: 2, batch: 8TRAIN}
"""


def study(model: str = "", head: str = "", train: str = "") -> str:
    """A study.yaml with more of some sections."""
    return BASIC.replace("MODEL", model).replace("HEAD", head).replace("TRAIN", train)


RUNS = {
    "first": study(),
    "exact": study(model=", stored: float32", head=", kernel: 3"),
    "averaged": study(model=", stored: float32, pooling: average", head=", pool: 1"),
    "live": study(train=", live: true"),
    "local": study().replace(
        "filters: 2", "kind: local, hidden: 4, members: 2, top: 0.1, dropout: 0.2"
    ),
    "unfrozen": study(train=", live: true, unfreeze_from: mixed0"),
    "scratch": study(train=", live: true").replace("layer: mixed0", "network: conv2"),
}
"""study.yaml of each run; fold 0 of all is trained, and all of the first one's models."""


def train_runs(root: Path) -> None:
    """Makes a release, and the runs on it."""
    release = write_release(root.parent / "release", make_rows(patients=12, sick=6))
    root.mkdir()
    for run, text in RUNS.items():
        config = root / f"{run}.yaml"
        config.write_text(text)
        models = ("--fold 0", "--fold 1", "--all") if run == "first" else ("--fold 0",)
        for line in (
            f"prepare --release {release}",
            "weights",
            "embed",
            *(f"train --run {run} {model}" for model in models),
        ):
            options, stage = cli.parse(
                [*line.split(), "--root", str(root), "--config", str(config)]
            )
            cli.call(stage, options, silent)
