"""k8s/: what a cluster takes as it is, and what the failure policies rest on."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from jobs import cli
from jobs.cluster import Local
from jobs.config import Study, load_study, parse, plain
from jobs.documents import read_documents
from jobs.errors import ExitCode
from jobs.kustomization import render
from jobs.manifests import COMPLETIONS, steps_of

REPOSITORY = Path(__file__).parents[2]
K8S = REPOSITORY / "k8s"
FILES = sorted(path.name for path in K8S.glob("*.yaml") if path.name != "kustomization.yaml")
DOCUMENTS = [(name, each.value) for name in FILES for each in read_documents(K8S / name)]
JOBS = {body["metadata"]["name"]: body for _, body in DOCUMENTS if body["kind"] == "Job"}
UNITS = {"m": 0.001, "": 1, "Mi": 2**20, "Gi": 2**30}

each_job = pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)


def pod_of(job: dict[str, Any]) -> dict[str, Any]:
    return job["spec"]["template"]["spec"]


def container_of(job: dict[str, Any]) -> dict[str, Any]:
    (container,) = pod_of(job)["containers"]
    return container


def quantity(text: object) -> float:
    match = re.fullmatch(r"(\d+)(m|Mi|Gi|)", str(text))
    assert match, f"{text!r} is no quantity"
    return int(match[1]) * UNITS[match[2]]


@pytest.mark.parametrize(
    "body", [body for _, body in DOCUMENTS], ids=[f"{name}-{b['kind']}" for name, b in DOCUMENTS]
)
def test_schema(body: dict[str, Any]):
    """Every document is what Kubernetes 1.36 knows: no unknown field, no wrong type."""
    kubernetes_validate.validate(body, "1.36", strict=True)


def test_the_kustomization_has_all_files():
    """`kubectl apply -k k8s` and `mammo study` leave none out."""
    (kustomization,) = read_documents(K8S / "kustomization.yaml")
    assert sorted(kustomization.value["resources"]) == FILES


@pytest.mark.parametrize("name", [*FILES, "kustomization.yaml"])
def test_each_file_says_how_it_is_used(name: str):
    """Four lines: apply, watch, log, clean up, with commands for this very file."""
    head = (K8S / name).read_text().splitlines()[:5]
    assert [line.split(":")[0] for line in head[:4]] == [
        "# Apply",
        "# Watch",
        "# Log",
        "# Clean up",
    ]
    assert all(re.match(r"# [\w ]+: +kubectl ", line) for line in head[:4]) and head[4] == ""
    what = "-k k8s" if name == "kustomization.yaml" else f"-f k8s/{name}"
    assert head[0].endswith(f"kubectl apply {what}")


def test_one_word_for_file_job_and_label():
    """A Job is named like its file; its pods are found by that word."""
    for name, body in DOCUMENTS:
        if body["kind"] != "Job":
            continue
        word = name.removesuffix(".yaml")
        labels = {"app.kubernetes.io/name": "mammo", "app.kubernetes.io/component": word}
        assert body["metadata"]["name"] == word
        assert body["metadata"]["labels"] == labels
        assert body["spec"]["template"]["metadata"]["labels"] == labels


def test_commands_parse(tmp_path: Path):
    """Every Job's command line is one that mammo knows, and names the stage of its file."""
    local = Local({"root": tmp_path, "release": tmp_path / "release"}, tmp_path / "config")
    steps, notes = steps_of(render(K8S), local)
    assert notes == []
    assert len(steps) == sum(job["spec"].get("completions", 1) for job in JOBS.values())
    for step in steps:
        options, stage = cli.parse(step.arguments)
        assert options.root == tmp_path
        assert stage.__name__ == f"jobs.stages.{step.job.split('-')[0]}"


@each_job
def test_exit_codes(job: dict[str, Any]):
    """Bad usage, data, configuration: never again. Not counted: no input yet, stopped, evicted."""
    assert pod_of(job)["restartPolicy"] == "Never"  # what a failure policy asks for
    rules = job["spec"]["podFailurePolicy"]["rules"]
    assert [rule["action"] for rule in rules] == ["FailJob", "Ignore", "Ignore"]
    never, again, disrupted = rules
    for rule, codes in (
        (never, [ExitCode.USAGE, ExitCode.DATA, ExitCode.CONFIG]),
        (again, [ExitCode.MISSING_INPUT, ExitCode.STOPPED]),
    ):
        assert rule["onExitCodes"] == {
            "containerName": container_of(job)["name"],
            "operator": "In",
            "values": codes,
        }
    assert disrupted["onPodConditions"] == [{"type": "DisruptionTarget"}]
    limit = "backoffLimitPerIndex" if "completionMode" in job["spec"] else "backoffLimit"
    assert job["spec"][limit] > 0


