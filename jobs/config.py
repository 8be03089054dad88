"""study.yaml -> frozen dataclasses, strict: an unknown key or a wrong type stops the run."""

import contextlib
import dataclasses
import difflib
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import yaml

from jobs.errors import ConfigError
from jobs.strict_yaml import StrictLoader

_TYPES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}

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


def _require(holds: bool, key: str, rule: str, value: object) -> None:
    if not holds:
        raise ConfigError(f"{key} must be {rule}; got {_short(value)}")


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
        _require(valid, "data.sick", rule, self.sick)
        _require(self.folds >= 2, "data.folds", "at least 2", self.folds)
        _require(0 < self.test < 1, "data.test", "between 0 and 1", self.test)


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
        _require(min(self.size) >= 75, "views.size", "at least 75 x 75 (rows, columns)", self.size)
        low, high = self.window
        _require(0 <= low < high <= 100, "views.window", "two rising percentiles", self.window)
        for name in ("healthy", "sick"):
            _require(getattr(self, name) >= 1, f"views.{name}", "at least 1", getattr(self, name))
        _require(0 <= self.flip <= 1, "views.flip", "a probability", self.flip)
        _require(0 <= self.crop < 0.5, "views.crop", "at least 0 and below 0.5", self.crop)
        _require(0 <= self.contrast < 1, "views.contrast", "at least 0 and below 1", self.contrast)
        for name in ("brightness", "noise"):
            value = getattr(self, name)
            _require(0 <= value <= 1, f"views.{name}", "between 0 and 1", value)


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
        for name in ("filters", "kernel", "pool"):
            _require(getattr(self, name) >= 1, f"head.{name}", "at least 1", getattr(self, name))


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
        _require(self.epochs >= 1, "train.epochs", "at least 1", self.epochs)
        _require(self.batch >= 1, "train.batch", "at least 1", self.batch)
        rate = self.learning_rate
        _require(rate > 0 and math.isfinite(rate), "train.learning_rate", "above 0", rate)
        rule = "none unless train.live is true: stored features are those of a frozen base"
        _require(
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
        _require(self.bootstrap >= 100, "evaluate.bootstrap", "at least 100", self.bootstrap)


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
        _require(0 <= self.seed < 2**32, "seed", "between 0 and 2**32 - 1", self.seed)
        layers = get_args(Layer)
        used = layers[: layers.index(self.model.layer) + 1]
        first = self.train.unfreeze_from
        rule = f"none, or model.layer {self.model.layer} or an earlier one"
        _require(first in ("none", *used), "train.unfreeze_from", rule, first)
        precision = self.model.precision
        exact = precision == "float32" or not self.train.live
        _require(exact, "model.precision", "float32 where train.live is true", precision)

    def models(self) -> tuple[str, ...]:
        """The names of the models that a study trains: fold0, fold1, ..., all."""
        return (*(f"fold{k}" for k in range(self.data.folds)), "all")


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


def parse(cls: type[Any], document: object, where: str) -> Any:
    """Builds the dataclass `cls` from a mapping; `where` is its dotted key in the file."""
    if not isinstance(document, Mapping):
        # What it is, unquoted: a file that is no study may be a patient's report.
        kind = "nothing" if document is None else type(document).__name__
        raise ConfigError(f"{where or 'the file'} must be a mapping of keys; got {kind}")
    hints = get_type_hints(cls)
    values = {}
    for key, value in document.items():
        dotted = f"{where}.{key}" if where else str(key)
        if key not in hints:
            raise ConfigError(f"unknown key {dotted}{_nearest(str(key), hints)}")
        values[key] = _value(hints[key], value, dotted)
    return cls(**values)


def _value(hint: Any, value: object, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return parse(hint, value, where)  # type: ignore[arg-type]
    if get_origin(hint) is tuple:
        return _tuple(get_args(hint), value, where)
    if get_origin(hint) is Literal:
        _require(value in get_args(hint), where, f"one of {', '.join(get_args(hint))}", value)
        return value
    if hint is float and type(value) is int and abs(value) <= sys.float_info.max:
        return float(value)
    _require(type(value) is hint, where, _TYPES[hint], value)
    if hint is float:
        _require(math.isfinite(value), where, "finite", value)  # type: ignore[arg-type]
    return value


def _tuple(items: tuple[Any, ...], value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ConfigError(f"{where} must be a list; got {_short(value)}")
    if items[-1] is Ellipsis:
        items = (items[0],) * len(value)
    _require(len(items) == len(value), where, f"a list of {len(items)}", value)
    pairs = zip(items, value, strict=True)
    return tuple(_value(item, one, f"{where}[{i}]") for i, (item, one) in enumerate(pairs))


def _nearest(key: str, known: Mapping[str, Any]) -> str:
    matches = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"; did you mean {matches[0]}?" if matches else f"; known keys: {', '.join(known)}"


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


def _short(value: object) -> str:
    """A value as an error quotes it: in one line, whatever was written there."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:76]} ..."
