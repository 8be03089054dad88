"""k8s/ as a program for this machine."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from jobs.common.errors import ConfigError, DataError, MissingInputError
from jobs.config.study import Study, load_study
from jobs.local.manifests.job import default_folder, groups_of, run_steps, steps_of
from jobs.local.manifests.kustomize import render
from jobs.local.manifests.pod import Step
from jobs.local.manifests.references import Local

K8S = Path(__file__).parents[4] / "k8s"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of k8s/ that a test may spoil."""
    return shutil.copytree(K8S, tmp_path / "k8s")


def local(root: Path, study: Path | None = None, run: str | None = None) -> Local:
    claims = {"root": root / "root", "release": root / "release"}
    return Local(claims, root / "config", study, run)


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text, f"{file} has no {old!r}"
    (folder / file).write_text(text.replace(old, new))


def steps(folder: Path, study: Path | None = None, run: str | None = None) -> dict[str, Step]:
    found, _ = steps_of(render(folder), local(folder.parent, study, run))
    return {step.name: step for step in found}


def test_the_jobs_in_the_kustomizations_order(folder: Path):
    """Each Job is a step; an Indexed Job one for each of its indices."""
    assert list(steps(folder)) == [
        "weights",
        "prepare",
        "engine",
        "embed 0",
        "embed 1",
        *(f"train-fold {k}" for k in range(5)),
        "train-all",
        "evaluate",
        "report",
    ]


def test_a_step_is_the_jobs_call_in_this_machines_paths(folder: Path, tmp_path: Path):
    """Mount paths become folders; $(RUN) and $(JOB_COMPLETION_INDEX) become their values."""
    step = steps(folder)["train-fold 3"]
    command, root, path, config, study_yaml, *rest = step.arguments
    assert (command, root, path, config) == ("train", "--root", f"{tmp_path}/root", "--config")
    assert load_study(Path(study_yaml)) == Study()
    assert rest == ["--run", "study", "--fold", "3"]
    assert step.environment == {"RUN": "study", "JOB_COMPLETION_INDEX": "3"}
    assert step.file == folder / "train-fold.yaml"


def test_the_configmaps_file_is_written_once(folder: Path, tmp_path: Path):
    """Its place follows from its text: reading the manifests again leaves it alone."""
    first = steps(folder)["weights"].arguments[-1]
    written = Path(first).stat()
    assert steps(folder)["weights"].arguments[-1] == first
    assert Path(first).stat().st_ino == written.st_ino
    edit(folder, "study-config.yaml", "seed: 20", "seed: 21")
    other = Path(steps(folder)["weights"].arguments[-1])
    assert load_study(other).seed == 21 and load_study(Path(first)).seed == 20


def test_config_and_run_stand_for_entries_of_the_configmap(folder: Path, tmp_path: Path):
    """--config is used where it lies, so that paths in it hold; --run is $(RUN)."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("seed: 5\n")
    found = steps(folder, study=mine, run="second")
    assert found["weights"].arguments[-1] == str(mine)
    assert found["report"].arguments[-1] == "second"
    assert not (tmp_path / "config").exists()


def test_completions_follow_the_study(folder: Path, tmp_path: Path):
    """With --config of three folds three are trained, and the difference to kubectl is told."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("data: {folds: 3}\n")
    found, notes = steps_of(render(folder), local(tmp_path, study=mine))
    assert [step.index for step in found if step.job == "train-fold"] == [0, 1, 2]
    assert notes[1:] == [
        f"train-fold: 3 indices, as data.folds of {mine} says; {folder}/train-fold.yaml has 5"
    ]
    (note,) = steps_of(render(folder), local(tmp_path))[1]
    assert note.startswith("left to Kubernetes: NetworkPolicy mammo, ")


def test_variables_as_kubernetes_expands_them(folder: Path, tmp_path: Path):
    """An earlier variable in a later one, $$ for $, a path on a volume; none into an emptyDir."""
    edit(
        folder,
        "weights.yaml",
        "          env:\n",
        "          env:\n"
        "            - {name: A, value: a}\n"
        "            - {name: B, value: $(A)-$$(A)}\n"
        "            - {name: CACHE, value: /mammo/root/cache}\n"
        "            - {name: TOOLS, value: /opt/tools}\n",
    )
    edit(
        folder,
        "weights.yaml",
        "            - weights\n",
        "            - weights\n            - $(B)\n",
    )
    step = steps(folder)["weights"]
    assert step.arguments[:2] == ("weights", "a-$(A)")
    assert step.environment == {
        "A": "a",
        "B": "a-$(A)",
        "CACHE": f"{tmp_path}/root/cache",
        "TOOLS": "/opt/tools",
    }


