"""What is made beside the maps of `mammo explain` is made from this."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.artifacts.run import Run
from jobs.common.progress import Watch
from jobs.data.dataset import Dataset
from jobs.explain.request import Request
from jobs.model.trained import TrainedModel


@dataclass(frozen=True)
class Finished:
    """The maps of all images are there.

    Attributes:
        model: the explained one.
        folder: where the images' maps lie, see `jobs.explain.store`.
        folds: the other folds' models that were trained when this call began.
    """

    run: Run
    dataset: Dataset
    request: Request
    model: TrainedModel
    folder: Path
    watch: Watch
    folds: Sequence[str]
