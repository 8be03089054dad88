"""k8s/, overlays/ and its components: nothing in them that the API server or mammo would refuse."""

import os
import shutil
from pathlib import Path

import pytest

from jobs.documents import read_documents
from tests.k8s.checks import problems, problems_alone
from tests.k8s.checks.documents import Node, read, render

REPOSITORY = Path(__file__).parents[2]
K8S, OVERLAYS = REPOSITORY / "k8s", REPOSITORY / "overlays"
FILES = sorted(path for path in K8S.glob("*.yaml") if path.name != "kustomization.yaml")
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
        pytest.skip("kubectl is not there")
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
    """Also in a patch no key stands twice, which the rendered document would not show."""
    assert read_documents(file)


def test_base(rendered: Path):
    """`kubectl apply -k k8s` sends every document, and each is as it must be."""
    documents = render(K8S, rendered / "base.yaml")
    assert kinds_and_names(documents) == kinds_and_names(read(*FILES))
    assert problems(documents) == {}


@pytest.mark.parametrize("name", folders(OVERLAYS))
def test_overlay(name: str, rendered: Path):
    """`kubectl apply -k` of an overlay sends what a bare cluster and mammo take."""
    assert problems(render(OVERLAYS / name, rendered / f"{name}.yaml")) == {}


@pytest.mark.parametrize("name", folders(OVERLAYS / "components"))
def test_component_on_the_base(name: str, rendered: Path):
    """A component makes of k8s/ what its add-on takes: no other kinds than that one's own."""
    base, component = (
        os.path.relpath(folder, rendered) for folder in (K8S, OVERLAYS / "components" / name)
    )
    kustomization = f"resources: [{base}]\ncomponents: [{component}]\n"
    (rendered / "kustomization.yaml").write_text(kustomization)
    assert problems(render(rendered, rendered / f"{name}.yaml"), addon=name) == {}
