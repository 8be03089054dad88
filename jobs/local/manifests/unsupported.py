"""What manifests ask for that a cluster does and `mammo study` does not, in words."""

from collections.abc import Iterator, Sequence

from jobs.common.resources import gpu_count
from jobs.local.manifests.located_yaml import LocatedValue

_KNOWN = {"ConfigMap", "Job", "Namespace", "PersistentVolumeClaim", "ServiceAccount"}
"""What Jobs are run with; an account means nothing on one machine."""


def notes_on(manifests: Sequence[LocatedValue]) -> list[str]:
    """A line for each thing that a cluster would do and this machine does not."""
    others = [each for each in manifests if each.text("kind") not in _KNOWN]
    named = ", ".join(f"{each.text('kind')} {each.text('metadata.name')}" for each in others)
    jobs = [each for each in manifests if each.text("kind") == "Job"]
    notes = [f"left to Kubernetes: {named}"] if others else []
    return notes + [note for job in jobs for note in _notes_on_job(job)]


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
