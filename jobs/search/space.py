"""space.yaml: which keys of study.yaml a search varies, and between what."""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from jobs.common.errors import ConfigError
from jobs.common.nearest import did_you_mean
from jobs.config.overrides import apply_overrides, list_keys
from jobs.config.schema import parse, require
from jobs.config.strict_yaml import read_yaml
from jobs.config.study import Study, plain

_NOT_SEARCHED = (
    "seed",
    "data",
    "evaluate",
    "branches",
    "train.live",
    "train.start_from",
    "train.join",
)


@dataclass(frozen=True)
class Range:
    """A number between two, both included.

    Attributes:
        log: whether it is drawn evenly on a logarithmic scale.
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        require(self.low < self.high, "high", f"above low, {self.low}", self.high)
        require(self.low > 0 or not self.log, "low", "above 0 where log is true", self.low)


@dataclass(frozen=True)
class WholeRange(Range):
    """A whole number between two, both included."""


@dataclass(frozen=True)
class Choices:
    """One of some values, each as YAML."""

    values: tuple[str, ...]


Domain = Range | Choices


@dataclass(frozen=True)
class SearchConfig:
    """How a search goes.

    Attributes:
        trials: how many settings are tried by all workers together.
        together: how many of them a worker trains as one batch; these differ in nothing but
            `jobs.training.together.heads.FREE`.
        seeds: how many heads of other initial weights a setting's fold has; their mean is scored.
        sampler: tpe draws near settings that did well; random draws evenly.
        prune: whether a setting that does worse than half of the others, after a quarter, half or
            three quarters of its epochs, is given up.
    """

    trials: int = 60
    together: int = 4
    seeds: int = 1
    sampler: Literal["tpe", "random"] = "tpe"
    prune: bool = True

    def __post_init__(self) -> None:
        for name in ("trials", "together", "seeds"):
            value = getattr(self, name)
            require(1 <= value <= 10_000, name, "from 1 to 10,000", value)


@dataclass(frozen=True)
class Space:
    """What a search draws from.

    Attributes:
        config: how it goes.
        parameters: by the key of study.yaml, of all variants.
        variants: by the variant's name, parameters of its own; one, "", where there are none.
    """

    config: SearchConfig
    parameters: Mapping[str, Domain]
    variants: Mapping[str, Mapping[str, Domain]] = field(default_factory=lambda: {"": {}})

    def domains(self, variant: str) -> dict[str, Domain]:
        """By key, all that is drawn for a variant."""
        return {**self.parameters, **self.variants[variant]}

    def to_json(self) -> bytes:
        """All of it but how many trials there are: a search may go on with more."""
        whole = asdict(self)
        del whole["config"]["trials"]
        return f"{json.dumps(whole, indent=1, sort_keys=True)}\n".encode()


def load_space(path: Path, base: Study) -> Space:
    """Reads a space.yaml.

    Raises:
        ConfigError: it is missing, is not YAML, has an unknown key or a value that no study of the
            base's may have.
    """
    document = read_yaml(path, "space.yaml")
    if not isinstance(document, Mapping):
        raise ConfigError(f"{path}: must be a mapping of keys")
    try:
        space = _parse(document)
        for variant in space.variants:
            for settings in _corners(space.domains(variant)):
                study_of(base, settings)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return space


def study_of(base: Study, settings: Mapping[str, str]) -> Study:
    """The base with other values, by key, each as YAML; raises ConfigError for what is invalid."""
    given = [f"{key}={value}" for key, value in settings.items()]
    study: Study = parse(Study, apply_overrides(plain(base), given, Study), "")
    return study


def _parse(document: Mapping[str, Any]) -> Space:
    rest = {key: document[key] for key in document if key not in ("parameters", "variants")}
    config: SearchConfig = parse(SearchConfig, rest, "")
    parameters = _domains(document.get("parameters", {}), "parameters")
    given = document.get("variants", {"": {}})
    if not isinstance(given, Mapping) or not given:
        raise ConfigError("variants must be a mapping of names to parameters")
    variants = {str(name): _domains(each or {}, f"variants.{name}") for name, each in given.items()}
    if not any((parameters, *variants.values())):
        raise ConfigError("parameters must have a key of study.yaml, or there is nothing to search")
    for name, own in variants.items():
        for key in own.keys() & parameters.keys():
            raise ConfigError(f"variants.{name}.{key} is in parameters, too: name it once")
    return Space(config, parameters, variants)


def _domains(given: Any, where: str) -> dict[str, Domain]:
    if not isinstance(given, Mapping):
        raise ConfigError(f"{where} must be a mapping of keys of study.yaml")
    return {key: _domain(str(key), value, f"{where}.{key}") for key, value in given.items()}


def _domain(key: str, value: Any, where: str) -> Domain:
    known = list_keys(Study)
    if key not in known:
        raise ConfigError(f"unknown key {where}{did_you_mean(key, known)}")
    if any(key == each or key.startswith(f"{each}.") for each in _NOT_SEARCHED):
        raise ConfigError(f"{where} is not searched: its value is study.yaml's")
    if isinstance(value, Mapping):
        domain: Domain = parse(WholeRange if known[key] is int else Range, value, where)
        return domain
    values = value if isinstance(value, list) else [value]
    if not values:
        raise ConfigError(f"{where} must have a value")
    return Choices(tuple(_text(each) for each in values))


def _text(value: Any) -> str:
    """A value as YAML on one line."""
    return yaml.safe_dump(value, default_flow_style=True, width=10**6).partition("\n")[0]


def _corners(domains: Mapping[str, Domain]) -> Iterator[dict[str, str]]:
    """Settings that have each choice and each end once."""
    columns = [_ends(each) for each in domains.values()]
    longest = max(map(len, columns), default=1)
    filled = [list(itertools.islice(itertools.cycle(each), longest)) for each in columns]
    for row in zip(*filled, strict=True):
        yield dict(zip(domains, row, strict=True))


def _ends(domain: Domain) -> list[str]:
    if isinstance(domain, Choices):
        return list(domain.values)
    kind = int if isinstance(domain, WholeRange) else float
    return [_text(kind(domain.low)), _text(kind(domain.high))]
