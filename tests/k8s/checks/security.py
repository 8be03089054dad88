"""The restricted Pod Security Standard, a read-only root and no token; images that stay the same.

Source: Kubernetes, "Pod Security Standards", Restricted (which includes Baseline).
"""

import re
from collections.abc import Callable

from tests.k8s.checks.documents import Node, containers, of_kind, pods

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}

_PINNED = re.compile(r"^[^@]+:(?!latest$)\w[\w.-]{0,127}$|@sha256:[0-9a-f]{64}$", re.ASCII)

_Rule = tuple[str, Callable[[object], bool], str]
"""A field, what must hold of its value, and that in words."""


def _is(wanted: object) -> Callable[[object], bool]:
    return lambda value: value == wanted and type(value) is type(wanted)


def _number(value: object) -> bool:
    return type(value) is int and value > 0


_POD: list[_Rule] = [
    ("automountServiceAccountToken", _is(False), "be false"),
    ("securityContext.runAsNonRoot", _is(True), "be true"),
    ("securityContext.runAsUser", _number, "be a number above 0"),
    ("securityContext.runAsGroup", _number, "be a number above 0"),
    ("securityContext.fsGroup", _number, "be a number above 0"),
    ("securityContext.seccompProfile.type", _is("RuntimeDefault"), "be RuntimeDefault"),
]
_CONTAINER: list[_Rule] = [
    ("securityContext.allowPrivilegeEscalation", _is(False), "be false"),
    ("securityContext.readOnlyRootFilesystem", _is(True), "be true"),
    ("securityContext.capabilities.drop", _is(["ALL"]), "be [ALL]"),
]
_POD_FORBIDDEN = [
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "securityContext.seLinuxOptions",
    "securityContext.sysctls",
]
_CONTAINER_FORBIDDEN = [
    "securityContext.capabilities.add",
    "securityContext.privileged",
    "securityContext.procMount",
    "securityContext.runAsGroup",
    "securityContext.runAsNonRoot",
    "securityContext.runAsUser",
    "securityContext.seLinuxOptions",
    "securityContext.seccompProfile",
]
"""What the standard forbids, or what would override the pod's own."""


def restricted(documents: list[Node]) -> list[str]:
    """Each field that the standard asks for is said, and nothing undoes it."""
    found: list[str] = []
    for account in of_kind(documents, "ServiceAccount"):
        found += _broken(account, [("automountServiceAccountToken", _is(False), "be false")])
    for pod in pods(documents):
        found += _broken(pod, _POD) + _said(pod, _POD_FORBIDDEN)
        for container in containers(pod):
            found += _broken(container, _CONTAINER) + _said(container, _CONTAINER_FORBIDDEN)
            found += _said_of_each(container["ports"], "hostPort")
        for volume in pod["volumes"].items():
            kinds = [node for name, node in volume.fields().items() if name != "name"]
            found += [
                node.must(f"be one of {', '.join(sorted(_VOLUMES))}")
                for node in kinds
                if node.path.rpartition(".")[2] not in _VOLUMES
            ]
    return found


def images_pinned(documents: list[Node]) -> list[str]:
    """An image has a tag other than latest, or a digest."""
    images = [each["image"] for pod in pods(documents) for each in containers(pod)]
    return [
        image.must("have a tag, not latest, or a digest")
        for image in images
        if not _PINNED.search(str(image.value))
    ]


def _broken(node: Node, rules: list[_Rule]) -> list[str]:
    return [node[path].must(words) for path, holds, words in rules if not holds(node[path].value)]


def _said(node: Node, paths: list[str]) -> list[str]:
    return [node[path].must("not be said") for path in paths if node[path].value is not None]


def _said_of_each(node: Node, name: str) -> list[str]:
    return [line for each in node.items() for line in _said(each, [name])]
