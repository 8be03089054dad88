"""A folder with a kustomization.yaml -> its documents: the part of kustomize that overlays/ need.

That is `resources` (files and folders), `components`, and `patches` by strategic merge, with or
without a target. What names things in a cluster alone (`namePrefix`, `namespace`, `images`) changes
nothing on one machine, and is passed over; anything else is an error.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jobs.common.errors import ConfigError
from jobs.local.manifests.located_yaml import Field, parse_documents, read_documents
from jobs.local.manifests.strategic_merge import merged

FILE = "kustomization.yaml"

_CARRIED = {"apiVersion", "components", "kind", "patches", "resources"}
_NAMES = {"images", "namePrefix", "nameSuffix", "namespace"}
_PATCH = {"patch", "path", "target"}
_TARGET = {"group", "kind", "labelSelector", "name", "version"}
_COMPONENT = "Component"

Chosen = Callable[[Field], bool]


def render(folder: Path) -> list[Field]:
    """The documents that a kustomization stands for, in its order.

    Raises:
        ConfigError: a file is missing or no YAML, or kustomize would be asked for more than this.
    """
    return _build(folder, "Kustomization", [], ())


def _build(
    folder: Path, kind: str, documents: list[Field], around: tuple[Path, ...]
) -> list[Field]:
    """A kustomization's documents; a component's are those it is laid over, and its own.

    Args:
        around: the folders from which it is reached.
    """
    kustomization = _read(folder, kind)
    if folder.resolve() in around:
        raise ConfigError(f"{folder}/{FILE}: must not be a part of itself")
    around = (*around, folder.resolve())
    documents = list(documents)
    for resource in kustomization.get("resources", list, []).items():
        place = folder / _text(resource)
        if place.is_dir():
            documents += _build(place, "Kustomization", [], around)
        else:
            documents += read_documents(place)
    for component in kustomization.get("components", list, []).items():
        documents = _build(folder / _text(component), _COMPONENT, documents, around)
    for patch in kustomization.get("patches", list, []).items():
        documents = _patched(documents, patch)
    return documents


def _read(folder: Path, kind: str) -> Field:
    documents = read_documents(folder / FILE)
    if len(documents) != 1:
        raise ConfigError(f"{folder}/{FILE}: must be one document; got {len(documents)}")
    kustomization = documents[0]
    found = kustomization.get("kind", str, "Kustomization")
    if found.value != kind:
        found.fail(f"must be {kind} here", found.value)
    kustomization.allow(_CARRIED, _NAMES)
    return kustomization


def _patched(documents: list[Field], entry: Field) -> list[Field]:
    """The documents with an entry of `patches` laid over those that it is for."""
    entry.allow(_PATCH)
    patches = _patches_of(entry)
    if "target" in entry.value:
        if len(patches) != 1:
            entry.fail("must be one document where it has a target", len(patches))
        chosen = _target(entry.get("target", dict))
        return [each for one in documents for each in _laid(one, patches[0], chosen(one))]
    for patch in patches:
        same = [_identity(one) == _identity(patch) for one in documents]
        if sum(same) != 1:
            what = f"{patch.text('kind')} {patch.text('metadata.name')}"
            patch.fail(f"must be for one document; there are {sum(same)} of {what}")
        pairs = zip(documents, same, strict=True)
        documents = [each for one, own in pairs for each in _laid(one, patch, own)]
    return documents


def _patches_of(entry: Field) -> list[Field]:
    if ("path" in entry.value) == ("patch" in entry.value):
        entry.fail("must have either path or patch")
    if "patch" in entry.value:
        return parse_documents(entry.text("patch"), entry.file)
    return read_documents(entry.file.parent / entry.text("path"))


def _laid(document: Field, patch: Field, chosen: bool) -> list[Field]:
    """The document with the patch laid over it, if it is chosen for it; none where it is deleted.

    What a document is stays its own: a patch with a target may give any kind and name.
    """
    if not chosen:
        return [document]
    value = merged(document.value, patch, keyed=_is_builtin(document))
    if value is None:
        return []
    value.update({name: document.value[name] for name in ("apiVersion", "kind")})
    value["metadata"]["name"] = document.text("metadata.name")
    return [Field(value, document.file)]


def _target(target: Field) -> Chosen:
    """Which documents a patch's target means; with several fields, those that all of them mean."""
    target.allow(_TARGET)
    exact = {name: target.text(name) for name in ("group", "version") if name in target.value}
    # kustomize: regular expressions, for all of the name.
    patterns = {name: target.text(name) for name in ("kind", "name") if name in target.value}
    labels = _labels(target.get("labelSelector", str, ""))

    def chosen(document: Field) -> bool:
        group, version = _group_version(document)
        found = {
            "group": group,
            "version": version,
            "kind": document.text("kind"),
            "name": document.text("metadata.name"),
        }
        theirs = document.get("metadata", dict).get("labels", dict, {}).value
        return (
            all(found[name] == value for name, value in exact.items())
            and all(re.fullmatch(value, found[name]) for name, value in patterns.items())
            and all(theirs.get(name) == value for name, value in labels)
        )

    return chosen


def _labels(selector: Field) -> list[tuple[str, str]]:
    """The labels that a selector asks for; of all its forms, `key=value,key=value`."""
    found = []
    for part in filter(None, selector.value.split(",")):
        match = re.fullmatch(r"\s*([\w./-]+)\s*==?\s*([\w.-]*)\s*", part)
        if not match:
            selector.fail("must be key=value, with commas between", selector.value)
        found.append((match[1], match[2]))
    return found


def _identity(document: Field) -> tuple[Any, ...]:
    metadata = document.get("metadata", dict)
    namespace = metadata.value.get("namespace")
    return (*map(document.text, ("apiVersion", "kind")), metadata.text("name"), namespace)


def _group_version(document: Field) -> tuple[str, str]:
    group, _, version = document.text("apiVersion").rpartition("/")
    return group, version


def _is_builtin(document: Field) -> bool:
    """Whether a document is of a kind of Kubernetes itself, whose lists' merge keys are known."""
    group, _ = _group_version(document)
    return "." not in group or group.endswith(".k8s.io")


def _text(field: Field) -> str:
    if not isinstance(field.value, str):
        field.fail("must be a text", field.value)
    return field.value
