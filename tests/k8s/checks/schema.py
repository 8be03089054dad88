"""The API's own schema, and which kinds there are."""

import functools
import json

import kubernetes_validate

from tests.k8s.checks.documents import Node

VERSION = "1.36"
KINDS = {
    "apps/v1": {"Deployment"},
    "batch/v1": {"Job"},
    "networking.k8s.io/v1": {"NetworkPolicy"},
    "v1": {"ConfigMap", "Namespace", "PersistentVolumeClaim", "Service", "ServiceAccount"},
}
"""The kinds that the checks know: another one needs checks of its own first."""


def kinds(documents: list[Node], addon: str = "") -> list[str]:
    """Nothing that a bare cluster does not have, but for the kinds of the named add-on."""
    return [
        document["kind"].must(f"be a kind that the checks know in {document['apiVersion'].value}")
        for document in documents
        if not _known(document)
        and not (addon and str(document["apiVersion"].value).startswith(f"{addon}.x-k8s.io/"))
    ]


def schema(documents: list[Node]) -> list[str]:
    """No unknown field, no wrong type, none missing that the schema asks for."""
    found = []
    for document in filter(_known, documents):
        path, message = _first_error(json.dumps(document.value, sort_keys=True, default=str))
        if message:
            at = ".".join(filter(None, [document.path, path])) or "the document"
            found.append(f"{document.where}: {at}: {message}")
    return found


def _known(document: Node) -> bool:
    return document["kind"].value in KINDS.get(document["apiVersion"].value, ())


@functools.cache  # most documents are in every rendered set
def _first_error(document: str) -> tuple[str, str]:
    """The path and text of the first error; two empty ones where there is none."""
    try:
        kubernetes_validate.validate(json.loads(document), VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        return ".".join(map(str, error.path)), " ".join(error.message.split())
    return "", ""
