"""The part of kustomize that overlays need."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs.common.errors import ConfigError
from jobs.local.manifests.kustomize import render
from tests.jobs.local.manifests.kubectl import by_name, rendered

REPOSITORY = Path(__file__).parents[4]
OVERLAYS = sorted(path.parent.name for path in REPOSITORY.glob("overlays/*/kustomization.yaml"))

JOBS = """
apiVersion: batch/v1
kind: Job
metadata: {name: one, labels: {tier: a}}
spec: {template: {spec: {containers: [{name: mammo, image: "mammo:1"}]}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: other, labels: {tier: b}}
spec: {template: {spec: {containers: [{name: mammo, image: "mammo:1"}]}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: one}
data: {run: study}
"""
PATCH = """
apiVersion: batch/v1
kind: Job
metadata: {name: one}
spec: {backoffLimit: 7}
"""

Write = Callable[[dict[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files, given by path and text; answers with the folder `top`."""

    def write(files: dict[str, str]) -> Path:
        for name, text in {"top/jobs.yaml": JOBS, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "top"

    return write


def patches(*entries: str) -> dict[str, str]:
    """A kustomization of the Jobs with entries of `patches`."""
    listed = "".join(f"  - {entry}\n" for entry in entries)
    return {"top/kustomization.yaml": f"resources: [jobs.yaml]\npatches:\n{listed}"}


def limits(folder: Path) -> dict[tuple[str, str], Any]:
    """The backoffLimit of each document, None where it has none."""
    documents = by_name([each.value for each in render(folder)])
    return {key: each.get("spec", {}).get("backoffLimit") for key, each in documents.items()}


def as_kubectl(folder: Path) -> None:
    assert by_name([each.value for each in render(folder)]) == by_name(rendered(folder))


@pytest.mark.parametrize("overlay", ["k8s", *(f"overlays/{name}" for name in OVERLAYS)])
def test_what_mammo_comes_with_as_kubectl_renders_it(tmp_path: Path, overlay: str):
    """The same documents, but for the prefix of their names, which one machine does not need."""
    for name in ("k8s", "overlays"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    file = tmp_path / overlay / "kustomization.yaml"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.startswith("namePrefix:")))
    as_kubectl(tmp_path / overlay)


TARGETS = {
    "kind: Job": ["one", "other"],
    "kind: Job|ConfigMap, name: o.e": ["one"],
    "name: other": ["other"],
    "name: ne": [],
    "kind: Job, labelSelector: tier=b": ["other"],
    'labelSelector: "tier=a,tier=b"': [],
    "group: batch, version: v1": ["one", "other"],
    "group: apps": [],
}


@pytest.mark.parametrize(("target", "names"), TARGETS.items())
def test_targets(write: Write, target: str, names: list[str]):
    """Kind and name are patterns for the whole; labels and all fields together must match."""
    patch = f"{{path: patch.yaml, target: {{{target}}}}}"
    folder = write(patches(patch) | {"top/patch.yaml": PATCH})
    touched = [name for (kind, name), limit in limits(folder).items() if limit and kind == "Job"]
    assert touched == names
    as_kubectl(folder)


def test_patches_in_the_kustomization_itself(write: Write):
    """Inline, one after another: what the first leaves, the second finds."""
    delete = "patch: '{$patch: delete, apiVersion: v1, kind: Job, metadata: {name: any}}'"
    folder = write(
        patches("{path: patch.yaml}", f"{{target: {{kind: Job, name: other}}, {delete}}}")
        | {"top/patch.yaml": PATCH}
    )
    assert limits(folder) == {("Job", "one"): 7, ("ConfigMap", "one"): None}
    as_kubectl(folder)


def test_folders_and_components(write: Write):
    """A folder is a base with its own patches; a component is laid over all that came before."""
    component = (
        "kind: Component\nresources: [more.yaml]\npatches:\n  - {path: p.yaml, target: %s}\n"
    )
    folder = write(
        {
            "top/kustomization.yaml": "resources: [../base]\ncomponents: [../part]\n",
            "base/kustomization.yaml": "resources: [jobs.yaml]\npatches: [{path: p.yaml}]\n",
            "base/jobs.yaml": JOBS,
            "base/p.yaml": PATCH,
            "part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\n"
            + component % "{kind: Job, name: other|more}",
            "part/p.yaml": PATCH.replace("7", "8"),
            "part/more.yaml": PATCH.replace("one", "more").replace("7", "1"),
        }
    )
    found = limits(folder)
    assert list(found) == [("Job", "one"), ("Job", "other"), ("ConfigMap", "one"), ("Job", "more")]
    assert list(found.values()) == [7, 8, None, 8]
    as_kubectl(folder)


def test_names_in_a_cluster_change_nothing_here(write: Write):
    """One machine has one study in a root: a prefix or a namespace keeps nothing apart."""
    text = "resources: [jobs.yaml]\nnamePrefix: a-\nnameSuffix: -b\nnamespace: c\n"
    text += "images: [{name: mammo, newName: registry.example/mammo}]\n"
    folder = write({"top/kustomization.yaml": text})
    assert list(limits(folder)) == [("Job", "one"), ("Job", "other"), ("ConfigMap", "one")]


DEFECTS = {
    "a field": (
        {"top/kustomization.yaml": "resources: []\nreplicas: []\n"},
        "kustomization.yaml: replicas is nothing that mammo study can carry out",
    ),
    "no text": (
        {"top/kustomization.yaml": "resources: [1]\n"},
        r"kustomization.yaml: resources\[0\] must be a text; got 1",
    ),
    "a component as a resource": (
        {
            "top/kustomization.yaml": "resources: [part]\n",
            "top/part/kustomization.yaml": "kind: Component\n",
        },
        "part/kustomization.yaml: kind must be Kustomization here; got 'Component'",
    ),
    "a base as a component": (
        {
            "top/kustomization.yaml": "components: [base]\n",
            "top/base/kustomization.yaml": "resources: []\n",
        },
        "base/kustomization.yaml: kind must be Component here; got 'Kustomization'",
    ),
    "a circle": (
        {"top/kustomization.yaml": "resources: [../top]\n"},
        r"\.\./top/kustomization.yaml: must not be a part of itself",
    ),
    "no base": (
        {"top/kustomization.yaml": "resources: [nowhere]\n"},
        "nowhere: cannot be read: No such file or directory",
    ),
    "nobody's patch": (
        patches("{path: patch.yaml}") | {"top/patch.yaml": PATCH.replace("one", "ne")},
        "patch.yaml: the document must be for one document; there are 0 of Job ne",
    ),
    "two patches with a target": (
        patches("{path: patch.yaml, target: {kind: Job}}")
        | {"top/patch.yaml": f"{PATCH}---{PATCH}"},
        r"kustomization.yaml: patches\[0\] must be one document where it has a target; got 2",
    ),
    "JSON 6902": (
        patches("{patch: '[{op: remove, path: /spec}]', target: {kind: Job}}"),
        "kustomization.yaml: the document must be a mapping; got",
    ),
    "neither path nor patch": (
        patches("{target: {kind: Job}}"),
        r"kustomization.yaml: patches\[0\] must have either path or patch",
    ),
    "options": (
        patches("{path: patch.yaml, options: {allowNameChange: true}}"),
        r"kustomization.yaml: patches\[0\]\.options is nothing that",
    ),
    "a selector of sets": (
        patches("{path: patch.yaml, target: {labelSelector: tier in (a)}}")
        | {"top/patch.yaml": PATCH},
        r"kustomization.yaml: patches\[0\]\.target\.labelSelector must be key=value, .*; got 'tier",
    ),
    "a patch that is no YAML": (
        patches("{path: patch.yaml}") | {"top/patch.yaml": "a: ["},
        r"patch.yaml:1: not valid YAML",
    ),
}


@pytest.mark.parametrize(("files", "message"), DEFECTS.values(), ids=DEFECTS)
def test_what_is_not_carried_out_is_an_error(write: Write, files: dict[str, str], message: str):
    """Nothing in a kustomization is passed over: one line with file and field."""
    folder = write(files)
    with pytest.raises(ConfigError, match=f"^{folder}/{message}") as caught:
        render(folder)
    assert "\n" not in str(caught.value)


def test_a_patched_value_is_told_with_the_patchs_file(write: Write):
    """So that the user looks for it where it stands."""
    folder = write(patches("{path: patch.yaml}") | {"top/patch.yaml": PATCH.replace("7", "x")})
    (document, *_) = render(folder)
    with pytest.raises(ConfigError, match=r"patch.yaml: spec.backoffLimit must be a whole number"):
        document.at("spec.backoffLimit", int)
    with pytest.raises(ConfigError, match=r"jobs.yaml: spec.completions is missing"):
        document.at("spec.completions", int)
