"""A document -> frozen dataclasses: an unknown key or a wrong type is an error that names it."""

import dataclasses
import math
import sys
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from jobs.common.errors import ConfigError
from jobs.common.nearest import did_you_mean

_TYPES = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def require(holds: bool, key: str, rule: str, value: object) -> None:
    """Raises ConfigError unless the rule for a key holds."""
    if not holds:
        raise ConfigError(f"{key} must be {rule}; got {_short(value)}")


def parse(cls: type[Any], document: object, where: str) -> Any:
    """Builds the dataclass `cls` from a mapping.

    Args:
        cls: its fields may be dataclasses, tuples, literals, bool, int, float, str, and a number
            or a literal.
        document: as YAML gives it.
        where: the mapping's dotted key in the file; "" for the whole file.

    Raises:
        ConfigError: a key is unknown, or a value has the wrong type.
    """
    if not isinstance(document, Mapping):
        # The type alone, not the text: what was given by mistake may be a patient's report.
        kind = "nothing" if document is None else type(document).__name__
        raise ConfigError(f"{where or 'the file'} must be a mapping of keys; got {kind}")
    hints = get_type_hints(cls)
    values = {}
    for key, value in document.items():
        dotted = f"{where}.{key}" if where else str(key)
        if key not in hints:
            near = did_you_mean(str(key), hints) or f"; known keys: {', '.join(hints)}"
            raise ConfigError(f"unknown key {dotted}{near}")
        values[key] = _value(hints[key], value, dotted)
    return cls(**values)


def _value(hint: Any, value: object, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return parse(hint, value, where)  # type: ignore[arg-type]
    if get_origin(hint) is tuple:
        return _tuple(get_args(hint), value, where)
    if get_origin(hint) is Union:
        return _number_or_word(get_args(hint), value, where)
    if get_origin(hint) is Literal:
        return _choice(get_args(hint), value, where)
    if hint is float and type(value) is int and abs(value) <= sys.float_info.max:
        return float(value)
    require(type(value) is hint, where, _TYPES[hint], value)
    if hint is float:
        require(math.isfinite(value), where, "finite", value)  # type: ignore[arg-type]
    return value


def _number_or_word(hints: tuple[Any, ...], value: object, where: str) -> Any:
    number, words = hints
    rule = f"{', '.join(get_args(words))} or {_TYPES[number]}"
    return value if type(value) is number else _choice(get_args(words), value, where, rule)


def _choice(choices: tuple[str, ...], value: object, where: str, rule: str = "") -> object:
    """One of a few words; the nearest is named where it is none. `rule`: in other words."""
    if value not in choices:
        rule, near = rule or f"one of {', '.join(choices)}", did_you_mean(str(value), choices)
        raise ConfigError(f"{where} must be {rule}; got {_short(value)}{near}")
    return value


def _tuple(items: tuple[Any, ...], value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ConfigError(f"{where} must be a list; got {_short(value)}")
    if items[-1] is Ellipsis:
        items = (items[0],) * len(value)
    require(len(items) == len(value), where, f"a list of {len(items)}", value)
    pairs = zip(items, value, strict=True)
    return tuple(_value(item, one, f"{where}[{i}]") for i, (item, one) in enumerate(pairs))


def _short(value: object) -> str:
    """A value as an error quotes it: on one line, and not too long."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:76]} ..."
