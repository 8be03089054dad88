"""A small study, and the options that its stages are called with."""

from argparse import Namespace
from pathlib import Path

from jobs import cli
from jobs.common.errors import StoppedError
from jobs.common.progress import Watch, silent
from jobs.stages import train

STUDY = """
seed: 3
data: {folds: 2, test: 0.25}
views: {size: [80, 75], healthy: 2, sick: 3}
model: {layer: mixed0}
head: {filters: 2}
train: {epochs: 3, batch: 8}
"""


def write_config(root: Path, text: str = STUDY) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "study.yaml").write_text(text)
    return root / "study.yaml"


def embed_options(root: Path, worker: int = 0, workers: int = 1) -> Namespace:
    return Namespace(
        root=root, config=root / "study.yaml", overrides=[], worker=worker, workers=workers
    )


def features_of(root: Path) -> dict[str, bytes]:
    """The content of the published features; unfinished work lies in hidden folders."""
    files = (root / "features").glob("[!.]*/*.npy")
    return {path.name: path.read_bytes() for path in files}


def train_model(
    root, *, fold=None, run="first", watch=silent, text=STUDY, embedding_too=False
) -> Path:
    options = Namespace(
        root=root,
        config=write_config(root, text),
        overrides=[],
        run=run,
        fold=fold,
        all=fold is None,
        embed=embedding_too,
        peers=None,
        peer=None,
    )
    cli.call(train, options, watch)
    return root / "runs" / run / ("all" if fold is None else f"fold{fold}")


def files_of(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if path.is_file()}


def stop_at(what: str, count: int) -> Watch:
    """A Watch that raises what SIGTERM raises, once `count` of something are done."""

    def watch(step: str, done: int, total: int) -> None:
        if step.startswith(what) and done >= count:
            raise StoppedError("stopped")

    return watch
