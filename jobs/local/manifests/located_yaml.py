"""YAML documents whose every value knows where it is, so that errors can say so."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from jobs.common.errors import ConfigError
from jobs.config.strict_yaml import StrictLoader


@dataclass(frozen=True)
class LocatedValue:
    """A value of a document, and where it is.

    Attributes:
        value: as YAML gave it.
        where: the document's file; if it was rendered, the command that did it, kind and name.
        path: from the top of the document, such as `spec.containers[0].args`.
    """

    value: Any
    where: str
    path: str = ""

    def get(self, name: str, kind: type, default: object = None) -> "LocatedValue":
        """The value of a mapping's field; `default` if the field is missing.

        Raises:
            ConfigError: it is missing and has no default, or is not of that kind.
        """
        value = self.value.get(name, default) if isinstance(self.value, dict) else None
        found = self.child(name, value)
        if value is None:
            found.fail("is missing")
        if not isinstance(value, kind) or isinstance(value, bool):
            found.fail(f"must be a {_KINDS[kind]}", value)
        return found

    def child(self, name: str, value: object) -> "LocatedValue":
        """A value at the place of that field of this mapping."""
        return LocatedValue(value, self.where, f"{self.path}.{name}".lstrip("."))

    def at(self, path: str, kind: type) -> "LocatedValue":
        """The value at a dotted path, all of which must be there."""
        *parents, name = path.split(".")
        found = self
        for parent in parents:
            found = found.get(parent, dict)
        return found.get(name, kind)

    def text(self, path: str) -> str:
        """The text at a dotted path."""
        return self.at(path, str).value

    def items(self) -> "list[LocatedValue]":
        """The items of a list."""
        pairs = enumerate(self.value)
        return [LocatedValue(item, self.where, f"{self.path}[{i}]") for i, item in pairs]

    def allow(self, *names: Collection[str]) -> None:
        """Raises ConfigError for a field of this mapping that is in none of the collections."""
        known = set().union(*names)
        for name in self.value:
            if name not in known:
                self.child(name, None).fail("is not supported by mammo study")

    def fail(self, what: str, *got: object) -> NoReturn:
        """Raises ConfigError: the place, what is wrong, the value if there is one."""
        value = "".join(f"; got {each!r}" for each in got)
        raise ConfigError(f"{self.where}: {self.path or 'the document'} {what}{value}")


_KINDS = {dict: "mapping", list: "list", str: "text", int: "whole number"}


def read_documents(file: Path) -> list[LocatedValue]:
    """The documents of a YAML file; a duplicate key is an error.

    Raises:
        ConfigError: it cannot be read, is not YAML, or a document is not a mapping.
    """
    try:
        return parse_documents(file.read_text(encoding="utf-8"), str(file))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not valid YAML: not UTF-8") from error


def parse_documents(text: str, where: str) -> list[LocatedValue]:
    """The documents of a text, without the empty ones; see `read_documents`."""
    try:
        values = list(yaml.load_all(text, Loader=StrictLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "an odd character"
        raise ConfigError(f"{where}{line}: not valid YAML: {problem}") from error
    documents = [LocatedValue(value, where) for value in values if value is not None]
    for document in documents:
        if not isinstance(document.value, dict):
            document.fail("must be a mapping", document.value)
    return documents
