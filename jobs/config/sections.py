"""The sections of study.yaml, each a frozen dataclass that checks its own values."""

import math
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from jobs.config.schema import require
from mammo_tfds.pixels.types import Window

Precision = Literal["float32", "bfloat16", "float16", "int8", "auto"]

Layer = Literal[
    "mixed0",
    "mixed1",
    "mixed2",
    "mixed3",
    "mixed4",
    "mixed5",
    "mixed6",
    "mixed7",
    "mixed8",
    "mixed9",
    "mixed10",
]

Size = tuple[int, int] | tuple[None, None]
"""(rows, columns) of views; None where they differ."""

LAYERS: tuple[Layer, ...] = get_args(Layer)
"""The blocks of Inception V3 whose outputs can be used, from the input on, as Keras names them."""


LEAST_SIDE = 75
"""The least rows and columns of a view, in pixels: below, Inception V3 has no output."""


@dataclass(frozen=True)
class DataConfig:
    """Which images are of the sick class, how patients are split, and how files are shown.

    Attributes:
        sick: the BI-RADS categories of the sick class; 4 includes 4a, 4b and 4c.
        folds: how many, beside the test set.
        test: the test set's share of the patients.
        window: which of a file's VOI LUTs and windows is applied: the first, the widest, none, or
            the one of this number, from 1, VOI LUTs first.
        order: split-first, patients are split, and then augmented; augment-first, views are split,
            so that a fold's model sees other views of the images that it is validated on. That
            inflates every figure out of fold; the test set's patients stay apart.

    Examples:
        >>> from jobs.config import DataConfig
        >>> DataConfig(folds=1)
        Traceback (most recent call last):
        jobs.common.errors.ConfigError: data.folds must be at least 2; got 1
    """

    sick: tuple[int, ...] = (4, 5, 6)
    folds: int = 5
    test: float = 0.2
    window: Window = "first"
    order: Literal["split-first", "augment-first"] = "split-first"

    @property
    def augment_first(self) -> bool:
        """Whether views are split into folds, not patients."""
        return self.order == "augment-first"

    def __post_init__(self) -> None:
        given = set(self.sick)
        valid = bool(given) and given < set(range(7)) and len(given) == len(self.sick)
        rule = "some, not all, of the BI-RADS categories from 0 to 6, each once"
        require(valid, "data.sick", rule, self.sick)
        _require_counts("data", self, 2, "folds")
        require(0 < self.test < 1, "data.test", "between 0 and 1", self.test)
        if isinstance(self.window, int):
            _require_counts("data", self, 1, "window")


@dataclass(frozen=True)
class ViewsConfig:
    """What the network sees of an image. View 0 is always the untouched image.

    Attributes:
        select: the projections that are used: all, craniocaudal (cc) or mediolateral oblique (mlo)
            alone; images of others are neither trained on nor predicted.
        size: (rows, columns) of a view.
        frame: fixed: each view has `size`, black beside the region; breast: it ends where the
            region ends, so that images differ in size, and none is larger than `size`.
        region: what is cut out of the image: the breast with a margin, or all of it.
        window: the percentiles of the breast's pixel values that become black and white.
        healthy: how many views an image of the healthy class has.
        sick: how many views an image of the sick class has.
        flip: the probability that left and right change places.
        crop: the largest share that is cut off at each side.
        contrast: the largest change of the factor about mid-grey.
        brightness: the largest shift, as a share of the window's width.
        noise: the largest standard deviation, as a share of the window's width.
        rotation: the largest angle, in degrees, either way about the view's centre.
        elastic: the largest displacement of a smooth random deformation, as a share of the region's
            height and width.

    Examples:
        >>> from jobs.config import ViewsConfig
        >>> ViewsConfig(size=(448, 336)).healthy
        10
    """

    select: Literal["all", "cc", "mlo"] = "all"
    size: tuple[int, int] = (299, 299)
    frame: Literal["fixed", "breast"] = "fixed"
    region: Literal["breast", "image"] = "breast"
    window: tuple[float, float] = (1.0, 99.5)
    healthy: int = 10
    sick: int = 27
    flip: float = 0.5
    crop: float = 0.1
    contrast: float = 0.2
    brightness: float = 0.1
    noise: float = 0.02
    rotation: float = 0.0
    elastic: float = 0.0

    def __post_init__(self) -> None:
        rule = f"at least {LEAST_SIDE} x {LEAST_SIDE} (rows, columns)"
        require(min(self.size) >= LEAST_SIDE, "views.size", rule, self.size)
        require(max(self.size) <= 10_000, "views.size", "at most 10,000 x 10,000", self.size)
        low, high = self.window
        require(0 <= low < high <= 100, "views.window", "two rising percentiles", self.window)
        _require_counts("views", self, 1, "healthy", "sick")
        require(0 <= self.flip <= 1, "views.flip", "a probability", self.flip)
        require(0 <= self.crop < 0.5, "views.crop", "at least 0 and below 0.5", self.crop)
        require(0 <= self.contrast < 1, "views.contrast", "at least 0 and below 1", self.contrast)
        for name in ("brightness", "noise"):
            value = getattr(self, name)
            require(0 <= value <= 1, f"views.{name}", "between 0 and 1", value)
        require(0 <= self.rotation <= 180, "views.rotation", "from 0 to 180", self.rotation)
        rule = "from 0 to 0.05, beyond which a view may fold over itself"
        require(0 <= self.elastic <= 0.05, "views.elastic", rule, self.elastic)

    @property
    def common_size(self) -> Size:
        """(rows, columns) of every view; None for both where images differ in size."""
        return self.size if self.frame == "fixed" else (None, None)