def test_an_option_and_its_path_in_one_argument(folder: Path, tmp_path: Path):
    """--root=/mammo/root is a path on a volume as --root /mammo/root is."""
    edit(
        folder,
        "report.yaml",
        "            - --root\n            - /mammo/root\n",
        "            - --root=/mammo/root\n",
    )
    assert steps(folder)["report"].arguments[1] == f"--root={tmp_path}/root"


CONTAINER = r"spec\.template\.spec\.containers\[0\]"
DEFECTS = {
    "unexpanded": (
        ("report.yaml", "$(RUN)", "$(NAME)"),
        rf"report.yaml: {CONTAINER}\.args\[4\] must refer to variables of env; \$\(NAME\) is none",
    ),
    "index without Indexed": (
        ("train-all.yaml", "- --all", "- $(JOB_COMPLETION_INDEX)"),
        r"train-all.yaml: .*\$\(JOB_COMPLETION_INDEX\) is none",
    ),
    "missing ConfigMap": (
        ("report.yaml", "                  name: study\n", "                  name: studie\n"),
        r"report.yaml: .*env\[0\]\.valueFrom\.configMapKeyRef\.name names a ConfigMap that is not "
        r"there; got 'studie'",
    ),
    "missing ConfigMap volume": (
        (
            "weights.yaml",
            "          configMap:\n            name: study",
            "          configMap:\n            name: x",
        ),
        r"weights.yaml: spec\.template\.spec\.volumes\[1\]\.configMap\.name names a ConfigMap",
    ),
    "missing entry": (
        ("report.yaml", "key: run", "key: name"),
        r"report.yaml: .*configMapKeyRef\.key names an entry that .*study-config.yaml does not "
        r"have; got 'name'",
    ),
    "missing file of a ConfigMap": (
        ("weights.yaml", "/mammo/config/study.yaml", "/mammo/config/stdy.yaml"),
        rf"weights.yaml: {CONTAINER}\.args\[4\] names an entry .*; got 'stdy.yaml'",
    ),
    "missing volume": (
        ("weights.yaml", "            - name: root\n", "            - name: rot\n"),
        rf"weights.yaml: {CONTAINER}\.volumeMounts\[0\]\.name names a volume that the pod does not "
        r"have; got 'rot'",
    ),
    "missing claim": (
        ("weights.yaml", "claimName: root", "claimName: rot"),
        r"weights.yaml: .*volumes\[0\]\.persistentVolumeClaim\.claimName names a "
        r"PersistentVolumeClaim that is not there; got 'rot'",
    ),
    "path on no volume": (
        ("weights.yaml", "            - /mammo/root\n", "            - /mammo/rot\n"),
        rf"weights.yaml: {CONTAINER}\.args\[2\] must be a path on a mounted volume; got "
        r"'/mammo/rot'",
    ),
    "path in an emptyDir": (
        ("weights.yaml", "            - /mammo/root\n", "            - /tmp/root\n"),
        rf"weights.yaml: {CONTAINER}\.args\[2\] must not lie in an emptyDir",
    ),
    "another volume": (
        (
            "weights.yaml",
            "          emptyDir:\n            sizeLimit: 1Gi",
            "          hostPath: {path: /}",
        ),
        r"weights.yaml: .*volumes\[2\]\.hostPath is nothing that mammo study can carry out",
    ),
    "subPath": (
        (
            "weights.yaml",
            "mountPath: /mammo/root",
            "mountPath: /mammo/root\n              subPath: a",
        ),
        rf"weights.yaml: {CONTAINER}\.volumeMounts\[0\]\.subPath is nothing that",
    ),
    "secret": (
        ("report.yaml", "configMapKeyRef", "secretKeyRef"),
        rf"report.yaml: {CONTAINER}\.env\[0\]\.valueFrom\.secretKeyRef is nothing that",
    ),
    "envFrom": (
        ("report.yaml", "          env:\n", "          envFrom: []\n          env:\n"),
        rf"report.yaml: {CONTAINER}\.envFrom is nothing that",
    ),
    "init container": (
        ("weights.yaml", "      containers:\n", "      initContainers: []\n      containers:\n"),
        r"weights.yaml: spec\.template\.spec\.initContainers is nothing that",
    ),
    "two containers": (
        ("weights.yaml", "      containers:\n", "      containers:\n        - name: other\n"),
        r"weights.yaml: spec\.template\.spec\.containers must be one container; got 2",
    ),
    "another program": (
        ("weights.yaml", "command: [mammo]", "command: [sh, -c]"),
        rf"weights.yaml: {CONTAINER}\.command must be \[mammo\]; got \['sh', '-c'\]",
    ),
    "number in args": (
        ("train-all.yaml", "- --all", "- 1"),
        rf"train-all.yaml: {CONTAINER}\.args\[7\] must be a text; got 1",
    ),
    "unknown field": (
        ("weights.yaml", "  backoffLimit: 6", "  backofLimit: 3"),
        r"weights.yaml: spec\.backofLimit is nothing that",
    ),
    "completions without indices": (
        ("weights.yaml", "  backoffLimit: 6", "  completions: 2"),
        r"weights.yaml: spec\.completions must be 1 unless completionMode is Indexed; got 2",
    ),
    "folds in the ConfigMap alone": (
        ("study-config.yaml", "folds: 5", "folds: 4"),
        r"train-fold.yaml: spec\.completions must be data.folds of .*study-config.yaml, 4; got 5",
    ),
    "completions of no number": (
        ("train-fold.yaml", "data.folds", "data.sick"),
        r"train-fold.yaml: metadata\.annotations\.mammo/completions must name a whole number",
    ),
    "study.yaml that is wrong": (
        ("study-config.yaml", "folds: 5", "fold: 5"),
        r"study-config.yaml: data\..*study.yaml: unknown key data.fold; did you mean folds",
    ),
    "no study.yaml": (
        ("study-config.yaml", "study.yaml: |", "other.yaml: |"),
        rf"weights.yaml: {CONTAINER}\.args\[4\] names an entry .*; got 'study.yaml'",
    ),
    "doubled name": (
        (
            "prepare.yaml",
            "kind: Job\nmetadata:\n  name: prepare",
            "kind: Job\nmetadata:\n  name: weights",
        ),
        r"prepare.yaml: metadata\.name names a Job that .*weights.yaml has already; got 'weights'",
    ),
    "doubled key": (
        ("weights.yaml", "  backoffLimit: 6", "  backoffLimit: 6\n  backoffLimit: 6"),
        r"weights.yaml:\d+: not valid YAML: duplicate key backoffLimit",
    ),
    "missing manifest": (
        ("kustomization.yaml", "- embed.yaml", "- embbed.yaml"),
        r"embbed.yaml: cannot be read: No such file or directory",
    ),
    "replicas": (
        ("kustomization.yaml", "resources:", "replicas: []\nresources:"),
        r"kustomization.yaml: replicas is nothing that",
    ),
    "two kustomizations": (
        ("kustomization.yaml", "resources:", "---\nresources:"),
        r"kustomization.yaml: must be one document; got 2",
    ),
}


