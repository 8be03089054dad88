"""Reads k8s/ as a program for this machine: each Job's command, once for each of its indices.

Nothing in a Job is passed over in silence: a field is carried out, or it is listed here and in
`jobs/local/manifests/pod.py` as left to Kubernetes, or it is an error that names file and field.
"""

import itertools
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs.common.errors import ConfigError, MissingInputError
from jobs.config.study import plain
from jobs.local.manifests.kustomize import FILE
from jobs.local.manifests.located_yaml import Field
from jobs.local.manifests.pod import Pod, Step
from jobs.local.manifests.references import Cluster, Local
from jobs.local.manifests.unsupported import notes_on

COMPLETIONS = "mammo/completions"
"""The annotation that names the number of study.yaml which a Job's completions repeat."""

_JOB = {"completionMode", "completions", "parallelism", "template"}
_JOB_LEFT = {
    "activeDeadlineSeconds",
    "backoffLimit",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
    "podFailurePolicy",
    "podReplacementPolicy",
    "ttlSecondsAfterFinished",
}


def default_folder(overlay: str | None = None) -> Path:
    """k8s/ of the checkout, or where a wheel puts it; or one of the overlays/ beside it.

    Raises:
        ConfigError: it is not there.
    """
    inner = Path("overlays", overlay) if overlay else Path("k8s")
    tops = (Path(__file__).resolve().parents[3], Path(sys.prefix) / "share/mammo")
    for place in (top / inner for top in tops):
        if (place / FILE).is_file():
            here = Path.cwd()
            return place.relative_to(here) if place.is_relative_to(here) else place
    known = sorted({path.parent.name for top in tops for path in top.glob(f"overlays/*/{FILE}")})
    places = " or ".join(str(top / inner) for top in tops)
    there = f"; there are {', '.join(known)}" if overlay and known else ""
    raise ConfigError(f"no manifests in {places}{there}: name a folder by --manifests")


def steps_of(manifests: Sequence[Field], local: Local) -> tuple[list[Step], list[str]]:
    """The steps of all Jobs in the manifests' order, and what a reader should know of them.

    Raises:
        ConfigError: a Job cannot be carried out on this machine; names file and field.
    """
    cluster = Cluster(manifests, local)
    steps: list[Step] = []
    notes = notes_on(manifests)
    for document in manifests:
        if document.text("kind") == "Job":
            indices, note = _indices(document, cluster)
            pod = Pod(document, cluster)
            steps += [pod.step(index) for index in indices]
            notes += [note] if note else []
    return steps, notes


def groups_of(steps: Sequence[Step]) -> list[list[Step]]:
    """Neighbours that call one stage: none reads what another writes, so they may run at once."""
    return [list(group) for _, group in itertools.groupby(steps, lambda step: step.arguments[0])]


def run_steps(
    groups: Sequence[Sequence[Step]],
    call: Callable[[Sequence[Step]], Mapping[Step, MissingInputError]],
) -> None:
    """Calls each group; steps whose input is not there yet come again after the others.

    Args:
        call: runs steps of one stage, and returns those whose input is missing.

    Raises:
        MissingInputError: none of the steps that are left can start.
        Exception: whatever `call` raises; the groups after it are not called.
    """
    left = deque(groups)
    idle = 0  # groups in a row of which nothing could start
    while left:
        group = left.popleft()
        refused = call(group)
        idle = idle + 1 if len(refused) == len(group) else 0
        if refused:
            left.append(list(refused))
        if refused and idle == len(left):
            error = list(refused.values())[-1]
            names = ", ".join(step.name for group in left for step in group)
            raise MissingInputError(f"no Job makes the input of {names}: {error}") from error


def _indices(job: Field, cluster: Cluster) -> tuple[Sequence[int | None], str]:
    """A Job's indices, and what to say where --config asks for others than the manifest does."""
    spec = job.get("spec", dict)
    spec.allow(_JOB, _JOB_LEFT)
    completions = spec.get("completions", int, 1)
    if spec.get("completionMode", str, "NonIndexed").value != "Indexed":
        if completions.value != 1:
            completions.fail("must be 1 unless completionMode is Indexed", completions.value)
        return (None,), ""
    annotations = job.get("metadata", dict).get("annotations", dict, {})
    if COMPLETIONS not in annotations.value:
        return range(completions.value), ""
    key = annotations.get(COMPLETIONS, str)
    study, place = cluster.study(key)
    wanted = _number(plain(study), key)
    if wanted == completions.value:
        return range(wanted), ""
    if cluster.local.study is None:
        completions.fail(f"must be {key.value} of {place}, {wanted}", completions.value)
    return range(wanted), (
        f"{job.text('metadata.name')}: {wanted} indices, as {key.value} of {place} says; "
        f"{job.file} has {completions.value}"
    )


def _number(study: Mapping[str, Any], key: Field) -> int:
    value: Any = study
    for name in key.value.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if type(value) is not int:
        key.fail("must name a whole number of study.yaml", key.value)
    return value
