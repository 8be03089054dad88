"""What Jobs refer to by name in a cluster, and what takes its place on this machine."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.common.atomic_write import write_atomically
from jobs.common.errors import ConfigError
from jobs.config.study import Study, dump_study, load_study
from jobs.local.manifests.located_yaml import LocatedValue

STUDY, RUN = "study.yaml", "run"
"""The ConfigMap's entries that options of `mammo study` replace: --config and --set, and --run."""

COMPONENT = "app.kubernetes.io/component"
"""The label by which a claim is known: kustomize may change its name."""


@dataclass(frozen=True)
class LocalInputs:
    """What takes the place of a cluster's volumes and ConfigMap on this machine.

    Attributes:
        claims: the folder of each PersistentVolumeClaim, by its component: `release`, `root`.
        folder: where a ConfigMap's entries that are mounted are written.
        study: a file that replaces the entry `study.yaml`, if any.
        run: a name that replaces the entry `run`, if any.
        overrides: KEY=VALUE of keys in either study.yaml that have other values.
    """

    claims: Mapping[str, Path]
    folder: Path
    study: Path | None = None
    run: str | None = None
    overrides: Sequence[str] = ()

    @property
    def another_study(self) -> bool:
        """Whether the study may be another one than the ConfigMap's."""
        return self.study is not None or bool(self.overrides)


class References:
    """Finds the documents that fields name, and what takes their place on this machine."""

    def __init__(self, manifests: Sequence[LocatedValue], local: LocalInputs) -> None:
        """Raises ConfigError where two documents have one kind and name."""
        self.local = local
        self._known: dict[tuple[str, str], LocatedValue] = {}
        for document in manifests:
            kind, name = document.text("kind"), document.text("metadata.name")
            if other := self._known.get((kind, name)):
                taken = f"names a {kind} that {other.where} already has"
                document.at("metadata.name", str).fail(taken, name)
            self._known[kind, name] = document

    def find(self, kind: str, name: LocatedValue) -> LocatedValue:
        """The document of that kind that a field names."""
        if (found := self._known.get((kind, name.value))) is None:
            name.fail(f"names a {kind} that is missing", name.value)
        return found

    def claim(self, name: LocatedValue) -> Path:
        """The folder of the claim that a field names."""
        claim = self.find("PersistentVolumeClaim", name)
        component = claim.get("metadata", dict).get("labels", dict, {}).get(COMPONENT, str, "")
        if (folder := self.local.claims.get(component.value)) is None:
            known = " or ".join(sorted(self.local.claims))
            component.fail(f"must be {known}: mammo study has a folder for each", component.value)
        return folder

    def entry(self, config_map: LocatedValue, key: LocatedValue) -> str:
        """The text of an entry, named by `key`, of the ConfigMap that a field names."""
        data = self.find("ConfigMap", config_map).get("data", dict)
        if key.value not in data.value:
            key.fail(f"names an entry that {data.where} does not have", key.value)
        if key.value == RUN and self.local.run is not None:
            return self.local.run
        return data.get(key.value, str).value

    def entry_file(self, config_map: LocatedValue, key: LocatedValue) -> Path:
        """A file with an entry's text, or what takes its place."""
        text = self.entry(config_map, key)
        if key.value != STUDY:
            return self._write(key.value, text)
        path = self.local.study or self._write(STUDY, text)
        if not self.local.overrides:
            return path
        study = self._load(path, self.find("ConfigMap", config_map).where)
        return self._write(STUDY, dump_study(study))

    def study(self, wanted_by: LocatedValue) -> tuple[Study, str]:
        """The study, and where a user changes it: a file, or a rendered ConfigMap."""
        also = " and --set" if self.local.overrides else ""
        if self.local.study:
            return self._load(self.local.study, ""), f"{self.local.study}{also}"
        for (kind, _), document in self._known.items():
            if kind == "ConfigMap" and STUDY in document.get("data", dict, {}).value:
                break
        else:
            wanted_by.fail(f"needs a ConfigMap with {STUDY}")
        path = self._write(STUDY, document.at("data", dict).get(STUDY, str).value)
        return self._load(path, document.where), f"{document.where}{also}"

    def _load(self, path: Path, config_map: str) -> Study:
        """The study of a file: the user's own, or one that was written for a ConfigMap."""
        try:
            return load_study(path, self.local.overrides)
        except ConfigError as error:
            problem = str(error)
            if self.local.study is None and problem.startswith(f"{path}: "):
                problem = f"{config_map}: data.{STUDY}: {problem.removeprefix(f'{path}: ')}"
            raise ConfigError(problem) from error

    def _write(self, name: str, text: str) -> Path:
        """Writes a file into a folder that is named by the text's hash: it never changes."""
        content = text.encode()
        path = self.local.folder / hashlib.sha256(content).hexdigest()[:12] / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
        return path
