"""The Jobs of manifests as steps of this machine: each Job's command, once for each index.

No field of a Job is ignored without a word: it is used, or it is listed here or in `pod.py` as left
to Kubernetes, or it is an error that names the file and the field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jobs.config.study import plain
from jobs.local.manifests.located_yaml import LocatedValue
from jobs.local.manifests.pod import PodTemplate, Step
from jobs.local.manifests.references import LocalInputs, References
from jobs.local.manifests.unsupported import Notes, notes_on

COMPLETIONS = "mammo/completions"
"""The annotation that names the number of study.yaml which a Job's completions repeat."""

_JOB = {"completionMode", "completions", "parallelism", "template"}
_JOB_IGNORED = {
    "activeDeadlineSeconds",
    "backoffLimit",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
    "podFailurePolicy",
    "podReplacementPolicy",
    "suspend",
    "ttlSecondsAfterFinished",
}


def steps_of(manifests: Sequence[LocatedValue], local: LocalInputs) -> tuple[list[Step], Notes]:
    """The steps of all Jobs in the manifests' order, and what a reader should know of them.

    Raises:
        ConfigError: a Job cannot run on this machine; names the file and the field.
    """
    references = References(manifests, local)
    steps: list[Step] = []
    counts: list[str] = []
    for document in manifests:
        if document.text("kind") == "Job":
            indices, note = _indices(document, references)
            template = PodTemplate(document, references)
            steps += [template.step(index) for index in indices]
            counts += [note] if note else []
    notes = notes_on(manifests)
    return steps, replace(notes, on_request=(*notes.on_request, *counts))


def _indices(job: LocatedValue, references: References) -> tuple[Sequence[int | None], str]:
    """A Job's indices, and a note where --config or --set asks for others than the manifest."""
    spec = job.get("spec", dict)
    spec.allow(_JOB, _JOB_IGNORED)
    completions = spec.get("completions", int, 1)
    if spec.get("completionMode", str, "NonIndexed").value != "Indexed":
        if completions.value != 1:
            completions.fail("must be 1 unless completionMode is Indexed", completions.value)
        return (None,), ""
    annotations = job.get("metadata", dict).get("annotations", dict, {})
    if COMPLETIONS not in annotations.value:
        return range(completions.value), ""
    key = annotations.get(COMPLETIONS, str)
    study, where = references.study(key)
    wanted = _number(plain(study), key)
    if wanted == completions.value:
        return range(wanted), ""
    if not references.local.another_study:
        completions.fail(f"must be {key.value} of {where}, {wanted}", completions.value)
    return range(wanted), (
        f"{job.text('metadata.name')}: {wanted} indices, from {key.value} in {where}; "
        f"{job.where} has {completions.value}"
    )


def _number(study: Mapping[str, Any], key: LocatedValue) -> int:
    value: Any = study
    for name in key.value.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if type(value) is not int:
        key.fail("must name a whole number of study.yaml", key.value)
    return value