@dataclass(frozen=True)
class ModelConfig:
    """The base, Inception V3: its weights, which layer is used, and how that is computed.

    Attributes:
        network: inception_v3; or conv2 or conv3, two or three convolutions that are trained from
            scratch, on live views. They have no checkpoint and no layers to choose from.
        weights: random, imagenet, or the path of a checkpoint.
        layer: the layer whose output is used.
        pooling: what is done with that output: nothing, or its average over rows and columns.
        precision: what the base computes in.
        stored: the type that features are stored in.

    Examples:
        >>> from jobs.config import ModelConfig
        >>> ModelConfig(layer="mixed7").weights
        'random'
    """

    network: Literal["inception_v3", "conv2", "conv3"] = "inception_v3"
    weights: str = "random"
    layer: Layer = "mixed10"
    pooling: Literal["none", "average"] = "none"
    precision: Precision = "float32"
    stored: Literal["float32", "float16"] = "float16"

    def __post_init__(self) -> None:
        if self.from_scratch:
            where = f"where model.network is {self.network}"
            _require_defaults("model", self, where, "weights", "layer")

    @property
    def from_scratch(self) -> bool:
        """Whether all of the network is trained, from random weights."""
        return self.network != "inception_v3"


@dataclass(frozen=True)
class HeadConfig:
    """What makes a score of the base's output.

    conv_pool is the report's: convolution, max-pooling, ReLU, flatten, fully connected. local is a
    small network at each place of the output inside the breast: one hidden layer with a ReLU. Its
    score of an image is the mean of the highest places' logits. What belongs to the other kind must
    have its default.

    Attributes:
        kind: conv_pool or local.
        filters: conv_pool: of the convolution.
        kernel: conv_pool: rows and columns of each filter.
        pool: conv_pool: rows and columns of the max-pooling.
        hidden: local: units of the hidden layer.
        dropout: local: the share of the base's channels that a training step leaves out.
        top: local: the share of the breast's places, of those with the highest logits, whose mean
            is the image's score; at least one place.
        members: local: networks with other initial weights; the score is the mean of theirs.

    Examples:
        >>> from jobs.config import HeadConfig
        >>> HeadConfig(filters=8).kind
        'conv_pool'
    """

    kind: Literal["conv_pool", "local"] = "conv_pool"
    filters: int = 32
    kernel: int = 1
    pool: int = 2
    hidden: int = 32
    dropout: float = 0.0
    top: float = 0.01
    members: int = 3

    def __post_init__(self) -> None:
        _require_counts("head", self, 1, "filters", "kernel", "pool", "hidden", "members")
        require(0 <= self.dropout < 1, "head.dropout", "at least 0 and below 1", self.dropout)
        require(0 < self.top <= 1, "head.top", "above 0 and at most 1", self.top)
        of_kind = {
            "conv_pool": ("filters", "kernel", "pool"),
            "local": ("hidden", "dropout", "top", "members"),
        }
        for kind in of_kind.keys() - {self.kind}:
            _require_defaults("head", self, f"where head.kind is {self.kind}", *of_kind[kind])


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

    def __post_init__(self) -> None:
        _require_counts("train", self, 1, "epochs", "batch")
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
        _require_counts("branches", self, 1, "proposals", "candidates", "epochs", most=10_000)


@dataclass(frozen=True)
class EvaluateConfig:
    """What is fitted on validation folds for the figures, and how intervals are made.

    Attributes:
        threshold: youden, the largest sum of sensitivity and specificity.
        bootstrap: how many resamples an interval is made from.
        context: what an image's score is made from: none, the image alone; or exam, the same
            breast's other images and the other breast's as well.
        temperature: whether an image's own logit is divided by a temperature.

    Examples:
        >>> from jobs.config import EvaluateConfig
        >>> EvaluateConfig(bootstrap=200).threshold
        'youden'
    """

    threshold: Literal["youden"] = "youden"
    bootstrap: int = 1000
    context: Literal["none", "exam"] = "none"
    temperature: Literal["none", "fitted"] = "none"

    def __post_init__(self) -> None:
        _require_counts("evaluate", self, 100, "bootstrap", most=1_000_000)


def _require_defaults(section: str, config: object, where: str, *names: str) -> None:
    """Requires that what counts for nothing `where` it stands was left alone."""
    for name in names:
        value, default = getattr(config, name), getattr(type(config), name)
        require(value == default, f"{section}.{name}", f"{default}, the default, {where}", value)


def _require_counts(
    section: str, config: Any, least: int, *names: str, most: int = 100_000
) -> None:
    """Requires counts within limits; beyond `most`, libraries fail with messages of their own."""
    for name in names:
        count = getattr(config, name)
        require(count >= least, f"{section}.{name}", f"at least {least}", count)
        require(count <= most, f"{section}.{name}", f"at most {most:,}", count)
