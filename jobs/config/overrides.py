"""Keys of study.yaml that a command line gives other values: `--set train.epochs=3`."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, get_type_hints

import yaml

from jobs.common.errors import ConfigError
from jobs.common.nearest import did_you_mean
from jobs.config.strict_yaml import StrictLoader, describe


def list_keys(cls: type[Any]) -> dict[str, Any]:
    """The dotted keys of a dataclass whose fields may be dataclasses, and the type of each value.

    Examples:
        >>> from jobs.config import Study
        >>> list(list_keys(Study))[:3]
        ['seed', 'data.sick', 'data.folds']
    """
    found: dict[str, Any] = {}
    for name, hint in get_type_hints(cls).items():
        if dataclasses.is_dataclass(hint):
            inner = list_keys(hint)  # type: ignore[arg-type]
            found |= {f"{name}.{key}": each for key, each in inner.items()}
        else:
            found[name] = hint
    return found


def overridden_keys(overrides: Sequence[str]) -> list[str]:
    """The key of each KEY=VALUE."""
    return [each.partition("=")[0] for each in overrides]


def apply_overrides(document: object, overrides: Sequence[str], cls: type[Any]) -> object:
    """A document in which some keys have other values; the given one stays as it was.

    Where a section is no mapping, it stays so: that is the file's own error.

    Args:
        document: as YAML gives it.
        overrides: each is KEY=VALUE with VALUE in YAML, such as `views.size=[448, 336]`.
        cls: the dataclass that says which keys there are.

    Raises:
        ConfigError: a key is unknown or given twice, or a value is not YAML; names the override.

    Examples:
        >>> from jobs.config import Study
        >>> apply_overrides({"seed": 7}, ["train.epochs=3"], Study)
        {'seed': 7, 'train': {'epochs': 3}}
    """
    keys, known = overridden_keys(overrides), list_keys(cls)
    for number, (key, override) in enumerate(zip(keys, overrides, strict=True)):
        if key not in known:
            near = did_you_mean(key, known) or f"; known keys: {', '.join(known)}"
            raise ConfigError(f"--set {override}: unknown key {key}{near}")
        if key in keys[:number]:
            raise ConfigError(f"--set {override}: {key} is given twice")
        document = _replace(document, key.split("."), _read_value(override))
    return document


def _read_value(override: str) -> object:
    try:
        return yaml.load(override.partition("=")[2], Loader=StrictLoader)
    except (yaml.YAMLError, ValueError) as error:
        _, what = describe(error)
        raise ConfigError(f"--set {override}: not valid YAML: {what}") from error


def _replace(document: object, names: Sequence[str], value: object) -> object:
    if not names:
        return value
    if not isinstance(document, Mapping):
        return document
    first, *rest = names
    return {**document, first: _replace(document.get(first, {}), rest, value)}
