"""The part of kustomize that is carried out here, beside kustomize itself."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.errors import ConfigError
from jobs.kustomization import render

REPOSITORY = Path(__file__).parents[2]
OVERLAYS = sorted((REPOSITORY / "overlays").glob("*/kustomization.yaml"))

JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: embed, labels: {app: mammo}}
spec:
  backoffLimit: 3
  template:
    spec:
      containers:
        - name: mammo
          image: mammo:1
          args: [embed, --all]
          env: [{name: A, value: a}, {name: B, value: b}]
          volumeMounts: [{name: root, mountPath: /root}, {name: tmp, mountPath: /tmp}]
      tolerations: [{key: one}]
      volumes: [{name: root, emptyDir: {}}, {name: tmp, emptyDir: {sizeLimit: 1Gi}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: study}
data: {run: study, extra: "1"}
"""
HEAD = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: embed}\n"
CONTAINER = HEAD + "spec: {template: {spec: {containers: [{name: mammo, %s}]}}}\n"
PATCHES = {
    "a value": HEAD + "spec: {backoffLimit: 5}\n",
    "a new label": HEAD.replace("embed}", "embed, labels: {queue: q}}"),
    "nothing left": HEAD + "spec: {backoffLimit: null}\n",
    "arguments are replaced": CONTAINER % "args: [train]",
    "a variable is changed, another added": CONTAINER
    % "env: [{name: B, value: c}, {name: C, value: d}]",
    "a variable is deleted": CONTAINER % "env: [{name: A, $patch: delete}]",
    "mounts merge by path": CONTAINER
    % "volumeMounts: [{name: other, mountPath: /tmp}, {name: shm, mountPath: /dev/shm}]",
    "a second container": HEAD
    + "spec: {template: {spec: {containers: [{name: side, image: 'x:1'}]}}}\n",
    "volumes merge by name": HEAD
    + "spec: {template: {spec: {volumes: [{name: tmp, emptyDir: {medium: Memory}}]}}}\n",
    "tolerations are replaced": HEAD
    + "spec: {template: {spec: {tolerations: [{key: two}, {key: three}]}}}\n",
    "a document is deleted": "$patch: delete\n" + HEAD,
    "two documents at once": HEAD
    + "spec: {suspend: true}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: study}\n"
    "data: {run: other}\n",
}

needs_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not there")


