"""Documents of manifests, whose every value knows where it is."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.local.manifests.located_yaml import LocatedValue, read_documents

APART = ("explain.yaml", "predict.yaml", "search.yaml", "shell.yaml")
"""The files of k8s/ that are no part of a study: the kustomization does not name them."""


@dataclass(frozen=True)
class Node:
    """A value in a document, or None where there is none.

    Attributes:
        where: the document's file, kind and name.
        path: from the document's top, such as `spec.containers[0].args`.
    """

    value: Any
    where: str
    path: str = ""

    def __getitem__(self, path: str) -> "Node":
        """The node at a dotted path."""
        name, _, rest = path.partition(".")
        value = self.value.get(name) if isinstance(self.value, dict) else None
        found = Node(value, self.where, f"{self.path}.{name}".lstrip("."))
        return found[rest] if rest else found

    def items(self) -> "list[Node]":
        """A list's items."""
        values = self.value if isinstance(self.value, list) else []
        return [Node(v, self.where, f"{self.path}[{i}]") for i, v in enumerate(values)]

    def fields(self) -> "dict[str, Node]":
        """A mapping's keys and values."""
        values = self.value if isinstance(self.value, dict) else {}
        return {k: Node(v, self.where, f"{self.path}.{k}".lstrip(".")) for k, v in values.items()}

    def walk(self) -> "Iterator[Node]":
        """The node and all beneath it."""
        yield self
        for child in [*self.items(), *self.fields().values()]:
            yield from child.walk()

    def must(self, rule: str) -> str:
        """The problem: one line of file, document, field, rule and value."""
        got = "nothing" if self.value is None else repr(self.value)
        return f"{self.where}: {self.path} must {rule}; got {got}"


def read(*files: Path) -> list[Node]:
    """The documents of files; each Job of a JobSet as a document of its own, too.

    Raises:
        ConfigError: a file is not YAML, or has a duplicate key.
    """
    return [node for file in files for each in read_documents(file) for node in _nodes(each, file)]


def render(folder: Path, into: Path) -> list[Node]:
    """What `kubectl apply -k` of a folder would send, written to a file."""
    command = ["kubectl", "kustomize", str(folder), "--output", str(into)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return read(into)


def of_kind(documents: list[Node], kind: str) -> list[Node]:
    """The documents of one kind."""
    return [document for document in documents if document["kind"].value == kind]


def named(documents: list[Node], kind: str, name: object) -> list[Node]:
    """The documents of one kind and name: one, or none."""
    return [each for each in of_kind(documents, kind) if each["metadata.name"].value == name]


def templates(documents: list[Node]) -> list[Node]:
    """What all documents that make pods make them from: labels and spec."""
    found = [document["spec.template"] for document in documents]
    return [template for template in found if template["spec"].value is not None]


def pods(documents: list[Node]) -> list[Node]:
    """The pods' specs of all documents that make pods."""
    return [template["spec"] for template in templates(documents)]


def containers(pod: Node) -> list[Node]:
    """A pod's containers, those that start before the others included."""
    return [*pod["initContainers"].items(), *pod["containers"].items()]


def is_indexed(job: Node) -> bool:
    """Whether a Job's pods have indices; a misspelt mode is taken for it."""
    return job["spec.completionMode"].value not in (None, "NonIndexed")


def _nodes(document: LocatedValue, file: Path) -> list[Node]:
    kind, name = document.value.get("kind"), document.value.get("metadata", {}).get("name")
    node = Node(document.value, f"{file.parent.name}/{file.name}: {kind}/{name}")
    replicated = node["spec.replicatedJobs"].items() if kind == "JobSet" else []
    return [node, *(_job(node, each) for each in replicated)]


def _job(job_set: Node, replicated: Node) -> Node:
    """The Job that JobSet's controller makes of its replicatedJobs' template."""
    template = replicated["template"]
    name = f"{job_set['metadata.name'].value}-{replicated['name'].value}-0"
    made = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}}
    return Node(made | {"spec": template["spec"].value}, template.where, template.path)
