"""Methods by their names, and settings of them from a command line."""

import inspect
from collections.abc import Sequence

from jobs.common.errors import UsageError
from jobs.common.nearest import did_you_mean
from jobs.explain.methods import METHODS


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


def read_options(settings: Sequence[str]) -> dict[str, dict[str, float]]:
    """Settings METHOD.OPTION=VALUE, of options that are numbers.

    Raises:
        UsageError: there is no such method or option, or the value is no number of its kind.

    Examples:
        >>> read_options(["integrated_gradients.steps=32"])
        {'integrated_gradients': {'steps': 32}}
    """
    read: dict[str, dict[str, float]] = {}
    for text in settings:
        key, _, value = text.partition("=")
        method, _, option = key.partition(".")
        choose_methods([method])
        default = _numbers(method).get(option)
        if default is None:
            known = ", ".join(_numbers(method)) or "none"
            raise UsageError(f"--option {text}: options of {method} are {known}")
        try:
            read.setdefault(method, {})[option] = type(default)(value)
        except ValueError:
            kind = "a whole number" if isinstance(default, int) else "a number"
            raise UsageError(f"--option {key} must be {kind}; got {value!r}") from None
    return read


def _numbers(method: str) -> dict[str, float]:
    """A method's options that are numbers, with their defaults."""
    parameters = inspect.signature(METHODS[method].compute).parameters.values()
    return {
        each.name: each.default
        for each in parameters
        if isinstance(each.default, int | float) and not isinstance(each.default, bool)
    }
