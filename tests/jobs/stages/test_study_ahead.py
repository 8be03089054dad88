"""What `mammo study` knows before its first step: problems, a dry run; and its JSON document."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from jobs import cli
from jobs.common.errors import ConfigError, DataError, ExitCode, MissingInputError, StoppedError
from jobs.config.study import Study
from tests.jobs.stages.pretended_stages import ALL, STEPS, Stages, pretend, states

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stages:
    """Stands for all stages that Jobs call; the working folder is new."""
    return pretend(monkeypatch, tmp_path)


def document(said: str) -> dict[str, Any]:
    """The one document on stdout."""
    return json.loads(said)


def test_all_problems_are_told_before_the_first_step(stages: Stages, capsys: Captured):
    """A line each, once for all folds; the exit code of the first; nothing is made."""
    stages.foreseen["weights"] = ConfigError("no checkpoint")
    for fold in range(5):
        stages.foreseen[f"train {fold}"] = ConfigError("the head does not fit")
    stages.foreseen["prepare"] = DataError("no images")
    assert cli.main(["study"]) == ExitCode.CONFIG
    assert capsys.readouterr().err.splitlines() == [
        "mammo: no checkpoint",
        "mammo: no images",
        "mammo: the head does not fit",
    ]
    assert stages.calls == []


def test_one_problem_has_its_own_exit_code(stages: Stages, capsys: Captured):
    """As the stage itself would have, later."""
    stages.foreseen["prepare"] = DataError("no images")
    assert cli.main(["study"]) == ExitCode.DATA
    assert capsys.readouterr().err == "mammo: no images\n" and stages.calls == []


def test_what_an_earlier_step_makes_is_no_problem(stages: Stages):
    """A release that the phantom is going to make is missing when it is looked for."""
    stages.foreseen["prepare"] = MissingInputError("there is no release")
    assert cli.main(["study"]) == ExitCode.OK


def test_a_release_that_nothing_makes(stages: Stages, capsys: Captured, tmp_path: Path):
    """Exit 69 before weights are fetched."""
    stages.foreseen["prepare"] = MissingInputError("there is no release")
    (tmp_path / "release").mkdir()
    assert cli.main(["study", "--release", "release"]) == ExitCode.MISSING_INPUT
    assert capsys.readouterr().err == "mammo: there is no release\n" and stages.calls == []


def test_steps_that_are_made_have_no_problems(stages: Stages, capsys: Captured):
    """Figures can be printed again where, say, TensorFlow is no longer installed."""
    cli.main(["study"])
    stages.foreseen["train 0"] = ConfigError("no TensorFlow")
    assert cli.main(["study"]) == ExitCode.OK
    shutil.rmtree("study-root/runs/study/fold0")
    assert cli.main(["study"]) == ExitCode.CONFIG


def test_a_disk_that_is_too_small(
    stages: Stages, capsys: Captured, monkeypatch: pytest.MonkeyPatch
):
    """Exit 73: how much is needed, for what, and how much is free; 2,134 views of 8x8x2048."""
    usage = shutil._ntuple_diskusage(10**12, 10**12, 5 * 10**8)  # type: ignore[attr-defined]
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    assert cli.main(["study"]) == ExitCode.CANNOT_CREATE
    (line,) = capsys.readouterr().err.splitlines()
    assert "--root study-root must have room for about 1.0 GB (release of 181 images 308 MB" in line
    assert "features of 2,134 views, 8x8x2048 float16 each, 559 MB); 500 MB are free" in line
    assert stages.calls == []


def test_a_dry_run_of_a_new_study(stages: Stages, capsys: Captured, tmp_path: Path):
    """What would run, that no time is known, how much is written; and nothing is written."""
    assert cli.main(["study", "--dry-run"]) == ExitCode.OK
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0].startswith("14 steps of ") and lines[0].endswith(", into study-root")
    assert "phantom       would run" in lines and "engine        not needed" in lines
    text = " ".join(lines)
    assert "12 of 14 steps would run; how long they take is not known: nothing like it was" in text
    assert "about 1.0 GB to write (release of 181 images 308 MB" in text
    assert "left to Kubernetes: each Job's limits, retries, security and placement, Netw" in text
    assert said.err == "" and stages.calls == [] and list(tmp_path.iterdir()) == []


def test_a_dry_run_of_what_is_made(stages: Stages, capsys: Captured):
    """All is up to date; what is missing would run."""
    cli.main(["study"])
    capsys.readouterr()
    assert cli.main(["study", "--dry-run"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "would run" not in out and "nothing is left to run" in out
    shutil.rmtree("study-root/runs/study/fold2")
    stages.calls.clear()
    assert cli.main(["study", "--dry-run"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "train-fold 2  would run\n" in out and "train-fold 1  up to date\n" in out
    assert stages.calls == []


def test_a_dry_run_tells_problems_too(stages: Stages, capsys: Captured):
    """On stderr and by its exit code, below the steps."""
    stages.foreseen["weights"] = ConfigError("no checkpoint")
    assert cli.main(["study", "--dry-run"]) == ExitCode.CONFIG
    said = capsys.readouterr()
    assert said.err == "mammo: no checkpoint\n" and "would run" in said.out


def test_a_dry_run_tells_another_dataset_once(
    stages: Stages, capsys: Captured, monkeypatch: pytest.MonkeyPatch
):
    """The stage that made it and those that read it say so in different words."""

    def open_dataset(root: Path, study: Study) -> None:
        raise ConfigError("prepared with another seed")

    monkeypatch.setattr("jobs.stages.study.open_dataset", open_dataset)
    stages.foreseen["prepare"] = ConfigError("made from another configuration")
    stages.foreseen["embed"] = ConfigError("prepared with another seed")
    assert cli.main(["study", "--dry-run"]) == ExitCode.CONFIG
    assert capsys.readouterr().err == "mammo: prepared with another seed\n"


STEP_FIELDS = [
    "name",
    "command",
    "job",
    "index",
    "state",
    "seconds",
    "expected_seconds",
    "exit_code",
    "target",
    "key",
    "reason",
]
FIELDS = [
    "format",
    "dry_run",
    "root",
    "run",
    "manifests",
    "exit_code",
    "errors",
    "seconds",
    "expected_seconds",
    "needed_bytes",
    "steps",
    "report",
]


def test_the_document_of_a_study(stages: Stages, capsys: Captured):
    """One document on stdout, progress on stderr; its fields are those that the site describes."""
    assert cli.main(["study", "--json"]) == ExitCode.OK
    said = capsys.readouterr()
    told = document(said.out)
    assert list(told) == FIELDS and list(told["steps"][0]) == STEP_FIELDS
    assert (told["format"], told["dry_run"], told["exit_code"], told["errors"]) == (1, False, 0, [])
    assert (told["root"], told["run"]) == ("study-root", "study")
    assert told["report"] == "study-root/runs/study/report.html"
    assert len(states(said.err)) == len(told["steps"]) == STEPS
    steps = {step["name"]: step for step in told["steps"]}
    assert steps["engine"]["state"] == "not needed"
    assert steps["engine"]["reason"] == "float32 needs no engine"
    fold = steps["train-fold 3"]
    assert (fold["job"], fold["index"], fold["command"]) == ("train-fold", 3, "train")
    assert (fold["state"], fold["exit_code"], fold["target"]) == (
        "done",
        0,
        "study-root/runs/study/fold3",
    )
    assert fold["seconds"] >= 0 and fold["expected_seconds"] is None and fold["key"] is None


@pytest.mark.parametrize(
    ("error", "code", "state"),
    [
        (DataError("features are odd"), 65, "failed"),
        (StoppedError("stopped by SIGTERM"), 75, "stopped"),
        (ZeroDivisionError("a crash"), None, "failed"),
    ],
    ids=["data", "SIGTERM", "crash"],
)
def test_the_document_of_a_study_that_fails(
    stages: Stages, capsys: Captured, error: BaseException, code: int | None, state: str
):
    """It is complete: which step ended it, with which exit code and message, and what was left."""
    stages.spoil["train 1"] = error
    if code is None:
        with pytest.raises(ZeroDivisionError):
            cli.main(["study", "--json"])
    else:
        assert cli.main(["study", "--json"]) == code
    told = document(capsys.readouterr().out)
    steps = {step["name"]: step for step in told["steps"]}
    assert told["exit_code"] == code
    assert told["errors"] == [{"exit_code": code, "message": str(error)}]
    assert (steps["train-fold 1"]["state"], steps["train-fold 1"]["exit_code"]) == (state, code)
    assert (steps["train-fold 0"]["state"], steps["train-fold 0"]["exit_code"]) == ("done", 0)
    assert (steps["report"]["state"], steps["report"]["seconds"]) == ("to come", None)
    assert steps["report"]["exit_code"] is None and told["report"] is None


def test_the_document_of_a_dry_run(stages: Stages, capsys: Captured):
    """Steps to come, the bytes that are needed, and every problem."""
    stages.foreseen |= {"weights": ConfigError("no checkpoint"), "prepare": DataError("no images")}
    assert cli.main(["study", "--dry-run", "--json"]) == ExitCode.CONFIG
    told = document(capsys.readouterr().out)
    assert told["dry_run"] is True and told["exit_code"] == 78
    assert told["errors"] == [
        {"exit_code": 78, "message": "no checkpoint"},
        {"exit_code": 65, "message": "no images"},
    ]
    assert {step["state"] for step in told["steps"]} == {"to come", "not needed"}
    assert 1.0e9 < told["needed_bytes"] < 1.1e9


def test_the_document_of_a_study_that_cannot_be_read(stages: Stages, capsys: Captured):
    """There are no steps, and the error says why."""
    assert cli.main(["study", "--json", "--manifests", "nowhere"]) == ExitCode.CONFIG
    told = document(capsys.readouterr().out)
    assert told["steps"] == [] and told["run"] is None and told["exit_code"] == 78
    assert "nowhere/kustomization.yaml" in told["errors"][0]["message"]
    assert len(ALL) < STEPS
