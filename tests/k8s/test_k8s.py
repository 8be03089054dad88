"""k8s/: one word for each thing, comments and tables that are true, and what its Jobs need."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from jobs.config.study import Study, load_study, parse, plain
from jobs.local.manifests.job import COMPLETIONS
from jobs.local.manifests.located_yaml import read_documents
from jobs.search.space import SearchConfig, load_space
from jobs.stages import COMMANDS
from tests.k8s.checks.documents import APART, Node, named, of_kind, read
from tests.k8s.checks.values import quantity

REPOSITORY = Path(__file__).parents[2]
K8S = REPOSITORY / "k8s"
FILES = sorted(path.name for path in K8S.glob("*.yaml") if path.name != "kustomization.yaml")
DOCUMENTS = {name: read(K8S / name) for name in FILES}
WORKLOADS = {
    name.removesuffix(".yaml"): document
    for name, documents in DOCUMENTS.items()
    for document in documents
    if document["spec.template"].value
}
JOBS = {name: each for name, each in WORKLOADS.items() if each["kind"].value == "Job"}
STEPS = {name: job for name, job in JOBS.items() if f"{name}.yaml" not in APART}
HEADS = ["k8s/kustomization.yaml", *(f"k8s/{name}" for name in FILES)] + [
    str(path.relative_to(REPOSITORY)) for path in REPOSITORY.glob("overlays/*/kustomization.yaml")
]

STEP = "mammo/step"

each_workload = pytest.mark.parametrize("name", WORKLOADS)


def container_of(workload: Node) -> Node:
    (container,) = workload["spec.template.spec.containers"].items()
    return container


def requested(resource: str) -> Decimal:
    """What all pods of a study ask for, which may run at once."""
    return sum(
        (
            quantity(container_of(workload)[f"resources.requests.{resource}"])
            * (workload["spec.parallelism"].value or workload["spec.replicas"].value or 1)
            for name, workload in WORKLOADS.items()
            if f"{name}.yaml" not in APART
        ),
        Decimal(0),
    )


def study_yaml() -> str:
    (config_map,) = of_kind(DOCUMENTS["study-config.yaml"], "ConfigMap")
    return config_map.value["data"]["study.yaml"]


def test_the_kustomization_has_all_files():
    """`kubectl apply -k k8s` and `mammo study` leave out only what is not part of a study."""
    (kustomization,) = read_documents(K8S / "kustomization.yaml")
    assert sorted([*kustomization.value["resources"], *APART]) == FILES


@pytest.mark.parametrize("name", HEADS)
def test_each_file_says_how_it_is_used(name: str):
    """Four lines: apply, watch, log, clean up, with commands for this very file or folder."""
    head = (REPOSITORY / name).read_text().splitlines()[:5]
    assert [line.split(":")[0] for line in head[:4]] == [
        "# Apply",
        "# Watch",
        "# Log",
        "# Clean up",
    ]
    assert all(re.match(r"# [\w ]+: +kubectl ", line) for line in head[:4]) and head[4] == ""
    folder, _, file = name.rpartition("/")
    what = f"-k {folder}" if file == "kustomization.yaml" else f"-f {name}"
    assert head[0].endswith(f"kubectl apply {what}")


@each_workload
def test_one_word_for_file_workload_and_label(name: str):
    """A Job is named like its file; its pods are found by that word, and so is its account."""
    workload = WORKLOADS[name]
    labels = {"app.kubernetes.io/name": "mammo", "app.kubernetes.io/component": name}
    step = {STEP: workload["metadata.labels"].value[STEP]} if name in STEPS else {}
    assert workload["metadata.name"].value == name
    assert workload["metadata.labels"].value == labels | step
    assert workload["spec.template.metadata.labels"].value == labels
    assert workload["spec.template.spec.serviceAccountName"].value == name
    assert named(DOCUMENTS[f"{name}.yaml"], "ServiceAccount", name)


def test_jobs_are_listed_in_the_order_of_the_stages():
    """`kubectl get jobs --sort-by=.metadata.labels.mammo/step` reads like the study's progress."""
    steps = {name: job["metadata.labels"].value[STEP] for name, job in STEPS.items()}
    stages = [name.split("-")[0] for name in sorted(STEPS, key=steps.__getitem__)]
    assert sorted(steps.values()) == [str(number) for number in range(1, len(STEPS) + 1)]
    assert stages == sorted(stages, key=list(COMMANDS).index)


@pytest.mark.parametrize("name", JOBS)
def test_commands_name_the_stage_of_their_file(name: str):
    """A Job calls the stage that its name begins with, on the root that all share."""
    container = container_of(JOBS[name])
    stage, option, root = container["args"].value[:3]
    assert container["command"].value == ["mammo"]
    assert stage == name.split("-")[0]
    assert (option, root) == ("--root", "/mammo/root")


