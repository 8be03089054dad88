"""What a cluster would do, and one machine does not, is reported."""

import pytest

from jobs.local.manifests.located_yaml import parse_documents
from jobs.local.manifests.unsupported import notes_on

JOB = """
kind: Job
metadata: {name: embed}
spec:
  suspend: %s
  template: {spec: {containers: [{name: mammo, resources: {limits: {cpu: 4, %s: 2}}}]}}
"""


def notes(text: str) -> list[str]:
    """What is told in any case."""
    return list(notes_on(parse_documents(text, "k8s.yaml")).always)


def test_a_plain_job_needs_no_note():
    """Neither do the claim, the ConfigMap and the account that it needs."""
    others = ("PersistentVolumeClaim", "ConfigMap", "ServiceAccount")
    more = "".join(f"---\nkind: {kind}\nmetadata: {{name: a}}\n" for kind in others)
    assert notes(JOB % ("false", "memory") + more) == []


def test_what_is_not_a_job_is_left_to_a_cluster():
    """All in one line, custom resources included; it is told on request alone."""
    text = "kind: Service\nmetadata: {name: a}\n---\nkind: JobSet\nmetadata: {name: b}\n"
    assert notes(text) == []
    assert notes_on(parse_documents(text, "k8s.yaml")).on_request == (
        "left to Kubernetes: each Job's limits, retries, security and placement, Service a, "
        "JobSet b",
    )


def test_gpus_that_are_not_here(monkeypatch: pytest.MonkeyPatch):
    """Noted as long as there are fewer than asked for."""
    here = {count: [] for count in (0, 1, 2)}
    for count in here:
        monkeypatch.setattr("jobs.local.manifests.unsupported.gpu_count", lambda count=count: count)
        here[count] = notes(JOB % ("false", "nvidia.com/gpu"))
    words = "embed: asks for 2 nvidia.com/gpu; this machine has"
    assert here == {0: [f"{words} 0"], 1: [f"{words} 1"], 2: []}


def test_a_suspended_job_runs_here():
    """Nothing here would resume it."""
    (note,) = notes(JOB % ("true", "memory"))
    assert note == "embed: suspended in a cluster until something resumes it; it runs here"
