"""What pods ask for and may have."""

from tests.k8s.checks.documents import Node, containers, of_kind, pods
from tests.k8s.checks.values import quantity


def resources_complete(documents: list[Node]) -> list[str]:
    """Every container asks for processor, memory and disk, and has limits; volumes have sizes."""
    wanted = [
        container[f"resources.{side}.{name}"]
        for pod in pods(documents)
        for container in containers(pod)
        for side in ("requests", "limits")
        for name in ("cpu", "memory", "ephemeral-storage")
    ]
    wanted += [each["emptyDir.sizeLimit"] for each in _empty_dirs(documents)]
    claims = of_kind(documents, "PersistentVolumeClaim")
    wanted += [claim["spec.resources.requests.storage"] for claim in claims]
    wanted += [claim["spec.accessModes"] for claim in claims]
    return [node.must("be said") for node in wanted if not node.value]


def requests_within_limits(documents: list[Node]) -> list[str]:
    """No container asks for more than it may have; the API refuses it."""
    found = []
    for container in (each for pod in pods(documents) for each in containers(pod)):
        limits = container["resources.limits"].fields()
        for name, request in container["resources.requests"].fields().items():
            if name in limits and _above(request, limits[name]):
                found.append(request.must(f"be within the limit {limits[name].value}"))
    return found


def memory_holds_volumes(documents: list[Node]) -> list[str]:
    """A volume in memory counts as its container's memory: all of one pod's fit the limit."""
    found = []
    for pod in pods(documents):
        kept = [
            volume["emptyDir.sizeLimit"]
            for volume in pod["volumes"].items()
            if volume["emptyDir.medium"].value == "Memory"
        ]
        used = sum(size for node in kept if (size := quantity(node)) is not None)
        for container in containers(pod):
            limit = container["resources.limits.memory"]
            if kept and (most := quantity(limit)) is not None and used >= most:
                sizes = " + ".join(str(node.value) for node in kept)
                found.append(limit.must(f"be above its volumes in memory, {sizes}"))
    return found


def disk_holds_volumes(documents: list[Node]) -> list[str]:
    """A pod may fill its volumes on the node's disk: what its containers may have holds them all.

    A pod that uses more than its containers' limits together is evicted; beside the volumes, logs
    count.
    """
    found = []
    for pod in pods(documents):
        sizes = [
            size
            for volume in pod["volumes"].items()
            if volume["emptyDir"].value is not None and volume["emptyDir.medium"].value != "Memory"
            if (size := quantity(volume["emptyDir.sizeLimit"])) is not None
        ]
        limits = [each["resources.limits.ephemeral-storage"] for each in containers(pod)]
        most = [amount for each in limits if (amount := quantity(each)) is not None]
        if sizes and most and sum(most) <= sum(sizes):
            found.append(limits[0].must(f"be above its volumes on disk, {sum(sizes)} bytes"))
    return found


def _empty_dirs(documents: list[Node]) -> list[Node]:
    volumes = [volume for pod in pods(documents) for volume in pod["volumes"].items()]
    return [volume for volume in volumes if volume["emptyDir"].value is not None]


def _above(request: Node, limit: Node) -> bool:
    asked, most = quantity(request), quantity(limit)
    return asked is not None and most is not None and asked > most
