"""Command lines that the image's programs take."""

import functools
import re
from pathlib import PurePosixPath

from jobs import cli
from jobs.common.errors import UsageError
from jobs.local.manifests.references import COMPONENT
from tests.k8s.checks.documents import Node, containers, is_indexed, named, of_kind

PROGRAMS = (["mammo"], ["tensorboard"], ["sleep"])

# $(NAME), and $$ for a dollar: Kubernetes API reference, Container v1, command and args.
_REFERENCE = re.compile(r"\$\$|\$\(([-._A-Za-z0-9]+)\)")


def programs(documents: list[Node]) -> list[str]:
    """A container starts a program that the image has."""
    commands = [container["command"] for _, container in _containers(documents)]
    return [
        each.must("be a program of the image's") for each in commands if each.value not in PROGRAMS
    ]


def variables_there(documents: list[Node]) -> list[str]:
    """$(NAME) in an argument is a variable of the container, or an Indexed Job's index."""
    return [
        argument.must(f"refer to a variable of the container, not {name}")
        for document, container in _containers(documents)
        for argument in container["args"].items()
        for name in _REFERENCE.findall(str(argument.value))
        if name and name not in _variables(document, container, documents)
    ]


def arguments_parse(documents: list[Node]) -> list[str]:
    """mammo's own parser accepts the arguments, with the variables expanded."""
    found = []
    for document, container in _containers(documents):
        if container["command"].value != ["mammo"]:
            continue
        if error := _refused(*expanded_arguments(document, container, documents)):
            found.append(container["args"].must(f"be what mammo takes: {error}"))
    return found


def paths_mounted(documents: list[Node]) -> list[str]:
    """An argument that is a path is in a volume; in a ConfigMap's, it is one of its entries."""
    found = []
    for document, container in _containers(documents):
        paths = [each for each in container["args"].items() if str(each.value).startswith("/")]
        for path, mount in ((path, _mount(path, container)) for path in paths):
            if mount is None:
                found.append(path.must("be in a mounted volume"))
            elif not _is_there(path, mount, document, documents):
                found.append(path.must("be an entry of the ConfigMap that is mounted there"))
    return found


def root_writable(documents: list[Node]) -> list[str]:
    """Where a Job's mammo mounts the claim `root`, whatever its name, it may write there."""
    found = []
    roots = {"root"} | {
        claim["metadata.name"].value
        for claim in of_kind(documents, "PersistentVolumeClaim")
        if (claim["metadata.labels"].value or {}).get(COMPONENT) == "root"
    }
    for document, container in _containers(of_kind(documents, "Job")):
        if container["command"].value != ["mammo"]:
            continue
        for mount in container["volumeMounts"].items():
            claims = [each["persistentVolumeClaim"] for each in _volumes(mount, document)]
            said = [mount["readOnly"], *(claim["readOnly"] for claim in claims)]
            if any(claim["claimName"].value in roots for claim in claims):
                found += [
                    node.must("be false: every stage writes to the root")
                    for node in said
                    if node.value
                ]
    return found


def expanded_arguments(document: Node, container: Node, documents: list[Node]) -> list[str]:
    """A container's arguments, with the variables expanded."""
    variables = _variables(document, container, documents)
    return [_expanded(each, variables) for each in container["args"].items()]


def _containers(documents: list[Node]) -> list[tuple[Node, Node]]:
    """Each container, and the document that makes it."""
    return [
        (document, container)
        for document in documents
        for container in containers(document["spec.template.spec"])
    ]


def _variables(document: Node, container: Node, documents: list[Node]) -> dict[str, str]:
    """The container's variables, with the values that ConfigMaps of the set give them."""
    found: dict[str, str] = {}
    if is_indexed(document):
        found["JOB_COMPLETION_INDEX"] = "0"
    for each in container["env"].items():
        source = each["valueFrom.configMapKeyRef"]
        maps = named(documents, "ConfigMap", source["name"].value)
        values = [(each["data"].value or {}).get(source["key"].value) for each in maps]
        value = values[0] if values else each["value"].value
        found[each["name"].value] = str(value)
    return found


def _expanded(argument: Node, variables: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else variables.get(match[1], match[0])

    return _REFERENCE.sub(value, str(argument.value))


@functools.cache  # most command lines are in every rendered set
def _refused(*arguments: str) -> str:
    """Why mammo refuses a command line; empty if it accepts it."""
    try:
        cli.parse(arguments)
    except UsageError as error:
        return str(error)
    return ""


def _mount(path: Node, container: Node) -> Node | None:
    """The innermost mount that contains a path."""
    mounts = {str(each["mountPath"].value): each for each in container["volumeMounts"].items()}
    around = [place for place in mounts if PurePosixPath(path.value).is_relative_to(place)]
    return mounts[max(around, key=len)] if around else None


def _volumes(mount: Node, document: Node) -> list[Node]:
    """The volume that is mounted; empty if it is missing."""
    volumes = document["spec.template.spec.volumes"].items()
    return [volume for volume in volumes if volume["name"].value == mount["name"].value]


def _is_there(path: Node, mount: Node, document: Node, documents: list[Node]) -> bool:
    """Whether a path in a ConfigMap's volume is an entry; in any other, whatever it is."""
    entry = str(PurePosixPath(path.value).relative_to(mount["mountPath"].value))
    maps = [
        config_map
        for volume in _volumes(mount, document)
        for config_map in named(documents, "ConfigMap", volume["configMap.name"].value)
    ]
    return all(entry in config_map["data"].fields() for config_map in maps)
