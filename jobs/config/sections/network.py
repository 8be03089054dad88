"""The network: `model`, its base, and `head`."""

from dataclasses import dataclass
from typing import Literal, get_args

from jobs.config.schema import require
from jobs.config.sections.rules import require_counts, require_defaults

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


LAYERS: tuple[Layer, ...] = get_args(Layer)
"""The blocks of Inception V3 whose outputs can be used, from the input on, as Keras names them."""


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
            require_defaults("model", self, where, "weights", "layer")

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
        sample: local: the share of an image's places, drawn anew in each epoch, that training looks
            for the highest logits among; at least one place. Predictions look at all.

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
    sample: float = 1.0

    def __post_init__(self) -> None:
        require_counts("head", self, 1, "filters", "kernel", "pool", "hidden", "members")
        require(0 <= self.dropout < 1, "head.dropout", "at least 0 and below 1", self.dropout)
        for name in ("top", "sample"):
            value = getattr(self, name)
            require(0 < value <= 1, f"head.{name}", "above 0 and at most 1", value)
        of_kind = {
            "conv_pool": ("filters", "kernel", "pool"),
            "local": ("hidden", "dropout", "top", "members", "sample"),
        }
        for kind in of_kind.keys() - {self.kind}:
            require_defaults("head", self, f"where head.kind is {self.kind}", *of_kind[kind])