def kubectl(folder: Path) -> list[dict[str, Any]]:
    """What kustomize itself makes of a folder."""
    done = subprocess.run(
        ["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def by_name(documents: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Documents by kind and name; lists that are merged by a key in the key's order."""
    found = {(each["kind"], each["metadata"]["name"]): each for each in documents}
    assert len(found) == len(documents)
    for document in found.values():
        _sort(document)
    return found


def _sort(value: Any) -> None:
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if name in ("env", "volumes", "volumeMounts", "containers"):
            inner.sort(key=lambda item: item.get("mountPath", item["name"]))
        if isinstance(inner, dict | list):
            _sort(inner)


def ours(folder: Path) -> list[dict[str, Any]]:
    return [document.value for document in render(folder)]


def write(folder: Path, **files: str) -> Path:
    """A folder with files, `base` of which is base.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


@needs_kubectl
@pytest.mark.parametrize("file", OVERLAYS, ids=[path.parent.name for path in OVERLAYS])
def test_overlays_are_what_kustomize_makes_of_them(file: Path, tmp_path: Path):
    """The same documents with the same content: `mammo study` runs what a cluster is given.

    But for a prefix of all names, which only keeps them apart in a cluster.
    """
    for name in ("k8s", "overlays"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    copy = tmp_path / file.relative_to(REPOSITORY)
    copy.write_text(re.sub(r"(?m)^namePrefix: .*\n", "", file.read_text()))
    assert by_name(ours(file.parent)) == by_name(kubectl(copy.parent))


@needs_kubectl
@pytest.mark.parametrize("patch", PATCHES.values(), ids=PATCHES)
def test_patches_are_what_kustomize_makes_of_them(tmp_path: Path, patch: str):
    """Mappings merge, lists by their key where they have one, null and $patch: delete remove."""
    kustomization = "resources: [base.yaml]\npatches: [{path: patch.yaml}]\n"
    folder = write(tmp_path / "x", base=JOB, patch=patch, kustomization=kustomization)
    assert by_name(ours(folder)) == by_name(kubectl(folder))


@needs_kubectl
def test_targets_and_components(tmp_path: Path):
    """A target's name is a whole pattern; a component adds, and changes what is there."""
    write(
        tmp_path / "base",
        base=JOB + "---\n" + JOB.split("---")[0].replace("embed,", "embed-2,"),
        kustomization="resources: [base.yaml]\n",
    )
    write(
        tmp_path / "component",
        added="apiVersion: v1\nkind: Service\nmetadata: {name: board}\n",
        kustomization="apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
        "resources: [added.yaml]\n"
        "patches: [{target: {kind: Job}, patch: '{apiVersion: batch/v1, kind: Job, "
        "metadata: {name: any}, spec: {suspend: true}}'}]\n",
    )
    folder = write(
        tmp_path / "overlay",
        kustomization="resources: [../base]\ncomponents: [../component]\n"
        "patches: [{target: {group: batch, kind: Job, name: emb.d}, patch: '{apiVersion: batch/v1, "
        "kind: Job, metadata: {name: any}, spec: {backoffLimit: 0}}'}]\n",
    )
    found = by_name(ours(folder))
    assert found == by_name(kubectl(folder))
    assert found["Job", "embed"]["spec"]["backoffLimit"] == 0
    assert found["Job", "embed-2"]["spec"]["backoffLimit"] == 3
    assert found["Job", "embed-2"]["spec"]["suspend"] is True


def test_the_base_stays_as_it_was(tmp_path: Path):
    """A patch makes new documents: the same base may stand in two overlays."""
    write(tmp_path / "base", base=JOB, kustomization="resources: [base.yaml]\n")
    before = ours(tmp_path / "base")
    patched = write(
        tmp_path / "overlay",
        patch=PATCHES["a variable is deleted"],
        kustomization="resources: [../base]\npatches: [{path: patch.yaml}]\n",
    )
    assert ours(patched) != before == ours(tmp_path / "base")


@pytest.mark.parametrize(
    ("kustomization", "words"),
    [
        ("resources: [base.yaml]\nimages: []\n", "images is nothing that mammo study can"),
        ("resources: [no.yaml]\n", "no.yaml: cannot be read: No such file"),
        ("kind: Component\n", "kind must be Kustomization; got 'Component'"),
        (
            "resources: [base.yaml]\npatches: [{path: patch.yaml, options: {}}]\n",
            "patches[0].options is nothing",
        ),
        (
            "resources: [base.yaml]\npatches: [{path: patch.yaml, target: {labelSelector: a}}]\n",
            "patches[0].target.labelSelector is nothing",
        ),
        (
            "resources: [base.yaml]\npatches: [{path: patch.yaml, target: {name: nobody}}]\n",
            "patches[0] must have something to change; there is none of; got {'name': 'nobody'}",
        ),
        ("a: b\n---\nc: d\n", "kustomization.yaml: must be one document; got 2"),
    ],
    ids=["unknown", "no file", "kind", "patch", "target", "nothing to change", "two"],
)
def test_what_is_not_carried_out(tmp_path: Path, kustomization: str, words: str):
    """One line that names file and field, never in silence."""
    patch = PATCHES["a value"]
    folder = write(tmp_path, base=JOB, patch=patch, kustomization=kustomization)
    with pytest.raises(ConfigError) as caught:
        render(folder)
    assert words in str(caught.value) and str(tmp_path) in str(caught.value)
