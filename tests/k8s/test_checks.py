"""k8s/, overlays/ and its components: nothing in them that the API server or mammo would refuse."""

import os
import shutil
from pathlib import Path

import kubernetes_validate
import pytest

from jobs.local.manifests.located_yaml import read_documents
from tests.k8s.checks import problems, problems_alone
from tests.k8s.checks.documents import APART, Node, containers, of_kind, read, render

REPOSITORY = Path(__file__).parents[2]
K8S, OVERLAYS = REPOSITORY / "k8s", REPOSITORY / "overlays"
FILES = sorted(path for path in K8S.glob("*.yaml") if path.name != "kustomization.yaml")
OF_A_STUDY = [file for file in FILES if file.name not in APART]
BASES = {"spot-gpu": OVERLAYS / "gpu", "jobset-cpu-smoke": OVERLAYS / "cpu-smoke"}
"""What a component is for, where that is not k8s/."""
SOURCES = sorted(OVERLAYS.rglob("*.yaml"))


def folders(below: Path) -> list[str]:
    """The folders with a kustomization, by name."""
    return sorted(path.parent.name for path in below.glob("*/kustomization.yaml"))


def kinds_and_names(documents: list[Node]) -> list[tuple[str, str]]:
    return sorted((each["kind"].value, each["metadata.name"].value) for each in documents)


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    """A folder for what is rendered."""
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed")
    folder = tmp_path.resolve() / "rendered"  # kustomize's paths are relative, and not by links
    folder.mkdir()
    return folder


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_each_file_by_itself(file: Path):
    """`kubectl apply -f` takes it."""
    assert problems_alone(read(file)) == {}


def test_all_files_together():
    """What one file names is there in another."""
    assert problems(read(*FILES)) == {}


@pytest.mark.parametrize("file", SOURCES, ids=[str(file.relative_to(OVERLAYS)) for file in SOURCES])
def test_each_source_is_strict_yaml(file: Path):
    """A duplicate key is an error in a patch, too: the rendered document would not show it."""
    assert read_documents(file)


def test_base(rendered: Path):
    """`kubectl apply -k k8s` sends every document, and each is as it must be."""
    documents = render(K8S, rendered / "base.yaml")
    assert kinds_and_names(documents) == kinds_and_names(read(*OF_A_STUDY))
    assert problems(documents) == {}


@pytest.mark.parametrize("name", folders(OVERLAYS))
def test_overlay(name: str, rendered: Path):
    """`kubectl apply -k` of an overlay sends what a bare cluster and mammo take."""
    assert problems(render(OVERLAYS / name, rendered / f"{name}.yaml")) == {}


@pytest.mark.parametrize("name", folders(OVERLAYS / "components"))
def test_component_on_its_base(name: str, rendered: Path):
    """A component makes of its base what its add-on takes: no other kinds than that one's own."""
    documents = joined(rendered, BASES.get(name, K8S), name)
    assert problems(documents, addon=name.split("-")[0]) == {}


def test_spot_on_gpu(rendered: Path):
    """Pods with a GPU still go to nodes that are kept for those, and the others do not."""
    documents = joined(rendered, OVERLAYS / "gpu", "spot-gpu")
    assert problems(documents) == {}
    for job in of_kind(documents, "Job"):
        pod = job["spec.template.spec"]
        tolerated = {each["key"].value for each in pod["tolerations"].items()}
        gpus = {limit for each in containers(pod) for limit in each["resources.limits"].fields()}
        assert ("nvidia.com/gpu" in tolerated) == ("nvidia.com/gpu" in gpus)
        assert "cloud.google.com/gke-spot" in tolerated


def test_components_in_the_order_of_the_readme(rendered: Path):
    """One JobSet waits for its queue, and nothing beside it; its Jobs are those of k8s/."""
    documents = joined(rendered, K8S, "spot", "jobset", "kueue")
    assert problems(documents, addon="jobset") == {}
    (job_set,) = of_kind(documents, "JobSet")
    assert job_set["metadata.labels"].value["kueue.x-k8s.io/queue-name"] == "mammo"
    assert job_set["spec.suspend"].value is True
    jobs = of_kind(documents, "Job")
    assert len(jobs) == len(of_kind(read(*OF_A_STUDY), "Job"))
    assert all(job["spec.template.spec.tolerations"].items() for job in jobs)
    assert {job["spec.suspend"].value for job in jobs} == {None}


@pytest.mark.parametrize("base", [K8S, OVERLAYS / "gpu"], ids=["k8s", "gpu"])
def test_jobset_starts_what_k8s_has(base: Path, rendered: Path):
    """Also pods with a GPU, which do not wait: none starts before its input is there."""
    documents = joined(rendered, base, "jobset")
    assert problems(documents, addon="jobset") == {}
    assert len(of_kind(documents, "Job")) == len(of_kind(read(*OF_A_STUDY), "Job"))


def test_jobset_on_cpu_smoke(rendered: Path):
    """It has the release made first, and its Jobs use what cpu-smoke has, by the prefixed names."""
    documents = joined(rendered, OVERLAYS / "cpu-smoke", "jobset-cpu-smoke")
    assert problems(documents, addon="jobset") == {}
    (job_set,) = of_kind(documents, "JobSet")
    jobs = job_set["spec.replicatedJobs"].items()
    before = {
        job["name"].value: [each["name"].value for each in job["dependsOn"].items()] for job in jobs
    }
    assert before["phantom"] == [] and before["weights"] == ["phantom"]
    assert len(before) == len(of_kind(read(*OF_A_STUDY), "Job")) + 1


@pytest.mark.parametrize("minor", range(29, 38))
def test_user_namespaces(minor: int, rendered: Path):
    """Each pod asks for one, and each version of Kubernetes that README.md names takes it."""
    documents = joined(rendered, K8S, "user-namespaces")
    made = [each for each in documents if each["spec.template.spec"].value]
    assert made and all(each["spec.template.spec.hostUsers"].value is False for each in made)
    assert "Kubernetes 1.29 or later" in (K8S / "README.md").read_text()
    for document in documents:
        kubernetes_validate.validate(document.value, f"1.{minor}", strict=True)


def joined(rendered: Path, base: Path, *components: str) -> list[Node]:
    """What components make of a base."""
    parts = [os.path.relpath(OVERLAYS / "components" / name, rendered) for name in components]
    kustomization = f"resources: [{os.path.relpath(base, rendered)}]\ncomponents: {parts}\n"
    (rendered / "kustomization.yaml").write_text(kustomization)
    return render(rendered, rendered / "rendered.yaml")
