""".github/workflows/ci.yaml, read and not run: pinned, bounded, and true to the Makefile."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / ".github/workflows/ci.yaml").read_text()
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]
STEPS = [step for job in JOBS.values() for step in job["steps"]]
RUNS = "\n".join(step["run"] for step in STEPS if "run" in step)


def test_actions_are_pinned_by_commit():
    """A tag can move; beside each commit stands the version that it was."""
    uses = re.findall(r"uses: (.*)", TEXT)
    assert len(uses) == sum("uses" in step for step in STEPS) > 0
    for action in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


def test_images_are_pinned_by_digest():
    """The cluster's node is the one of its version for good."""
    images = [step["with"]["node_image"] for step in STEPS if "node_image" in step.get("with", {})]
    assert len(images) == 1
    assert re.fullmatch(r"kindest/node:v1\.36\.\d+@sha256:[0-9a-f]{64}", images[0])
    assert ":latest" not in TEXT


@pytest.mark.parametrize("job", JOBS)
def test_a_job_is_bounded(job: str):
    """On a runner of a fixed version, and not for hours."""
    assert re.fullmatch(r"ubuntu-\d\d\.\d\d", JOBS[job]["runs-on"])
    assert JOBS[job]["timeout-minutes"] <= 90


def test_it_may_read_and_no_more():
    """No job has more rights than all have, and no step keeps the token."""
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert not [job for job in JOBS.values() if "permissions" in job]
    checkouts = [step for step in STEPS if "checkout@" in step.get("uses", "")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert "secrets." not in TEXT


def test_nothing_of_a_pull_request_is_run_as_code():
    """Titles and branches are anybody's words: no step's script has one of GitHub's expressions."""
    assert "${{" not in RUNS
    assert "pull_request_target" not in TEXT


def test_make_has_what_it_makes():
    """Style, tests and the image are the Makefile's own."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    made = re.findall(r"make ([a-z-]+)", RUNS)
    assert {"lint", "test", "image"} <= set(made) <= targets


def test_the_image_is_the_manifests():
    """What is built and loaded is what the Jobs ask for."""
    image = JOBS["cpu-smoke"]["env"]["IMAGE"]
    for job in (ROOT / "k8s").glob("*.yaml"):
        assert set(re.findall(r"image: (\S+)", job.read_text())) <= {image}


def test_what_it_applies_is_there():
    """The overlay, and the Job that is last."""
    (overlay,) = re.findall(r"kubectl apply -k (\S+)", RUNS)
    text = (ROOT / overlay / "kustomization.yaml").read_text()
    (prefix,) = re.findall(r"(?m)^namePrefix: (\S+)$", text)
    (job,) = re.findall(r"job/(\S+)", RUNS)
    name = job.removeprefix(prefix)
    assert name != job and f"name: {name}" in (ROOT / f"k8s/{name}.yaml").read_text()
