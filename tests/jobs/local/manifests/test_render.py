"""A folder of manifests: read here where it is a list of files, else by kubectl or kustomize."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.common.errors import ConfigError
from jobs.local.manifests.job import steps_of
from jobs.local.manifests.render import default_folder, load_manifests
from tests.jobs.local.manifests.copies import K8S, edit, local_inputs

OVERLAYS = sorted(path.parent.name for path in K8S.parent.glob("overlays/*/kustomization.yaml"))
DOCUMENT = "apiVersion: v1\nkind: Job\nmetadata:\n  name: train-fold\nspec:\n  completions: x\n"
NEITHER = (
    r" needs kubectl or kustomize, and neither is installed: install one of them; mammo study "
    r"--config STUDY_YAML needs neither$"
)

Install = Callable[[str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a program that writes a document and notes how it is called; no other is there."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))

    def install(name: str, *, end: str = "exit 0") -> None:
        script = f"#!/bin/sh\necho {name} $@ >> {tmp_path}/calls\nprintf '%s' '{DOCUMENT}'\n{end}\n"
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)

    return install


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    """A folder that asks for more than files."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "kustomization.yaml").write_text("namePrefix: a-\nresources: [job.yaml]\n")
    return folder


def test_a_list_of_files_needs_no_program(install: Install, folder: Path):
    """`mammo study` without options runs where there is no kubectl: k8s/ is read, in its order."""
    found = [(each.text("kind"), each.text("metadata.name")) for each in load_manifests(folder)]
    assert found.index(("Job", "weights")) < found.index(("Job", "embed"))
    assert ("ConfigMap", "study") in found and ("Deployment", "shell") not in found


@pytest.mark.parametrize(
    ("installed", "call"),
    [
        (["kubectl"], "kubectl kustomize"),
        (["kustomize"], "kustomize build"),
        (["kustomize", "kubectl"], "kubectl kustomize"),
    ],
    ids=["kubectl", "kustomize", "both"],
)
def test_who_renders(
    install: Install, overlay: Path, tmp_path: Path, installed: list[str], call: str
):
    """kubectl or else kustomize, once; an error names the call, the document and the field."""
    for program in installed:
        install(program)
    (document,) = load_manifests(overlay)
    assert (tmp_path / "calls").read_text() == f"{call} {overlay}\n"
    with pytest.raises(ConfigError) as caught:
        document.at("spec.completions", int)
    assert str(caught.value) == (
        f"{call} {overlay}: Job train-fold: spec.completions must be a whole number; got 'x'"
    )


def test_a_renderer_that_fails(install: Install, overlay: Path):
    """What it says is told in one line, after the call."""
    install("kubectl", end="echo error: no such >&2; echo '  file' >&2; exit 1")
    with pytest.raises(ConfigError) as caught:
        load_manifests(overlay)
    assert str(caught.value) == f"kubectl kustomize {overlay}: error: no such file"


NOT_PLAIN = {
    "a patch": ("resources: []\npatches: []\n", "patches"),
    "a prefix": ("namePrefix: a-\n", "namePrefix"),
    "a folder": ("resources: [a.yaml, ../base]\n", r"resources\[1\]"),
    "another machine": ("resources: ['https://a.b/c.yaml']\n", r"resources\[0\]"),
    "a number": ("resources: [1]\n", r"resources\[0\]"),
}


@pytest.mark.parametrize(("text", "field"), NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_nothing_here_renders(install: Install, overlay: Path, text: str, field: str):
    """One line: the field that needs a renderer, what to install, and what needs none."""
    (overlay / "kustomization.yaml").write_text(text)
    with pytest.raises(ConfigError, match=rf"^{overlay}/kustomization.yaml: {field}{NEITHER}"):
        load_manifests(overlay)


DEFECTS = {
    "missing manifest": (
        ("kustomization.yaml", "- embed.yaml", "- embbed.yaml"),
        r"embbed.yaml: cannot be read: No such file or directory$",
    ),
    "two kustomizations": (
        ("kustomization.yaml", "resources:", "---\nresources:"),
        r"kustomization.yaml: must be one document; got 2$",
    ),
    "no list": (
        ("kustomization.yaml", "resources:", "resources: a\nx:"),
        r"kustomization.yaml: x needs kubectl or kustomize",
    ),
}


@pytest.mark.parametrize(("defect", "message"), DEFECTS.values(), ids=DEFECTS)
def test_a_list_that_is_wrong(
    install: Install, folder: Path, defect: tuple[str, str, str], message: str
):
    """One line with the file."""
    edit(folder, *defect)
    with pytest.raises(ConfigError, match=rf"^{folder}/{message}"):
        load_manifests(folder)


@pytest.mark.parametrize("name", OVERLAYS)
def test_overlays_that_kubectl_renders(name: str, tmp_path: Path):
    """Their Jobs become steps, whatever names they have in a cluster; or the error says why not."""
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed")
    manifests = load_manifests(K8S.parent / "overlays" / name)
    if name == "multi-worker":
        with pytest.raises(ConfigError, match=r": Job train-all: .* needs pods that talk to each"):
            steps_of(manifests, local_inputs(tmp_path))
        return
    steps, _ = steps_of(manifests, local_inputs(tmp_path))
    train = [step for step in steps if step.arguments[0] == "train"]
    assert len(train) == {"cpu-smoke": 3, "gpu": 6}[name]
    assert {step.arguments[2] for step in train} == {f"{tmp_path}/root"}
    assert all(step.where.endswith(f"overlays/{name}: Job {step.job}") for step in steps)


def test_the_manifests_that_mammo_comes_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """k8s/ of the checkout, as short as can be; if it is missing, the error names --manifests."""
    monkeypatch.chdir(tmp_path)
    assert default_folder() == K8S
    monkeypatch.chdir(K8S.parent)
    assert default_folder() == Path("k8s")
    assert default_folder("gpu") == Path("overlays/gpu")
    monkeypatch.setattr(
        "jobs.local.manifests.render.__file__", str(tmp_path / "a" / "b" / "c" / "render.py")
    )
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    with pytest.raises(ConfigError, match=r"^no manifests in .*: name a folder by --manifests$"):
        default_folder()
    installed = tmp_path / "share" / "mammo" / "k8s"
    installed.mkdir(parents=True)
    (installed / "kustomization.yaml").touch()
    assert default_folder() == installed
