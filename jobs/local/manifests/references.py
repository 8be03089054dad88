"""What Jobs refer to by name in a cluster, and what stands for it on this machine."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.artifacts.publish import write_atomically
from jobs.common.errors import ConfigError
from jobs.config.study import Study, load_study
from jobs.local.manifests.located_yaml import Field

STUDY, RUN = "study.yaml", "run"
"""The ConfigMap's entries that `mammo study --config` and `--run` stand for."""


@dataclass(frozen=True)
class Local:
    """What stands for a cluster's volumes and ConfigMap on this machine.

    Attributes:
        claims: the folder of each PersistentVolumeClaim.
        folder: where a ConfigMap's entries that are mounted are written.
        study: a file that stands for the entry `study.yaml`, if any.
        run: a name that stands for the entry `run`, if any.
    """

    claims: Mapping[str, Path]
    folder: Path
    study: Path | None = None
    run: str | None = None


class Cluster:
    """The documents of a cluster by kind and name."""

    def __init__(self, manifests: Sequence[Field], local: Local) -> None:
        """Raises ConfigError where two documents have one kind and name."""
        self.local = local
        self._known: dict[tuple[str, str], Field] = {}
        for document in manifests:
            kind, name = document.text("kind"), document.text("metadata.name")
            if other := self._known.get((kind, name)):
                taken = f"names a {kind} that {other.file} has already"
                document.at("metadata.name", str).fail(taken, name)
            self._known[kind, name] = document

    def find(self, kind: str, name: Field) -> Field:
        """The document of that kind that a field names."""
        if (found := self._known.get((kind, name.value))) is None:
            name.fail(f"names a {kind} that is not there", name.value)
        return found

    def claim(self, name: Field) -> Path:
        """The folder that stands for the claim that a field names."""
        self.find("PersistentVolumeClaim", name)
        if (folder := self.local.claims.get(name.value)) is None:
            known = " or ".join(sorted(self.local.claims))
            name.fail(f"must be {known}, which mammo study has folders for", name.value)
        return folder

    def entry(self, config_map: Field, key: Field) -> str:
        """The text of an entry, named by `key`, of the ConfigMap that a field names."""
        data = self.find("ConfigMap", config_map).get("data", dict)
        if key.value not in data.value:
            key.fail(f"names an entry that {data.file} does not have", key.value)
        if key.value == RUN and self.local.run is not None:
            return self.local.run
        return data.get(key.value, str).value

    def entry_file(self, config_map: Field, key: Field) -> Path:
        """A file with an entry's text, in a folder named by the text: it never changes."""
        content = self.entry(config_map, key).encode()
        if key.value == STUDY and self.local.study is not None:
            return self.local.study
        path = self.local.folder / hashlib.sha256(content).hexdigest()[:12] / key.value
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
        return path

    def study(self, wanted_by: Field) -> tuple[Study, Path]:
        """The study, and the file in which a user changes it."""
        for (kind, _), document in self._known.items():
            if kind == "ConfigMap" and STUDY in document.get("data", dict, {}).value:
                break
        else:
            wanted_by.fail(f"needs a ConfigMap with {STUDY}")
        if self.local.study:
            return load_study(self.local.study), self.local.study
        name = document.at("metadata.name", str)
        path = self.entry_file(name, Field(STUDY, document.file, "data"))
        place = document.get("data", dict).get(STUDY, str).file
        try:
            return load_study(path), place
        except ConfigError as error:
            raise ConfigError(f"{place}: data.{error}") from error
