"""What the training loop asks of a training mode: on features on disk, or on live views."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from jobs.common.progress import Watch
from jobs.common.types import Tensor
from jobs.data.training_set import TrainingSet
from jobs.model.classifier import AnyClassifier
from jobs.training.distributed.replicas import Replicas
from jobs.views.parameters import View


class InputSource(Protocol):
    """Where a model's inputs come from: stored features, or views that are made as it trains."""

    def views(self, image_ids: Sequence[str], epoch: int) -> list[View]:
        """The views that an epoch (from 1) trains on, in any order; the same number each epoch."""

    def load(self, views: Sequence[View], replica: int | None) -> Tensor:
        """The inputs of some views, in their order: (n, ...).

        Args:
            replica: which one trains on them, counted from 0 in this process; None for a
                prediction. For one replica, only one thread calls at a time.
        """

    def load_step(
        self, views: Sequence[View], weights: Sequence[float], epoch: int, replica: int
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        """What a training step reads: inputs as of `load`, and the labels of single places.

        Args:
            weights: of each view's loss.
            epoch: from 1; it may draw which part of a view is read.
            replica: as of `load`.
        """


@dataclass(frozen=True)
class TrainingInputs:
    """What a training mode hands to the loop for one model.

    Attributes:
        source: where the inputs come from.
        build: makes the classifier, on the replicas whose scope it is called in.
    """

    source: InputSource
    build: Callable[[], AnyClassifier]


class TrainingMode(Protocol):
    """How a study trains: on features on disk, or live.

    Attributes:
        inputs: the keys of the artifacts that it reads, beside the dataset's.
        configuration: the part of the study that it reads, beside what every training reads.
        notes: for the model's manifest. `base` is what turns views into features: the key of the
            checkpoint or "", the precision, and the key of the quantised model or "".
    """

    inputs: Mapping[str, str]
    configuration: Mapping[str, Any]
    notes: Mapping[str, Any]

    def training_set(self, model: str) -> TrainingSet:
        """What one model is trained and validated on."""

    def open(
        self, training_set: TrainingSet, replicas: Replicas, watch: Watch
    ) -> AbstractContextManager[TrainingInputs]:
        """What one model is trained with, as long as the context lasts."""