@pytest.mark.parametrize("name", JOBS)
def test_a_crash_comes_again(name: str):
    """What is counted may happen more than once: a crash, a full disk."""
    spec = JOBS[name]["spec"]
    limit = "backoffLimitPerIndex" if spec["completionMode"].value else "backoffLimit"
    assert spec[limit].value > 0


@each_workload
def test_what_may_be_written_is_mounted(name: str):
    """With a read-only root: /tmp is a bounded emptyDir, and homes and caches lie in it."""
    container = container_of(WORKLOADS[name])
    volumes = WORKLOADS[name]["spec.template.spec.volumes"].items()
    (tmp,) = (volume for volume in volumes if volume["name"].value == "tmp")
    assert tmp["emptyDir.sizeLimit"].value
    assert {"name": "tmp", "mountPath": "/tmp"} in container["volumeMounts"].value
    values = {each["name"].value: each["value"].value for each in container["env"].items()}
    assert values["HOME"] == values["TMPDIR"] == "/tmp"
    assert name not in JOBS or values["MPLCONFIGDIR"] == "/tmp"


def test_requests_fit_a_small_node():
    """All pods together ask for what README.md says, and less than a small node has."""
    text = " ".join((K8S / "README.md").read_text().split())
    said = re.search(r"(\S+) CPUs and (\d+) GiB: a node of (\d+) CPUs and (\d+) GiB holds", text)
    assert said, "README.md no longer says what all pods ask for"
    cpu, memory, all_cpu, all_memory = map(Decimal, said.groups())
    assert (requested("cpu"), round(requested("memory") / 2**30)) == (cpu, memory)
    for_pods = Decimal("0.9")  # ours: the kubelet and the system keep some of a node
    assert cpu <= all_cpu * for_pods and memory <= all_memory * for_pods


@each_workload
def test_the_image_is_this_version(name: str):
    """The image's tag is the version of the code."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert container_of(WORKLOADS[name])["image"].value == f"mammo:{project['version']}"


def test_the_configmap_spells_out_the_defaults(tmp_path: Path):
    """study.yaml is jobs/config/study.py's defaults: every key is there, with its very value."""
    assert yaml.safe_load(study_yaml()) == plain(Study())
    (tmp_path / "study.yaml").write_text(study_yaml())
    assert load_study(tmp_path / "study.yaml") == parse(Study, {}, "") == Study()


def test_each_default_says_where_it_comes_from():
    """A comment on the line of each value, or on its section."""
    said = False
    for line in study_yaml().splitlines():
        if re.match(r"\w+:", line):
            said = "#" in line
        elif re.match(r"  \w+:", line):
            assert said or "#" in line, line


def test_as_many_indices_as_folds():
    """completions and parallelism repeat data.folds, as the annotation says."""
    job = JOBS["train-fold"]
    assert job["metadata.annotations"].value == {COMPLETIONS: "data.folds"}
    numbers = job["spec.completions"].value, job["spec.parallelism"].value
    assert numbers == (Study().data.folds, Study().data.folds)


def test_what_a_wheel_has():
    """k8s/ and each overlay whole, with its study.yaml: `mammo study` runs without a checkout."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    carried = project["tool"]["setuptools"]["data-files"]
    for file in [*K8S.glob("*.yaml"), *REPOSITORY.glob("overlays/*/*.yaml")]:
        name = file.relative_to(REPOSITORY)
        assert any(name.match(glob) for glob in carried[f"share/mammo/{name.parent}"])


def test_the_space_of_a_search(tmp_path: Path):
    """What search.yaml tries are studies, all on the features of the study's own."""
    (config_map,) = of_kind(DOCUMENTS["search.yaml"], "ConfigMap")
    (tmp_path / "space.yaml").write_text(config_map.value["data"]["space.yaml"])
    space = load_space(tmp_path / "space.yaml", Study())
    views = {key.split(".")[0] for key in space.domains("")} & {"views", "model", "data"}
    assert space.config.trials == SearchConfig().trials and not views


def test_the_studies_of_overlays():
    """Each study.yaml is one that `mammo study --config` takes, too."""
    studies = {
        file.parent.name: load_study(file) for file in REPOSITORY.glob("overlays/*/study.yaml")
    }
    assert studies["cpu-smoke"].data.folds == 2 and studies["multi-worker"].train.live


def test_the_readmes_table():
    """One row a file, with the resources that its pods really ask for and may have."""
    text = (K8S / "README.md").read_text()
    rows = dict(re.findall(r"^\| `([\w-]+\.yaml)` \|(.*)$", text, re.MULTILINE))
    assert sorted(rows) == FILES
    for name, workload in WORKLOADS.items():
        resources = container_of(workload)["resources"]
        cells = [
            f" {resources[f'{side}.cpu'].value}, {resources[f'{side}.memory'].value} "
            for side in ("requests", "limits")
        ]
        assert rows[f"{name}.yaml"].split("|")[-3:-1] == cells