@each_job
def test_restricted(job: dict[str, Any]):
    """The restricted Pod Security Standard, a read-only root, and no token."""
    pod, container = pod_of(job), container_of(job)
    security = pod["securityContext"]
    assert security["runAsNonRoot"] and security["runAsUser"] > 0 and security["fsGroup"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    account = pod["serviceAccountName"]
    assert account == job["metadata"]["name"]
    tokens = [
        body["automountServiceAccountToken"]
        for _, body in DOCUMENTS
        if body["kind"] == "ServiceAccount" and body["metadata"]["name"] == account
    ]
    assert tokens == [False] and pod["automountServiceAccountToken"] is False


@each_job
def test_what_may_be_written_is_mounted(job: dict[str, Any]):
    """With a read-only root: /tmp is a bounded emptyDir, and homes and caches lie in it."""
    pod, container = pod_of(job), container_of(job)
    (tmp,) = (volume for volume in pod["volumes"] if volume["name"] == "tmp")
    assert tmp["emptyDir"]["sizeLimit"]
    assert {"name": "tmp", "mountPath": "/tmp"} in container["volumeMounts"]
    values = {each["name"]: each.get("value") for each in container["env"]}
    assert values["HOME"] == values["TMPDIR"] == values["MPLCONFIGDIR"] == "/tmp"


@each_job
def test_resources(job: dict[str, Any]):
    """Processor and memory are asked for and limited, and no request is above its limit.

    A node with two processors has less than two to give: none asks for more than one.
    """
    resources = container_of(job)["resources"]
    for name in ("cpu", "memory"):
        assert quantity(resources["requests"][name]) <= quantity(resources["limits"][name])
    assert quantity(resources["requests"]["cpu"]) <= 1


@each_job
def test_the_image_is_this_version(job: dict[str, Any]):
    """The image's tag is the version of the code, never `latest`."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert container_of(job)["image"] == f"mammo:{project['version']}"


def test_the_configmap_spells_out_the_defaults(tmp_path: Path):
    """study.yaml is jobs/config.py's defaults: every key is there, with its very value."""
    (text,) = (body["data"]["study.yaml"] for _, body in DOCUMENTS if body["kind"] == "ConfigMap")
    assert yaml.safe_load(text) == plain(Study())
    (tmp_path / "study.yaml").write_text(text)
    assert load_study(tmp_path / "study.yaml") == parse(Study, {}, "") == Study()


def test_each_default_says_where_it_comes_from():
    """A comment on the line of each value, or on the section that it stands in."""
    (text,) = (body["data"]["study.yaml"] for _, body in DOCUMENTS if body["kind"] == "ConfigMap")
    said = False
    for line in text.splitlines():
        if re.match(r"\w+:", line):
            said = "#" in line
        elif re.match(r"  \w+:", line):
            assert said or "#" in line, line


def test_as_many_indices_as_folds():
    """completions and parallelism repeat data.folds, as the annotation says."""
    spec, annotations = JOBS["train-fold"]["spec"], JOBS["train-fold"]["metadata"]["annotations"]
    assert annotations == {COMPLETIONS: "data.folds"}
    assert spec["completions"] == spec["parallelism"] == Study().data.folds


def test_the_readmes_table():
    """One row a file, with the resources that its pods really ask for and may have."""
    text = (K8S / "README.md").read_text()
    rows = dict(re.findall(r"^\| `([\w-]+\.yaml)` \|(.*)$", text, re.MULTILINE))
    assert sorted(rows) == FILES
    for name, job in JOBS.items():
        resources = container_of(job)["resources"].values()
        cells = [f" {each['cpu']}, {each['memory']} " for each in resources]
        assert rows[f"{name}.yaml"].split("|")[-3:-1] == cells


def test_kustomize_takes_it():
    """`kubectl kustomize` renders every document, and no two of one kind and name."""
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not there")
    done = subprocess.run(
        ["kubectl", "kustomize", str(K8S)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rendered = [
        (each["kind"], each["metadata"]["name"]) for each in yaml.safe_load_all(done.stdout)
    ]
    assert sorted(rendered) == sorted((b["kind"], b["metadata"]["name"]) for _, b in DOCUMENTS)
