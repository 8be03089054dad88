"""A strategic-merge patch laid over a document, as `kubectl kustomize` does it.

Source: Kubernetes, "Notes on the strategic merge patch"; where that leaves room, what kubectl 1.32
renders, against which tests/jobs/local/manifests/test_strategic_merge.py holds this.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from jobs.local.manifests.located_yaml import Field, Patched

MERGE_KEYS = {
    "containers": "name",
    "env": "name",
    "ephemeralContainers": "name",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "secrets": "name",
    "volumeDevices": "devicePath",
    "volumeMounts": "mountPath",
    "volumes": "name",
}
"""Lists of Kubernetes' own kinds whose items are merged by a key; any other one is replaced."""

# Merged by Kubernetes under one kind and replaced under another, or by several keys at once.
_UNCLEAR = {"finalizers", "hostAliases", "ownerReferences", "ports", "topologySpreadConstraints"}
_DIRECTIVE = "$patch"
_DELETE = "delete"


def merged(base: Mapping[str, Any], patch: Field, keyed: bool) -> Patched | None:
    """A mapping with a patch laid over it, whose values know their files; None where it is deleted.

    Args:
        base: stays as it is.
        patch: a mapping. A null in it deletes, as `$patch: delete` deletes the mapping it is in.
        keyed: whether the lists of MERGE_KEYS are merged: in Kubernetes' own kinds.

    Raises:
        ConfigError: the patch asks for what this does not do; names file and field.
    """
    directive = patch.child(_DIRECTIVE, patch.value.get(_DIRECTIVE))
    if directive.value == _DELETE:
        return None
    if directive.value is not None:
        directive.fail(f"must be {_DELETE}", directive.value)
    result = Patched(base)
    for name, value in patch.value.items():
        if name == _DIRECTIVE:
            continue
        given = patch.child(name, value)
        if str(name).startswith("$"):
            given.fail("is no directive that mammo study knows")
        new = _value(result.get(name), given, name, keyed)
        if new is None:
            result.pop(name, None)
        else:
            result[name] = new
            # What is merged is still the base's own; the values that came into it are not.
            if name not in base or not (isinstance(new, Patched) or name in MERGE_KEYS):
                result.files[name] = given.file
    return result


def _value(old: Any, given: Field, name: str, keyed: bool) -> Any:
    """What stands under a name after the patch; None for nothing."""
    if isinstance(given.value, dict):
        return merged(old if isinstance(old, dict) else {}, given, keyed)
    if not isinstance(given.value, list) or not keyed:
        return given.value
    if name in _UNCLEAR:
        given.fail("is a list that mammo study does not patch")
    if name not in MERGE_KEYS:
        return given.value
    return _merged_list(old or [], given, MERGE_KEYS[name])


def _merged_list(old: Iterable[dict[str, Any]], given: Field, key: str) -> list[dict[str, Any]]:
    """The patch's items in its order, each laid over the old one of its key; then the others."""
    left = {each.get(key): each for each in old}
    items = []
    for item in given.items():
        if not isinstance(item.value, dict) or key not in item.value:
            item.fail(f"must be a mapping with {key}", item.value)
        new = merged(left.pop(item.value[key], {}), item, keyed=True)
        if new is not None:
            items.append(new)
    return [*items, *left.values()]