@pytest.mark.parametrize(("defect", "message"), DEFECTS.values(), ids=DEFECTS)
def test_what_cannot_be_carried_out_is_an_error(
    folder: Path, defect: tuple[str, str, str], message: str
):
    """Nothing in a manifest is passed over: each defect is one line with its file and field."""
    edit(folder, *defect)
    with pytest.raises(ConfigError, match=rf"^{folder}/{message}") as caught:
        steps(folder)
    assert "\n" not in str(caught.value)


def test_a_claim_that_has_no_folder_here(folder: Path):
    """mammo study has folders for two claims; a third is named."""
    with (folder / "volumes.yaml").open("a") as file:
        file.write("---\nkind: PersistentVolumeClaim\nmetadata: {name: scratch}\n")
    edit(folder, "weights.yaml", "claimName: root", "claimName: scratch")
    with pytest.raises(ConfigError, match=r"claimName must be release or root, .*; got 'scratch'$"):
        steps(folder)


def test_what_is_left_to_kubernetes_may_change(folder: Path):
    """Limits, policies and affinity change nothing here."""
    before = steps(folder)
    edit(folder, "train-fold.yaml", "memory: 6Gi", "memory: 64Gi")
    edit(
        folder,
        "train-fold.yaml",
        "      restartPolicy: Never\n",
        "      restartPolicy: Never\n      nodeSelector: {gpu: one}\n      affinity: {}\n",
    )
    assert steps(folder) == before


