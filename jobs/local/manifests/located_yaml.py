"""YAML documents whose every value knows its file and field, so that errors can say where."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from jobs.common.errors import ConfigError
from jobs.config.strict_yaml import StrictLoader


class Patched(dict[str, Any]):
    """A mapping some of whose values come from another file than the mapping itself."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.files: dict[str, Path] = dict(getattr(values, "files", {}))


@dataclass(frozen=True)
class Field:
    """A value in a document, and where it stands.

    Attributes:
        value: as YAML gave it.
        file: the document's file.
        path: from the document's top, such as `spec.containers[0].args`.
    """

    value: Any
    file: Path
    path: str = ""

    def get(self, name: str, kind: type, default: object = None) -> "Field":
        """The field `name` of a mapping; `default` where it is not there.

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

    def child(self, name: str, value: object) -> "Field":
        """A value that stands under that name of this mapping, as its own file gave it."""
        file = (
            self.value.files.get(name, self.file) if isinstance(self.value, Patched) else self.file
        )
        return Field(value, file, f"{self.path}.{name}".lstrip("."))

    def at(self, path: str, kind: type) -> "Field":
        """The field at a dotted path, each part of which must be there."""
        *parents, name = path.split(".")
        found = self
        for parent in parents:
            found = found.get(parent, dict)
        return found.get(name, kind)

    def text(self, path: str) -> str:
        """The text at a dotted path."""
        return self.at(path, str).value

    def items(self) -> "list[Field]":
        """The items of a list."""
        pairs = enumerate(self.value)
        return [Field(item, self.file, f"{self.path}[{i}]") for i, item in pairs]

    def allow(self, *names: Collection[str]) -> None:
        """Raises ConfigError for a field of a mapping that is in none of the collections."""
        known = set().union(*names)
        for name in self.value:
            if name not in known:
                self.child(name, None).fail("is nothing that mammo study can carry out")

    def fail(self, what: str, *got: object) -> NoReturn:
        """Raises ConfigError: file, field, what is wrong, the value if there is one."""
        value = "".join(f"; got {each!r}" for each in got)
        raise ConfigError(f"{self.file}: {self.path or 'the document'} {what}{value}")


_KINDS = {dict: "mapping", list: "list", str: "text", int: "whole number"}


def read_documents(file: Path) -> list[Field]:
    """The documents of a YAML file, in which a doubled key is an error.

    Raises:
        ConfigError: it cannot be read, is not YAML, or a document is not a mapping.
    """
    try:
        return parse_documents(file.read_text(encoding="utf-8"), file)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not valid YAML: not UTF-8") from error


def parse_documents(text: str, file: Path) -> list[Field]:
    """The documents of a text that stands in a file, read as `read_documents` does."""
    try:
        values = list(yaml.load_all(text, Loader=StrictLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "an odd character"
        raise ConfigError(f"{file}{line}: not valid YAML: {problem}") from error
    documents = [Field(value, file) for value in values if value is not None]
    for document in documents:
        if not isinstance(document.value, dict):
            document.fail("must be a mapping", document.value)
    return documents
