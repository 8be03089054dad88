"""How long a Job waits for its input, and how long it may be there at all."""

from collections.abc import Iterator

from jobs import cli
from jobs.common.errors import UsageError
from tests.k8s.checks.commands import expanded_arguments
from tests.k8s.checks.documents import Node, containers, of_kind


def waits(documents: list[Node]) -> list[str]:
    """A stage that has inputs waits for them, unless its pod holds a device, such as a GPU.

    A pod has the devices of all its containers from its start on: while one of them waited, they
    would be kept from the pod that makes what it waits for.
    """
    found = []
    for job, container, seconds in _waiting(documents):
        every = containers(job["spec.template.spec"])
        devices = any("/" in name for each in every for name in each["resources.limits"].fields())
        if devices and seconds:
            found.append(container["args"].must("have --wait 0, as its pod holds a device"))
        if not devices and not seconds:
            found.append(container["args"].must("have --wait with a number above 0"))
    return found


def waits_within_deadline(documents: list[Node]) -> list[str]:
    """A Job's deadline leaves as much time for its work as for its waiting, or more."""
    deadlines = [
        (job["spec.activeDeadlineSeconds"], seconds) for job, _, seconds in _waiting(documents)
    ]
    return [
        deadline.must(f"be at least twice --wait, {seconds}")
        for deadline, seconds in deadlines
        if type(deadline.value) is int and deadline.value < 2 * seconds
    ]


def ends_some_day(documents: list[Node]) -> list[str]:
    """A Job whose input never comes fails at last, and one that has ended is removed."""
    return [
        job["spec"][name].must("be said")
        for job in of_kind(documents, "Job")
        for name in ("activeDeadlineSeconds", "ttlSecondsAfterFinished")
        if not job["spec"][name].value
    ]


def _waiting(documents: list[Node]) -> Iterator[tuple[Node, Node, int]]:
    """Each Job and container whose stage has inputs, and how many seconds it waits for them."""
    for job in of_kind(documents, "Job"):
        for container in containers(job["spec.template.spec"]):
            if container["command"].value != ["mammo"]:
                continue
            try:
                options, _ = cli.parse(expanded_arguments(job, container, documents))
            except UsageError:
                continue  # which arguments_parse tells
            if "wait" in vars(options):
                yield job, container, options.wait
