"""What Checkov, a public checker of manifests, finds in k8s/ and overlays/: what is named here.

kube-linter, kubesec and polaris are not among the packages of PyPI, npm or Debian.
"""

import json
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.k8s.checks.documents import APART, render

REPOSITORY = Path(__file__).parents[2]
CHECKOV = Path(sys.prefix) / "checkov/bin/checkov"
OPTIONS = ("--framework", "kubernetes", "--skip-download", "--quiet", "--output", "json")
VERSION = "3.3.30"  # of tests/k8s/checkov.lock: another one may check other things

SETS = ("k8s", "overlays/cpu-smoke", "overlays/gpu", "overlays/multi-worker")

EVERYWHERE = {
    "CKV_K8S_15": "imagePullPolicy Always: the image may be on the nodes alone; its tag is fixed",
    "CKV_K8S_21": "no namespace default: whoever applies the files chooses one, as in README.md",
    "CKV_K8S_43": "an image by its digest: users build the image, so its digest is not known here",
}
SHELL = EVERYWHERE | {
    "CKV_K8S_8": "a liveness probe: it runs `sleep`, which cannot hang",
    "CKV_K8S_9": "a readiness probe: nothing but `kubectl exec` uses it",
}
"""The exceptions, each with its reason."""


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The checks that fail: of k8s, each overlay, what is beside them, and a broken file."""
    if not CHECKOV.exists() or not shutil.which("kubectl"):
        pytest.skip("Checkov, which make test installs, or kubectl is not there")
    folder = tmp_path_factory.mktemp("rendered")
    for name in SETS:
        render(REPOSITORY / name, folder / f"{Path(name).name}.yaml")
    for name in APART:
        shutil.copy(REPOSITORY / "k8s" / name, folder)
    sound = (REPOSITORY / "k8s/weights.yaml").read_text()
    broken = sound.replace("Escalation: false", "Escalation: true")
    (folder / "broken.yaml").write_text(broken)
    command = [str(CHECKOV), "--directory", str(folder), *OPTIONS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["summary"]["checkov_version"] == VERSION
    assert report["summary"]["parsing_errors"] == 0
    found: dict[str, set[str]] = defaultdict(set)
    for each in report["results"]["failed_checks"]:
        found[Path(each["file_path"]).stem].add(each["check_id"])
    return found


@pytest.mark.parametrize("name", [*SETS, "k8s/predict", "k8s/search"])
def test_the_study_its_overlays_and_jobs_beside_it(name: str, failed: dict[str, set[str]]):
    """All checks pass but the three exceptions, each of which still is one."""
    assert failed[Path(name).name] == set(EVERYWHERE)


def test_the_shell(failed: dict[str, set[str]]):
    """It is no server: it has two exceptions more."""
    assert failed["shell"] == set(SHELL)


def test_what_is_broken_is_found(failed: dict[str, set[str]]):
    """CKV_K8S_20: a container that may gain privileges."""
    assert failed["broken"] == {*EVERYWHERE, "CKV_K8S_20"}
