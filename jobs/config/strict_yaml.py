"""YAML as a configuration needs it: nothing is silently overwritten or misread."""

import re
from pathlib import Path
from typing import Any

import yaml

from jobs.common.errors import ConfigError


class StrictLoader(yaml.SafeLoader):
    """YAML in which a duplicate key is an error, and 1e-3 is a number."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping's keys and values; raises ConstructorError for a duplicate key."""
        seen: list[object] = []  # not a set: a key may be a list, which the base class rejects
        for key_node, _ in node.value:
            key = self.construct_object(key_node)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"duplicate key {key}", problem_mark=key_node.start_mark
                )
            seen.append(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, name: str) -> object:
    """A file's document; None for an empty one.

    Args:
        name: what such a file is called, such as study.yaml.

    Raises:
        ConfigError: it cannot be read, or is no YAML.
    """
    try:
        document: object = yaml.load(path.read_text(encoding="utf-8"), Loader=StrictLoader)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ConfigError(f"{path}: cannot be read ({reason}); name a {name}") from error
    except (yaml.YAMLError, ValueError) as error:
        line, what = describe(error)
        raise ConfigError(f"{path}{line}: not valid YAML: {what}") from error
    return document


def describe(error: yaml.YAMLError | ValueError) -> tuple[str, str]:
    """Where in a text an error of reading it is, as `:3` for line 3, and what is wrong there.

    A date such as 2024-13-45 is a ValueError, which has no place.
    """
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or "unreadable"
    return f":{mark.line + 1}" if mark else "", what


# YAML 1.2, 10.3.2: a float needs no point. PyYAML reads YAML 1.1, where 1e-3 is a string.
StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)
