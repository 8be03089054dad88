"""What is trained together: heads of one shape, each with its own seed, settings and images."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from jobs.common.types import Array, Bools, Floats, Tensor
from jobs.config.study import Study, plain
from jobs.views.parameters import View

FREE = (
    "train.epochs",
    "train.learning_rate",
    "train.weight_decay",
    "train.class_weights",
    "head.dropout",
    "contours.weight",
)
"""The keys of study.yaml in which heads that are trained together may differ."""

Weights = tuple[Tensor, ...]
"""A kind's weights, each with the heads as its first axis."""


@dataclass(frozen=True)
class HeadSpec:
    """One head to train.

    Attributes:
        study: its settings.
        model: what its random numbers are drawn for, such as fold0.
        weights: (views,) float64: the weight of each view in its loss, their mean over those that
            it is trained on being 1; 0: it is not trained on this one.
    """

    study: Study
    model: str
    weights: Floats


def common_settings(study: Study) -> Mapping[str, Any]:
    """What the studies of heads that are trained together must have in common."""
    settings = plain(study)
    del settings["evaluate"]
    for key in FREE:
        section, name = key.split(".")
        del settings[section][name]
    return settings


def balance(study: Study, sick: Bools, trained: Bools) -> Floats:
    """Each view's weight in a head's loss, as `mammo train` has it; 0 where it is not trained on.

    Args:
        sick, trained: (views,) each.
    """
    weights = trained.astype(float)
    if study.train.class_weights == "balanced":
        for label in (False, True):
            own = trained & (sick == label)
            weights[own] = trained.sum() / 2 / max(1, own.sum())
    return weights


class ViewSource(Protocol):
    """Which views there are of images."""

    def views(self, image_ids: Iterable[str]) -> list[View]: ...


class Kind(Protocol):
    """A kind of head, of which many are computed at once: M of them.

    Attributes:
        members: how many networks, one after another, make up a head.
        features: what they read.
    """

    @property
    def features(self) -> ViewSource: ...

    @property
    def members(self) -> int: ...

    def initial(self, specs: Sequence[HeadSpec]) -> list[Array]:
        """The initial weights of all heads' members, as `mammo train` draws them."""

    def load(self, views: Sequence[View]) -> tuple[Tensor, ...]:
        """The inputs of some views."""

    def load_step(
        self, views: Sequence[View], epoch: int
    ) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """What `loss` takes of some views: inputs, and the labels of the p labelled places.

        The latter are each one's view, label and weight, all (p,); it has none of them where no
        head of this kind has a loss of places.
        """

    def loss(
        self, weights: Weights, inputs: tuple[Tensor, ...], labels: "Labels", mask: Tensor
    ) -> Tensor:
        """The sum of the heads' losses: () float32.

        Args:
            mask: (M, channels) float32: what each member's inputs are multiplied with.
        """

    def logits(self, weights: Weights, inputs: tuple[Tensor, ...]) -> Tensor:
        """(n, M) float32."""


@dataclass(frozen=True)
class Labels:
    """What the heads are to say of a batch's n views.

    Attributes:
        sick: (n,) float32, 0 or 1.
        weight: (n, M) float32: of each view in each member's loss, over all its views in the batch.
        places: as of `Kind.load_step`.
        contours: (M,) float32: the weight of the labelled places' loss.
    """

    sick: Tensor
    weight: Tensor
    places: tuple[Tensor, ...]
    contours: Tensor
