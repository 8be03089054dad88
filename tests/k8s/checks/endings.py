"""What a container leaves behind that says why it ended."""

from jobs.common.termination_message import VARIABLE
from tests.k8s.checks.documents import Node, containers, of_kind, pods

_PATH = "/dev/termination-log"  # Kubernetes API reference, Container v1: the default


def says_why_it_ended(documents: list[Node]) -> list[str]:
    """A Job's mammo writes its last line where Kubernetes reads it; a crash leaves its log's end.

    `kubectl describe pod` shows it. In a container that runs on, no command that somebody calls
    there may write it.
    """
    found = []
    jobs = [job["spec.template.spec"] for job in of_kind(documents, "Job")]
    for pod in [*jobs, *pods(documents)]:
        for container in containers(pod):
            policy = container["terminationMessagePolicy"]
            if policy.value != "FallbackToLogsOnError":
                found.append(policy.must("be FallbackToLogsOnError"))
            if pod in jobs and container["command"].value == ["mammo"]:
                found += _path_wrong(container)
    return list(dict.fromkeys(found))


def _path_wrong(container: Node) -> list[str]:
    path = container["terminationMessagePath"].value or _PATH
    said = [each["value"] for each in container["env"].items() if each["name"].value == VARIABLE]
    if not said:
        return [container["env"].must(f"have {VARIABLE}, {path}")]
    return [
        node.must(f"be the terminationMessagePath, {path}") for node in said if node.value != path
    ]