def test_the_manifests_that_mammo_comes_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """k8s/ of the checkout, as short as can be; none is an error that names --manifests."""
    monkeypatch.chdir(tmp_path)
    assert default_folder() == K8S
    monkeypatch.chdir(K8S.parent)
    assert default_folder() == Path("k8s")
    monkeypatch.setattr(
        "jobs.local.manifests.job.__file__", str(tmp_path / "jobs" / "manifests.py")
    )
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    with pytest.raises(ConfigError, match=r"^no manifests in .*: name a folder by --manifests$"):
        default_folder()
    installed = tmp_path / "share" / "mammo" / "k8s"
    installed.mkdir(parents=True)
    (installed / "kustomization.yaml").touch()
    assert default_folder() == installed


class Makers:
    """Steps that each need what others make."""

    def __init__(self, needs: dict[str, set[str]]) -> None:
        self.needs = needs
        self.called: list[str] = []
        self.made: set[str] = set()
        self.steps = [Step(name, None, (name,)) for name in needs]

    def call(self, steps: Sequence[Step]) -> dict[Step, MissingInputError]:
        waiting = {}
        for step in steps:
            self.called.append(step.job)
            if missing := self.needs[step.job] - self.made:
                waiting[step] = MissingInputError(f"{min(missing)} is missing")
            else:
                self.made.add(step.job)
        return waiting


def test_a_step_whose_input_is_missing_comes_again():
    """As 69 does in a cluster: after the others, in any order that the manifests have."""
    makers = Makers({"report": {"train"}, "train": {"embed"}, "embed": set()})
    run_steps(groups_of(makers.steps), makers.call)
    assert makers.called == ["report", "train", "embed", "report", "train", "report"]


@pytest.mark.parametrize(
    ("needs", "left"),
    [
        ({"a": set(), "b": {"c"}, "c": {"b"}}, "b, c"),
        ({"b": {"c"}, "a": set(), "c": {"b"}}, "c, b"),
        ({"a": set(), "b": {"nothing"}}, "b"),
    ],
    ids=["circle", "circle met at once", "nobody makes it"],
)
def test_steps_that_wait_for_each_other_end(needs: dict[str, set[str]], left: str):
    """Where none that is left can start, that is an error with 69's code, not a loop."""
    makers = Makers(needs)
    with pytest.raises(
        MissingInputError, match=rf"^no Job makes the input of {left}: \w+ is missing$"
    ):
        run_steps(groups_of(makers.steps), makers.call)
    assert makers.made == {"a"}


def test_a_step_that_fails_ends_the_study():
    """What it raised is what the caller gets; nothing after it is called."""
    called = []

    def call(steps: Sequence[Step]) -> dict[Step, MissingInputError]:
        called.extend(steps)
        raise DataError("odd")

    steps = [Step("a", None, ("a",)), Step("b", None, ("b",))]
    with pytest.raises(DataError, match=r"^odd$"):
        run_steps(groups_of(steps), call)
    assert called == steps[:1]


def test_neighbours_of_one_stage_are_a_group():
    """Folds and the all-data model may run at once: none reads what another writes."""
    calls = {
        "embed 0": "embed",
        "embed 1": "embed",
        "fold 0": "train",
        "all": "train",
        "x": "embed",
    }
    groups = groups_of([Step(name, None, (command,)) for name, command in calls.items()])
    assert [[step.name for step in group] for group in groups] == [
        ["embed 0", "embed 1"],
        ["fold 0", "all"],
        ["x"],
    ]


def test_of_a_group_those_that_wait_come_again():
    """What could start is done, and is not called again."""
    makers = Makers({"fold 0": set(), "fold 1": {"embed"}, "embed": set()})
    steps = [Step(name, None, (name.split()[0],)) for name in makers.needs]
    run_steps(groups_of(steps), makers.call)
    assert makers.called == ["fold 0", "fold 1", "embed", "fold 1"]
