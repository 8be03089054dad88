"""The sections of study.yaml, each a frozen dataclass that checks its own values."""

import math
from dataclasses import dataclass
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

    Examples:
        >>> from jobs.config import ViewsConfig
        >>> ViewsConfig(size=(448, 336)).healthy
        10
    """

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

    @property
    def common_size(self) -> Size:
        """(rows, columns) of every view; None for both where images differ in size."""
        return self.size if self.frame == "fixed" else (None, None)


@dataclass(frozen=True)
class ModelConfig:
    """The base, Inception V3: its weights, which layer is used, and how that is computed.

    Attributes:
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

    weights: str = "random"
    layer: Layer = "mixed10"
    pooling: Literal["none", "average"] = "none"
    precision: Precision = "float32"
    stored: Literal["float32", "float16"] = "float16"


@dataclass(frozen=True)
class HeadConfig:
    """The report's head: convolution, max-pooling, ReLU, flatten, fully connected.

    Attributes:
        filters: of the convolution.
        kernel: rows and columns of each filter.
        pool: rows and columns of the max-pooling.

    Examples:
        >>> from jobs.config import HeadConfig
        >>> HeadConfig(filters=8)
        HeadConfig(filters=8, kernel=1, pool=2)
    """

    filters: int = 32
    kernel: int = 1
    pool: int = 2

    def __post_init__(self) -> None:
        _require_counts("head", self, 1, "filters", "kernel", "pool")


@dataclass(frozen=True)
class TrainConfig:
    """Adam on the cross entropy: on stored features, or live, with new views in each epoch.

    Attributes:
        epochs: how many.
        batch: views in a batch.
        learning_rate: Adam's.
        live: whether every epoch makes new views, which pass the whole network.
        unfreeze_from: the first block of the base that is trained, too; only where `live` is true.

    Examples:
        >>> from jobs.config import TrainConfig
        >>> TrainConfig(epochs=5).batch
        32
    """

    epochs: int = 20
    batch: int = 32
    learning_rate: float = 0.001
    live: bool = False
    unfreeze_from: Literal["none", Layer] = "none"

    def __post_init__(self) -> None:
        _require_counts("train", self, 1, "epochs", "batch")
        rate = self.learning_rate
        require(rate > 0 and math.isfinite(rate), "train.learning_rate", "above 0", rate)
        first = self.unfreeze_from
        rule = "none unless train.live is true: stored features are those of a frozen base"
        require(self.live or first == "none", "train.unfreeze_from", rule, first)


@dataclass(frozen=True)
class EvaluateConfig:
    """How the threshold is chosen on validation folds, and how intervals are made.

    Attributes:
        threshold: youden, the largest sum of sensitivity and specificity.
        bootstrap: how many resamples an interval is made from.

    Examples:
        >>> from jobs.config import EvaluateConfig
        >>> EvaluateConfig(bootstrap=200).threshold
        'youden'
    """

    threshold: Literal["youden"] = "youden"
    bootstrap: int = 1000

    def __post_init__(self) -> None:
        _require_counts("evaluate", self, 100, "bootstrap", most=1_000_000)


def _require_counts(
    section: str, config: Any, least: int, *names: str, most: int = 100_000
) -> None:
    """Requires counts within limits; beyond `most`, libraries fail with messages of their own."""
    for name in names:
        count = getattr(config, name)
        require(count >= least, f"{section}.{name}", f"at least {least}", count)
        require(count <= most, f"{section}.{name}", f"at most {most:,}", count)
