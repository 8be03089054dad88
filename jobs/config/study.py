"""study.yaml -> frozen dataclasses, strict: an unknown key or a wrong type stops the run."""

import contextlib
import dataclasses
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from jobs.common.errors import ConfigError
from jobs.config.names import ALL, fold_name
from jobs.config.schema import parse, require
from jobs.config.strict_yaml import StrictLoader

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


def _counts(section: str, config: Any, least: int, *names: str, most: int = 100_000) -> None:
    """Requires sensible counts: what is beyond them, libraries refuse in ways of their own."""
    for name in names:
        count = getattr(config, name)
        require(count >= least, f"{section}.{name}", f"at least {least}", count)
        require(count <= most, f"{section}.{name}", f"at most {most:,}", count)


@dataclass(frozen=True)
class DataConfig:
    """Who is sick, and how patients are split."""

    sick: tuple[int, ...] = (4, 5, 6)
    folds: int = 5
    test: float = 0.2

    def __post_init__(self) -> None:
        given = set(self.sick)
        valid = bool(given) and given < set(range(7)) and len(given) == len(self.sick)
        rule = "some, not all, of the BI-RADS categories from 0 to 6, each once"
        require(valid, "data.sick", rule, self.sick)
        _counts("data", self, 2, "folds")
        require(0 < self.test < 1, "data.test", "between 0 and 1", self.test)


@dataclass(frozen=True)
class ViewsConfig:
    """What the network sees of an image. View 0 is always the untouched image."""

    size: tuple[int, int] = (299, 299)
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
        # Inception V3 has no output below 75 x 75.
        require(min(self.size) >= 75, "views.size", "at least 75 x 75 (rows, columns)", self.size)
        require(max(self.size) <= 10_000, "views.size", "at most 10,000 x 10,000", self.size)
        low, high = self.window
        require(0 <= low < high <= 100, "views.window", "two rising percentiles", self.window)
        _counts("views", self, 1, "healthy", "sick")
        require(0 <= self.flip <= 1, "views.flip", "a probability", self.flip)
        require(0 <= self.crop < 0.5, "views.crop", "at least 0 and below 0.5", self.crop)
        require(0 <= self.contrast < 1, "views.contrast", "at least 0 and below 1", self.contrast)
        for name in ("brightness", "noise"):
            value = getattr(self, name)
            require(0 <= value <= 1, f"views.{name}", "between 0 and 1", value)


@dataclass(frozen=True)
class ModelConfig:
    """The frozen Inception V3: its checkpoint, the layer that is used, and how it is computed."""

    weights: str = "random"
    layer: Layer = "mixed10"
    pooling: Literal["none", "average"] = "none"
    precision: Precision = "float32"
    stored: Literal["float32", "float16"] = "float16"


@dataclass(frozen=True)
class HeadConfig:
    """The report's head: convolution, max-pooling, ReLU, flatten, fully connected."""

    filters: int = 32
    kernel: int = 1
    pool: int = 2

    def __post_init__(self) -> None:
        _counts("head", self, 1, "filters", "kernel", "pool")


@dataclass(frozen=True)
class TrainConfig:
    """Adam on the cross entropy: on features, or live, with new views in every epoch.

    Live, the base may learn too, from the block that ends with the layer `unfreeze_from` on.
    """

    epochs: int = 20
    batch: int = 32
    learning_rate: float = 0.001
    live: bool = False
    unfreeze_from: Literal["none", Layer] = "none"

    def __post_init__(self) -> None:
        _counts("train", self, 1, "epochs", "batch")
        rate = self.learning_rate
        require(rate > 0 and math.isfinite(rate), "train.learning_rate", "above 0", rate)
        rule = "none unless train.live is true: stored features are those of a frozen base"
        require(
            self.live or self.unfreeze_from == "none",
            "train.unfreeze_from",
            rule,
            self.unfreeze_from,
        )


@dataclass(frozen=True)
class EvaluateConfig:
    """How the threshold is chosen on validation folds, and how intervals are made."""

    threshold: Literal["youden"] = "youden"
    bootstrap: int = 1000

    def __post_init__(self) -> None:
        _counts("evaluate", self, 100, "bootstrap", most=1_000_000)


@dataclass(frozen=True)
class Study:
    """All that a study's result depends on beside the release."""

    seed: int = 20
    data: DataConfig = field(default_factory=DataConfig)
    views: ViewsConfig = field(default_factory=ViewsConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    evaluate: EvaluateConfig = field(default_factory=EvaluateConfig)

    def __post_init__(self) -> None:
        require(0 <= self.seed < 2**32, "seed", "between 0 and 2**32 - 1", self.seed)
        layers = get_args(Layer)
        used = layers[: layers.index(self.model.layer) + 1]
        first = self.train.unfreeze_from
        rule = f"none, or model.layer {self.model.layer} or an earlier one"
        require(first in ("none", *used), "train.unfreeze_from", rule, first)
        precision = self.model.precision
        exact = precision == "float32" or not self.train.live
        require(exact, "model.precision", "float32 where train.live is true", precision)
        for name in ("kernel", "pool") if self.model.pooling == "average" else ():
            value = getattr(self.head, name)
            require(value == 1, f"head.{name}", "1 where model.pooling is average", value)

    def models(self) -> tuple[str, ...]:
        """The names of the models that a study trains: fold0, fold1, ..., all."""
        return (*(fold_name(k) for k in range(self.data.folds)), ALL)


def load_study(path: Path) -> Study:
    """Reads a study.yaml; `model.weights` is resolved against the file's own folder.

    Raises:
        ConfigError: the file is missing, is not YAML, has a doubled or unknown key, or a value of
            the wrong type or out of range.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ConfigError(f"{path}: cannot be read ({reason}); name a study.yaml") from error
    try:
        document = yaml.load(text, Loader=StrictLoader)
    except (yaml.YAMLError, ValueError) as error:  # a date such as 2024-13-45 is a ValueError
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or "unreadable"
        raise ConfigError(f"{path}{line}: not valid YAML: {what}") from error
    try:
        study = parse(Study, {} if document is None else document, "")
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return _resolve_weights(study, path.parent)


def dump_study(study: Study) -> str:
    """The configuration with every default spelled out, as YAML that `load_study` reads."""
    return yaml.safe_dump(plain(study), sort_keys=False)


def plain(config: Any) -> dict[str, Any]:
    """A configuration dataclass as JSON-ready dicts and lists."""
    return dataclasses.asdict(config, dict_factory=_plain_items)


def _plain_items(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in items}


def _resolve_weights(study: Study, folder: Path) -> Study:
    if study.model.weights in ("random", "imagenet"):
        return study
    given = Path(study.model.weights)
    with contextlib.suppress(RuntimeError):  # the home of nobody: a file that is not there
        given = given.expanduser()
    path = (folder / given).resolve()
    return dataclasses.replace(study, model=dataclasses.replace(study.model, weights=str(path)))
