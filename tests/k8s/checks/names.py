"""Names as the API takes them, each once.

Sources: RFC 1123, 1035 and 6335, as in "Object Names and IDs" and "Labels and Selectors" of
Kubernetes' documentation.
"""

import re
from collections.abc import Iterable

from tests.k8s.checks.documents import Node, containers, is_indexed, of_kind, pods

_DNS = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_QUALIFIED = r"[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?"

_Rule = tuple[str, str]
"""What a name must match, and that in words."""

LABEL: _Rule = (_DNS, "be a DNS label: at most 63 of a-z, 0-9 and -")
SERVICE: _Rule = (rf"(?=[a-z]){_DNS}", "be a DNS label that starts with a letter")
SUBDOMAIN: _Rule = (rf"(?=.{{1,253}}$){_DNS}(\.{_DNS})*", "be a DNS subdomain, at most 253")
PORT: _Rule = (
    r"(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    "be a port's name: at most 15 of a-z, 0-9 and -",
)
LABEL_KEY: _Rule = (rf"({_DNS}(\.{_DNS})*/)?{_QUALIFIED}", "be a label's key: PREFIX/NAME or NAME")
LABEL_VALUE: _Rule = (rf"({_QUALIFIED})?", "be a label's value: at most 63 of A-Z, a-z, 0-9, -_.")
ENTRY: _Rule = (r"[-.\w]{1,253}", "be an entry's name: A-Z, a-z, 0-9, -_.")
VARIABLE: _Rule = (r"[-._A-Za-z][-.\w]*", "be a variable's name: A-Z, a-z, 0-9, -_.")
RESOURCE: _Rule = (
    rf"cpu|memory|ephemeral-storage|hugepages-\w+|{_DNS}(\.{_DNS})*/{_QUALIFIED}",
    "be a resource: cpu, memory, ephemeral-storage, hugepages-SIZE or PREFIX/NAME",
)
MOUNT: _Rule = (r"[^:]+", "be a path without ':'")


def names(documents: list[Node]) -> list[str]:
    """Names of documents, and of their parts, are well-formed."""
    found: list[str] = []
    for document in documents:
        rule = {"Service": SERVICE, "Job": LABEL}.get(document["kind"].value, SUBDOMAIN)
        found += _wrong(rule, [document["metadata.name"]])
        found += _wrong(PORT, _names(document["spec.ports"]))
    for config_map in of_kind(documents, "ConfigMap"):
        found += _wrong(ENTRY, _keys(config_map["data"]))
    for job_set in of_kind(documents, "JobSet"):
        found += _wrong(LABEL, _names(job_set["spec.replicatedJobs"]))
    for claim in of_kind(documents, "PersistentVolumeClaim"):
        if (storage := claim["spec.storageClassName"]).value:
            found += _wrong(SUBDOMAIN, [storage])
    for policy in of_kind(documents, "NetworkPolicy"):
        found += _wrong(PORT, _named_ports(policy))
    for pod in pods(documents):
        found += _wrong(LABEL, _names(pod["volumes"]))
        for container in containers(pod):
            found += _wrong_in_container(container)
    return found


def names_with_index(documents: list[Node]) -> list[str]:
    """An Indexed Job's pods have hostnames: its name and the index are a label together."""
    found = []
    for job in filter(is_indexed, of_kind(documents, "Job")):
        name, completions = job["metadata.name"], job["spec.completions"].value
        end = f"-{completions - 1}" if isinstance(completions, int) else ""
        if len(f"{name.value}{end}") > 63 >= len(str(name.value)):
            found.append(name.must(f"be at most 63 long with {end} after it"))
    return found


def labels(documents: list[Node]) -> list[str]:
    """Labels' keys and values, and annotations' keys, are well-formed."""
    found: list[str] = []
    for node in (node for document in documents for node in document.walk()):
        field = node.path.rpartition(".")[2]
        if field in {"annotations", "labels", "matchLabels", "nodeSelector"}:
            found += _wrong(LABEL_KEY, _keys(node))
            if field != "annotations":
                found += _wrong(LABEL_VALUE, node.fields().values())
    return found


def once(documents: list[Node]) -> list[str]:
    """No name is there twice: in one kind, or within one pod or container."""
    kinds = {document["kind"].value for document in documents}
    found = [
        line
        for kind in sorted(map(str, kinds))
        for line in _twice([each["metadata.name"] for each in of_kind(documents, kind)])
    ]
    for pod in pods(documents):
        found += _twice([each["name"] for each in containers(pod)])
        found += _twice([each["name"] for each in pod["volumes"].items()])
        for container in containers(pod):
            found += _twice([each["name"] for each in container["env"].items()])
            found += _twice([each["mountPath"] for each in container["volumeMounts"].items()])
    return found


def _wrong_in_container(container: Node) -> list[str]:
    mounts = container["volumeMounts"].items()
    return [
        *_wrong(LABEL, [container["name"]]),
        *_wrong(PORT, _names(container["ports"])),
        *_wrong(VARIABLE, _names(container["env"])),
        *_wrong(RESOURCE, _keys(container["resources.requests"])),
        *_wrong(RESOURCE, _keys(container["resources.limits"])),
        *_wrong(MOUNT, [mount["mountPath"] for mount in mounts]),
    ]


def _named_ports(policy: Node) -> list[Node]:
    """The ports that a NetworkPolicy gives by name."""
    return [
        port["port"]
        for way in ("ingress", "egress")
        for rule in policy["spec"][way].items()
        for port in rule["ports"].items()
        if isinstance(port["port"].value, str)
    ]


def _names(node: Node) -> list[Node]:
    """The names of a list's items, where they have one."""
    return [each["name"] for each in node.items() if each["name"].value is not None]


def _keys(node: Node) -> list[Node]:
    return [Node(key, node.where, node.path) for key in node.fields()]


def _wrong(rule: _Rule, nodes: Iterable[Node]) -> list[str]:
    pattern, words = rule
    return [
        node.must(words)
        for node in nodes
        if not re.fullmatch(pattern, str(node.value), flags=re.ASCII)
    ]


def _twice(nodes: list[Node]) -> list[str]:
    values = [node.value for node in nodes]
    return [node.must("be there once") for i, node in enumerate(nodes) if node.value in values[:i]]
