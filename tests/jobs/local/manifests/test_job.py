"""The Jobs of k8s/ as steps of this machine."""

from pathlib import Path

import pytest

from jobs.common.errors import ConfigError
from jobs.local.manifests.job import steps_of
from jobs.local.manifests.render import load_manifests
from tests.jobs.local.manifests.copies import edit, local_inputs, steps


def test_the_jobs_in_the_manifests_order(folder: Path):
    """Each Job is a step; an Indexed Job is one for each of its indices."""
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


def test_completions_follow_the_study(folder: Path, tmp_path: Path):
    """With --config of three folds three are trained, and the difference to kubectl is noted."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("data: {folds: 3}\n")
    found, notes = steps_of(load_manifests(folder), local_inputs(tmp_path, study=mine))
    assert [step.index for step in found if step.job == "train-fold"] == [0, 1, 2]
    assert notes.on_request[1:] == (
        f"train-fold: 3 indices, from data.folds in {mine}; {folder}/train-fold.yaml has 5",
    )
    notes = steps_of(load_manifests(folder), local_inputs(tmp_path))[1]
    (left,) = notes.on_request
    assert "NetworkPolicy mammo, " in left and not notes.always


def test_what_is_left_to_kubernetes_may_change(folder: Path):
    """Limits, policies, affinity and suspension change no step."""
    before = steps(folder)
    edit(folder, "train-fold.yaml", "memory: 6Gi", "memory: 64Gi")
    edit(folder, "train-fold.yaml", "  completions: 5", "  suspend: true\n  completions: 5")
    edit(
        folder,
        "train-fold.yaml",
        "      restartPolicy: Never\n",
        "      restartPolicy: Never\n      nodeSelector: {gpu: one}\n      affinity: {}\n",
    )
    assert steps(folder) == before


DEFECTS = {
    "unknown field": (
        ("weights.yaml", "  backoffLimit: 6", "  backofLimit: 3"),
        r"weights.yaml: spec\.backofLimit is not supported by mammo study$",
    ),
    "completions without indices": (
        ("weights.yaml", "  backoffLimit: 6", "  completions: 2"),
        r"weights.yaml: spec\.completions must be 1 unless completionMode is Indexed; got 2$",
    ),
    "folds in the ConfigMap alone": (
        ("study-config.yaml", "folds: 5", "folds: 4"),
        r"train-fold.yaml: spec\.completions must be data.folds of .*study-config.yaml, 4; got 5$",
    ),
    "completions of no number": (
        ("train-fold.yaml", "data.folds", "data.sick"),
        r"train-fold.yaml: metadata\.annotations\.mammo/completions must name a whole number",
    ),
    "duplicate key": (
        ("weights.yaml", "  backoffLimit: 6", "  backoffLimit: 6\n  backoffLimit: 6"),
        r"weights.yaml:\d+: not valid YAML: .*backoffLimit",
    ),
}


@pytest.mark.parametrize(("defect", "message"), DEFECTS.values(), ids=DEFECTS)
def test_a_job_that_cannot_run_here(folder: Path, defect: tuple[str, str, str], message: str):
    """One line with the file, the field, the rule and the value."""
    edit(folder, *defect)
    with pytest.raises(ConfigError, match=rf"^{folder}/{message}") as caught:
        steps(folder)
    assert "\n" not in str(caught.value)
