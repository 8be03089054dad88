"""What a Job's pod calls, with this machine's paths."""

from pathlib import Path

import pytest

from jobs.common.errors import ConfigError
from jobs.config.study import Study, load_study
from tests.jobs.local.manifests.copies import CONTAINER, edit, steps


def test_a_step_is_the_jobs_call_in_this_machines_paths(folder: Path, tmp_path: Path):
    """Mount paths become folders; $(RUN) and $(JOB_COMPLETION_INDEX) become their values."""
    step = steps(folder)["train-fold 3"]
    command, root, path, config, study_yaml, *rest = step.arguments
    assert (command, root, path, config) == ("train", "--root", f"{tmp_path}/root", "--config")
    assert load_study(Path(study_yaml)) == Study()
    assert rest == ["--run", "study", "--fold", "3", "--wait", "7200"]
    assert step.environment == {"RUN": "study", "WAIT": "7200", "JOB_COMPLETION_INDEX": "3"}
    assert step.where == f"{folder}/train-fold.yaml"


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


DEFECTS = {
    "unexpanded": (
        ("report.yaml", "$(RUN)", "$(NAME)"),
        rf"report.yaml: {CONTAINER}\.args\[4\] must refer to a variable in env; \$\(NAME\) is not",
    ),
    "index without Indexed": (
        ("train-all.yaml", "- --all", "- $(JOB_COMPLETION_INDEX)"),
        r"train-all.yaml: .*\$\(JOB_COMPLETION_INDEX\) is not there",
    ),
    "missing volume": (
        ("weights.yaml", "            - name: root\n", "            - name: rot\n"),
        rf"weights.yaml: {CONTAINER}\.volumeMounts\[0\]\.name names a volume that the pod does not "
        r"have; got 'rot'",
    ),
    "path on no volume": (
        ("weights.yaml", "            - /mammo/root\n", "            - /mammo/rot\n"),
        rf"weights.yaml: {CONTAINER}\.args\[2\] must be a path on a mounted volume; got "
        r"'/mammo/rot'",
    ),
    "path in an emptyDir": (
        ("weights.yaml", "            - /mammo/root\n", "            - /tmp/root\n"),
        rf"weights.yaml: {CONTAINER}\.args\[2\] must not be in an emptyDir",
    ),
    "another volume": (
        (
            "weights.yaml",
            "          emptyDir:\n            sizeLimit: 1Gi",
            "          hostPath: {path: /}",
        ),
        r"weights.yaml: .*volumes\[2\]\.hostPath is not supported by mammo study",
    ),
    "subPath": (
        (
            "weights.yaml",
            "mountPath: /mammo/root",
            "mountPath: /mammo/root\n              subPath: a",
        ),
        rf"weights.yaml: {CONTAINER}\.volumeMounts\[0\]\.subPath is not supported",
    ),
    "secret": (
        ("report.yaml", "configMapKeyRef", "secretKeyRef"),
        rf"report.yaml: {CONTAINER}\.env\[0\]\.valueFrom\.secretKeyRef is not supported",
    ),
    "envFrom": (
        ("report.yaml", "          env:\n", "          envFrom: []\n          env:\n"),
        rf"report.yaml: {CONTAINER}\.envFrom is not supported",
    ),
    "init container": (
        ("weights.yaml", "      containers:\n", "      initContainers: []\n      containers:\n"),
        r"weights.yaml: spec\.template\.spec\.initContainers is not supported",
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
    "peers": (
        ("train-all.yaml", "- --all", "- --peers"),
        rf"train-all.yaml: {CONTAINER}\.args\[7\] needs pods that talk to each other: mammo study "
        "cannot run them; use a cluster",
    ),
}


@pytest.mark.parametrize(("defect", "message"), DEFECTS.values(), ids=DEFECTS)
def test_a_pod_that_cannot_run_here(folder: Path, defect: tuple[str, str, str], message: str):
    """Nothing in a pod is ignored without a word: each defect is one line with file and field."""
    edit(folder, *defect)
    with pytest.raises(ConfigError, match=rf"^{folder}/{message}") as caught:
        steps(folder)
    assert "\n" not in str(caught.value)
