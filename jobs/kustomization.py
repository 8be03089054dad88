"""The part of kustomize that the study's manifests use: what `kubectl kustomize` makes of it.

Resources, components and strategic merge patches. A prefix of all names and a namespace matter in
a cluster alone, and change nothing here; whatever else a kustomization may have is an error that
names it. Sources: kustomize's reference of kustomization.yaml, and the merge keys of the Kubernetes
API reference (patchMergeKey).
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs.documents import Field, parse_documents, read_documents
from jobs.errors import ConfigError

FILE = "kustomization.yaml"
_OWN = {"apiVersion", "kind"}
_KNOWN = {"components", "patches", "resources"}
_LEFT = {"namePrefix", "namespace"}
_TARGET = {"group", "kind", "name"}
_DIRECTIVE = "$patch"

# Lists whose items are merged by a key; all others, as args or tolerations, are replaced.
_MERGE_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
}


def render(folder: Path) -> list[Field]:
    """The documents that a kustomization's folder stands for, in their order.

    Raises:
        ConfigError: a file is missing or no YAML, a patch has nothing to change, or the
            kustomization has what is not carried out here; names file and field.
    """
    kustomization = _read(folder, "Kustomization")
    documents = [each for name in _names(kustomization, "resources") for each in _load(name)]
    return _changed(kustomization, documents)


def _read(folder: Path, kind: str) -> Field:
    documents = read_documents(folder / FILE)
    if len(documents) != 1:
        raise ConfigError(f"{folder / FILE}: must be one document; got {len(documents)}")
    (kustomization,) = documents
    found = kustomization.get("kind", str, "Kustomization")
    if found.value != kind:
        found.fail(f"must be {kind}", found.value)
    kustomization.allow(_OWN, _KNOWN, _LEFT)
    return kustomization


def _names(kustomization: Field, name: str) -> Iterator[Path]:
    for each in kustomization.get(name, list, []).items():
        yield Path(os.path.normpath(kustomization.file.parent / str(each.value)))


def _load(path: Path) -> list[Field]:
    return render(path) if path.is_dir() else read_documents(path)


def _changed(kustomization: Field, documents: list[Field]) -> list[Field]:
    """The documents with what a kustomization's components and patches make of them."""
    for folder in _names(kustomization, "components"):
        component = _read(folder, "Component")
        added = [each for name in _names(component, "resources") for each in _load(name)]
        documents = _changed(component, [*documents, *added])
    for entry in kustomization.get("patches", list, []).items():
        entry.allow({"patch", "path", "target"})
        documents = _patched(entry, documents)
    return documents


def _patched(entry: Field, documents: Sequence[Field]) -> list[Field]:
    if "path" in entry.value:
        patches = read_documents(entry.file.parent / entry.text("path"))
    else:
        patches = parse_documents(entry.text("patch"), entry.file)
    for patch in patches:
        wanted = _target(entry, patch)
        changed = [
            (_merged_document(each, patch) if _matches(each, wanted) else each)
            for each in documents
        ]
        if not any(_matches(each, wanted) for each in documents):
            entry.fail("must have something to change; there is none of", dict(wanted))
        documents = [each for each in changed if each is not None]
    return list(documents)


def _target(entry: Field, patch: Field) -> Mapping[str, str]:
    """Patterns of what a patch changes: its target's, or its own group, kind and name."""
    if "target" in entry.value:
        target = entry.get("target", dict)
        target.allow(_TARGET)
        return {name: target.text(name) for name in target.value}
    return {name: re.escape(text) for name, text in _identity(patch).items()}


def _identity(document: Field) -> dict[str, str]:
    group, slash, _ = document.text("apiVersion").partition("/")
    return {
        "group": group if slash else "",
        "kind": document.text("kind"),
        "name": document.text("metadata.name"),
    }


def _matches(document: Field, wanted: Mapping[str, str]) -> bool:
    identity = _identity(document)
    return all(re.fullmatch(pattern, identity[name]) for name, pattern in wanted.items())


def _merged_document(document: Field, patch: Field) -> Field | None:
    """A document as a patch leaves it; its kind and name stay. None where it is deleted."""
    if _is_deletion(patch.value):
        return None
    merged = _merged(document.value, patch.value)
    metadata = {**merged["metadata"], "name": document.text("metadata.name")}
    own = {name: document.value[name] for name in _OWN}
    return Field({**merged, **own, "metadata": metadata}, document.file)


def _merged(old: Any, new: Any, name: str = "") -> Any:
    """A value as a patch's value leaves it."""
    if isinstance(old, dict) and isinstance(new, dict):
        both = {key: _merged(old.get(key), value, key) for key, value in new.items()}
        return {key: value for key, value in {**old, **both}.items() if value is not None}
    if isinstance(old, list) and isinstance(new, list) and (key := _MERGE_KEYS.get(name)):
        return _merged_items(old, new, key)
    return _merged({}, new) if isinstance(new, dict) else new


def _merged_items(old: Sequence[Any], new: Sequence[Any], key: str) -> list[Any]:
    by_key = {item[key]: item for item in old}
    for item in new:
        if _is_deletion(item):
            by_key.pop(item[key], None)
        else:
            by_key[item[key]] = _merged(by_key.get(item[key], {}), item)
    return list(by_key.values())


def _is_deletion(value: Mapping[str, Any]) -> bool:
    return value.get(_DIRECTIVE) == "delete"
