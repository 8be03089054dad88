"""What manifests ask for that a cluster does and `mammo study` does not, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.common.resources import gpu_count
from jobs.local.manifests.located_yaml import LocatedValue

_KNOWN = {"ConfigMap", "Job", "Namespace", "PersistentVolumeClaim", "ServiceAccount"}
"""What Jobs are run with; an account means nothing on one machine."""

_LEFT = "each Job's limits, retries, security and placement"


@dataclass(frozen=True)
class Notes:
    """What is other here than in a cluster, in lines.

    Attributes:
        always: what a user should know in any case.
        on_request: what is so by design.
    """

    always: tuple[str, ...] = ()
    on_request: tuple[str, ...] = ()


def notes_on(manifests: Sequence[LocatedValue]) -> Notes:
    """What a cluster would do with manifests and this machine does not."""
    others = [each for each in manifests if each.text("kind") not in _KNOWN]
    named = [f"{each.text('kind')} {each.text('metadata.name')}" for each in others]
    left = ", ".join((_LEFT, *named))
    jobs = [each for each in manifests if each.text("kind") == "Job"]
    always = tuple(note for job in jobs for note in _notes_on_job(job))
    return Notes(always, (f"left to Kubernetes: {left}",))


def _notes_on_job(job: LocatedValue) -> Iterator[str]:
    name = job.text("metadata.name")
    if job.get("spec", dict).value.get("suspend"):
        yield f"{name}: suspended in a cluster until something resumes it; it runs here"
    here = gpu_count()
    for container in job.at("spec.template.spec.containers", list).items():
        limits = container.get("resources", dict, {}).get("limits", dict, {})
        for resource, count in limits.value.items():
            if resource.endswith("/gpu") and int(count) > here:
                yield f"{name}: asks for {count} {resource}; this machine has {here}"
