"""What a cluster would do and one machine does not is said."""

from pathlib import Path

from jobs.local.manifests.located_yaml import parse_documents
from jobs.local.manifests.unsupported import notes_on

JOB = """
kind: Job
metadata: {name: embed}
spec:
  suspend: %s
  template: {spec: {containers: [{name: mammo, resources: {limits: {cpu: 4, %s: 2}}}]}}
"""


def notes(text: str, driver: Path) -> list[str]:
    return notes_on(parse_documents(text, Path("k8s.yaml")), driver)


def test_a_plain_job_needs_no_word(tmp_path: Path):
    """Neither do the claim, the ConfigMap and the account that it stands on."""
    others = ("PersistentVolumeClaim", "ConfigMap", "ServiceAccount")
    more = "".join(f"---\nkind: {kind}\nmetadata: {{name: a}}\n" for kind in others)
    assert notes(JOB % ("false", "memory") + more, tmp_path) == []


def test_what_is_no_job_is_left_to_a_cluster(tmp_path: Path):
    """All in one line, custom resources too."""
    text = "kind: Service\nmetadata: {name: a}\n---\nkind: JobSet\nmetadata: {name: b}\n"
    assert notes(text, tmp_path) == ["left to Kubernetes: Service a, JobSet b"]


def test_gpus_that_are_not_here(tmp_path: Path):
    """Told as long as there are fewer than asked for."""
    for count in (0, 1):
        assert notes(JOB % ("false", "nvidia.com/gpu"), tmp_path) == [
            f"embed: asks for 2 nvidia.com/gpu; this machine has {count}"
        ]
        (tmp_path / str(count)).mkdir()
    assert notes(JOB % ("false", "nvidia.com/gpu"), tmp_path) == []
    assert len(notes(JOB % ("false", "nvidia.com/gpu"), tmp_path / "none")) == 1


def test_a_suspended_job_runs_here(tmp_path: Path):
    """Nothing here would resume it."""
    (note,) = notes(JOB % ("true", "memory"), tmp_path)
    assert note == "embed: suspended in a cluster until something resumes it; it runs here"
