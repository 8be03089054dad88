"""What the training loop asks of a way to train: on features on disk, or live."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from jobs.common.progress import Watch
from jobs.data.training_set import TrainingSet
from jobs.model.classifier import Learner
from jobs.training.distributed.replicas import Replicas
from jobs.views.parameters import View


class Inputs(Protocol):
    """Where a model's inputs come from: features on disk, or views that are made as it trains."""

    def views(self, image_ids: Sequence[str], epoch: int) -> list[View]:
        """The views that an epoch (from 1) trains on, in an order of no meaning, always as many."""

    def tensor(self, views: Sequence[View], place: int | None) -> Any:
        """The inputs of some views, in their order: (n, ...).

        Args:
            place: the replica that trains on them, counted from 0 on this process; None for a
                prediction. One thread at a time asks for each.
        """


@dataclass(frozen=True)
class Material:
    """What a way to train hands to the loop.

    Attributes:
        inputs: where the views come from.
        build: makes the network, on the replicas whose scope it is called in.
    """

    inputs: Inputs
    build: Callable[[], Learner]


class Way(Protocol):
    """A way to train: on features on disk, or live.

    Attributes:
        inputs: the keys of the artifacts that it reads, beside the dataset's.
        configuration: the part of the study that it reads, beside what every training does.
    """

    inputs: Mapping[str, str]
    configuration: Mapping[str, Any]

    def opened(
        self, training_set: TrainingSet, replicas: Replicas, watch: Watch
    ) -> AbstractContextManager[Material]:
        """What one model is trained with, as long as the context lasts."""
