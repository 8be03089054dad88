"""What is trained, and how: `contours`, `train` and `branches`."""

import math
from dataclasses import dataclass, fields
from typing import Literal

from jobs.config.schema import require
from jobs.config.sections.network import Layer
from jobs.config.sections.rules import require_counts


@dataclass(frozen=True)
class ContoursConfig:
    """The second loss of a local head: what a place's logit should be, by the contours.

    A place inside a contour of a sick image should be sick. All places of a healthy image should
    be healthy, those inside its contours included. Elsewhere in a sick image nothing is known.
    Where no sick image has a contour there is no such loss. No prediction uses a contour.

    Attributes:
        weight: of this loss beside the image's own; 0 leaves contours out.
        calcification, cluster, mass, spiculated_region, asymmetry, distortion, point, unnamed: the
            weight of a place inside a contour of this kind.

    Examples:
        >>> from jobs.config import ContoursConfig
        >>> ContoursConfig(weight=1.0, spiculated_region=0.5).of_kind("spiculated region")
        0.5
    """

    weight: float = 0.0
    calcification: float = 1.0
    cluster: float = 1.0
    mass: float = 1.0
    spiculated_region: float = 1.0
    asymmetry: float = 1.0
    distortion: float = 1.0
    point: float = 1.0
    unnamed: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            require(0 <= value <= 1000, f"contours.{field.name}", "between 0 and 1,000", value)

    def of_kind(self, kind: str) -> float:
        """The weight of one of the kinds of mammo_tfds.release.contours.KINDS."""
        return float(getattr(self, kind.replace(" ", "_")))


@dataclass(frozen=True)
class TrainConfig:
    """Adam on the cross entropy: on stored features, or live, with new views in each epoch.

    Attributes:
        epochs: how many.
        batch: views in a batch.
        learning_rate: Adam's.
        weight_decay: the share of each weight, times the learning rate, that a step takes away;
            decoupled from the gradient (Loshchilov and Hutter, ICLR 2019).
        class_weights: balanced: both classes' images weigh the same in the loss as a whole; none:
            each image weighs the same.
        live: whether every epoch makes new views, which pass the whole network.
        unfreeze_from: the first block of the base that is trained, too; only where `live` is true.
        start_from: the run whose models these begin with: its name, or the path of its folder
            under another root; none: they begin with random weights.
        join: the path of the folder of a run under another root: its release's images, but for its
            test set, are trained on, too; none: these are trained on their own release alone.

    Examples:
        >>> from jobs.config import TrainConfig
        >>> TrainConfig(epochs=5).batch
        32
    """

    epochs: int = 20
    batch: int = 32
    learning_rate: float = 0.001
    weight_decay: float = 0.0
    class_weights: Literal["none", "balanced"] = "none"
    live: bool = False
    unfreeze_from: Literal["none", Layer] = "none"
    start_from: str = "none"
    join: str = "none"

    def __post_init__(self) -> None:
        require_counts("train", self, 1, "epochs", "batch")
        rate = self.learning_rate
        require(rate > 0 and math.isfinite(rate), "train.learning_rate", "above 0", rate)
        require(
            0 <= self.weight_decay < 1, "train.weight_decay", "from 0 to below 1", self.weight_decay
        )
        first = self.unfreeze_from
        rule = "none unless train.live is true: stored features are those of a frozen base"
        require(self.live or first == "none", "train.unfreeze_from", rule, first)
        rule = "none, a run's name or the path of its folder"
        require(self.start_from != "", "train.start_from", rule, self.start_from)
        rule = "none or the path of a run's folder, ROOT/runs/NAME, under another root"
        require(self.join != "", "train.join", rule, self.join)
        rule = "none where train.live is true: another release joins by its stored features"
        require(not self.live or self.join == "none", "train.join", rule, self.join)


@dataclass(frozen=True)
class BranchesConfig:
    """Scores of an image beside the head's.

    Attributes:
        calcifications: whether each model scores an image's calcifications, too, at its own
            resolution; the training folds must have contours of calcifications.
        pixel: a pixel's side in mm, by which a cluster's size is measured.
        proposals: how many of an image's small bright spots are kept for the detector.
        candidates: how many of those, the likeliest calcifications, an image's score is made of.
        epochs: of the detector, in each of its two rounds.

    Examples:
        >>> from jobs.config import BranchesConfig
        >>> BranchesConfig(calcifications=True).pixel
        0.07
    """

    calcifications: bool = False
    pixel: float = 0.07
    proposals: int = 1000
    candidates: int = 64
    epochs: int = 4

    def __post_init__(self) -> None:
        rule = "above 0 and at most 1 (mm)"
        require(0 < self.pixel <= 1, "branches.pixel", rule, self.pixel)
        require_counts("branches", self, 1, "proposals", "candidates", "epochs", most=10_000)
