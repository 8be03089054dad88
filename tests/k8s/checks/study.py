"""What the manifests repeat of study.yaml and of themselves."""

import functools
import re
import tempfile
from pathlib import Path

from jobs.common.errors import ConfigError
from jobs.config.study import Study, load_study, plain
from jobs.local.manifests.job import COMPLETIONS
from tests.k8s.checks.documents import Node, containers, is_indexed, of_kind

_WORKERS = re.compile(r"--workers[ =](\d+)")
_PEERS = re.compile(r"--peers((?: [^- ]\S*)+)")


def study_loads(documents: list[Node]) -> list[str]:
    """study.yaml is one that mammo takes."""
    found = []
    for entry in _studies(documents):
        try:
            _study(entry)
        except ConfigError as error:
            found.append(f"{entry.where}: {entry.path}: {error}")
    return found


def completions_repeat_study(documents: list[Node]) -> list[str]:
    """A Job has as many indices as the number of study.yaml that its annotation names."""
    found = []
    for job in of_kind(documents, "Job"):
        key = job["metadata.annotations"].fields().get(COMPLETIONS)
        for entry in _studies(documents) if key else []:
            try:
                wanted: object = plain(_study(entry))
            except ConfigError:
                continue  # which study_loads tells
            for name in key.value.split("."):
                wanted = wanted.get(name) if isinstance(wanted, dict) else None
            if job["spec.completions"].value != wanted:
                found.append(
                    job["spec.completions"].must(f"be {key.value} of study.yaml, {wanted}")
                )
    return found


def workers_are_completions(documents: list[Node]) -> list[str]:
    """Each index has its share or its address: --workers or --peers are that many."""
    found = []
    for job in filter(is_indexed, of_kind(documents, "Job")):
        completions = job["spec.completions"].value
        for arguments in (each["args"] for each in containers(job["spec.template.spec"])):
            line = " ".join(map(str, arguments.value or []))
            counted = [int(number) for number in _WORKERS.findall(line)]
            counted += [len(peers.split()) for peers in _PEERS.findall(line)]
            if any(number != completions for number in counted):
                found.append(arguments.must(f"share the work among {completions}, as completions"))
    return found


def _studies(documents: list[Node]) -> list[Node]:
    maps = of_kind(documents, "ConfigMap")
    entries = [config_map["data"].fields().get("study.yaml") for config_map in maps]
    return [entry for entry in entries if entry is not None]


@functools.cache  # most sets have the same
def _study(entry: Node) -> Study:
    """Raises ConfigError where mammo does not take it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.yaml"
        path.write_text(str(entry.value))
        try:
            return load_study(path)
        except ConfigError as error:
            raise ConfigError(str(error).replace(f"{path}: ", "")) from error
