"""Two configurations -> the settings that differ, by their names in study.yaml."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_ABSENT = "not set"


def flatten(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a nested document by their dotted names; a list of plain values is one value.

    Examples:
        >>> dict(flatten({"views": {"size": [299, 299]}, "bins": [{"mean": 0.5}]}))
        {'views.size': [299, 299], 'bins.0.mean': 0.5}
    """
    if isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        value = dict(enumerate(value))
    if not isinstance(value, Mapping):
        yield name, value
        return
    for key, inner in value.items():
        yield from flatten(inner, f"{name}.{key}" if name else str(key))


def list_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """`name: old -> new` for each setting that differs, in the order of the documents.

    Examples:
        >>> list_changes({"train": {"epochs": 12}}, {"train": {"epochs": 3}})
        ['train.epochs: 12 -> 3']
    """
    old, new = (
        {name: setting_text(value) for name, value in flatten(each)} for each in (before, now)
    )
    return [
        f"{name}: {old.get(name, _ABSENT)} -> {new.get(name, _ABSENT)}"
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    ]


def setting_text(value: Any) -> str:
    """A value as study.yaml may have it.

    Examples:
        >>> setting_text([4, 5, 6]), setting_text(True), setting_text("mixed7")
        ('[4, 5, 6]', 'true', 'mixed7')
    """
    return value if isinstance(value, str) else json.dumps(value)
