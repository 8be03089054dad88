"""What manifests ask for that `mammo study` does not do on one machine, in words."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from jobs.local.manifests.located_yaml import Field

_DRIVER = Path("/proc/driver/nvidia/gpus")
_KNOWN = {"ConfigMap", "Job", "Namespace", "PersistentVolumeClaim", "ServiceAccount"}
"""What Jobs are carried out with; an account has no meaning on one machine."""


def notes_on(manifests: Sequence[Field], driver: Path = _DRIVER) -> list[str]:
    """A line for each thing that a cluster would do and this machine does not.

    Args:
        driver: where the system shows its GPUs, a folder each.
    """
    others = [each for each in manifests if each.text("kind") not in _KNOWN]
    named = ", ".join(f"{each.text('kind')} {each.text('metadata.name')}" for each in others)
    jobs = [each for each in manifests if each.text("kind") == "Job"]
    notes = [f"left to Kubernetes: {named}"] if others else []
    return notes + [note for job in jobs for note in _of_job(job, driver)]


def _of_job(job: Field, driver: Path) -> Iterator[str]:
    name = job.text("metadata.name")
    if job.get("spec", dict).value.get("suspend"):
        yield f"{name}: suspended in a cluster until something resumes it; it runs here"
    here = len(list(driver.glob("*")))
    for container in job.at("spec.template.spec.containers", list).items():
        limits = container.get("resources", dict, {}).get("limits", dict, {})
        for resource, count in limits.value.items():
            if resource.endswith("/gpu") and int(count) > here:
                yield f"{name}: asks for {count} {resource}; this machine has {here}"
