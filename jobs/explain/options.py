"""Methods by their names, and settings of them from a command line."""

import math
from collections.abc import Sequence
from typing import Any, Literal, get_args, get_origin, get_type_hints

from jobs.common.errors import UsageError
from jobs.common.nearest import did_you_mean
from jobs.explain.methods import METHODS
from jobs.explain.request import Value

LIMITS = {
    "image_masking.units": (1, math.inf),
    "image_masking.c": (0, 1),
    "occlusion.patch": (0.01, 1),
    "occlusion.steps": (1, math.inf),
    "occlusion.fill": (-1, 1),
    "integrated_gradients.steps": (1, math.inf),
}
"""The least and the most of each option that is a number."""


def choose_methods(names: Sequence[str]) -> list[str]:
    """The methods of these names, in the table's order; all of them without any.

    Raises:
        UsageError: there is no such method.
    """
    for name in names:
        if name not in METHODS:
            near = did_you_mean(name, METHODS) or f"; methods: {', '.join(METHODS)}"
            raise UsageError(f"--methods: unknown method {name}{near}")
    return [name for name in METHODS if not names or name in names]


def read_options(settings: Sequence[str]) -> dict[str, dict[str, Value]]:
    """Settings METHOD.OPTION=VALUE, of options that are numbers or one of some words.

    Raises:
        UsageError: there is no such method or option, or the value is none of its kind, or beyond
            its limits.

    Examples:
        >>> read_options(["integrated_gradients.steps=32", "deep_taylor.towards=healthy"])
        {'integrated_gradients': {'steps': 32}, 'deep_taylor': {'towards': 'healthy'}}
    """
    read: dict[str, dict[str, Value]] = {}
    for text in settings:
        key, _, value = text.partition("=")
        method, _, option = key.partition(".")
        choose_methods([method])
        kinds = _kinds(method)
        if option not in kinds:
            known = ", ".join(kinds) or "none"
            raise UsageError(f"--option {text}: options of {method} are {known}")
        read.setdefault(method, {})[option] = _convert(key, value, kinds[option])
    return read


def _convert(key: str, text: str, kind: Any) -> Value:
    """A value of an option; `kind` is int, float or a Literal."""
    if words := get_args(kind):
        if text not in words:
            raise UsageError(f"--option {key} must be one of {', '.join(words)}; got {text!r}")
        return text
    try:
        value = int(text) if kind is int else float(text)
    except ValueError:
        name = "a whole number" if kind is int else "a number"
        raise UsageError(f"--option {key} must be {name}; got {text!r}") from None
    least, most = LIMITS[key]
    if not least <= value <= most:  # nor NaN
        limits = f"at least {least}" if most == math.inf else f"from {least} to {most}"
        raise UsageError(f"--option {key} must be {limits}; got {text!r}")
    return value


def _kinds(method: str) -> dict[str, Any]:
    """The kinds of a method's options, by name: int, float, or a Literal of words."""
    return {
        name: kind
        for name, kind in get_type_hints(METHODS[method].compute).items()
        if kind in (int, float) or get_origin(kind) is Literal
    }
