"""What is fitted on predictions: `evaluate`."""

from dataclasses import dataclass
from typing import Literal

from jobs.config.sections.rules import require_counts


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
        require_counts("evaluate", self, 100, "bootstrap", most=1_000_000)
