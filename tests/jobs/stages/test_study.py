"""`mammo study`: the manifests' Jobs on this machine, with stages that only pretend."""

import os
import shutil
from pathlib import Path

import pytest

from jobs import cli
from jobs.common.errors import DataError, ExitCode, StoppedError
from jobs.config.study import load_study
from tests.jobs.stages.pretended_stages import ALL, FOLDS, STEPS, Stages, pretend, states

K8S = Path(__file__).parents[3] / "k8s"
needs_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stages:
    """Stands for all stages that Jobs call; the working folder is new."""
    return pretend(monkeypatch, tmp_path)


def test_a_study_from_nothing(stages: Stages, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    """Without a release one is made; all Jobs run in turn, into ./study-root; figures, report."""
    assert cli.main(["study"]) == ExitCode.OK
    assert stages.commands == ALL
    said = capsys.readouterr()
    assert "Kubernetes" not in said.err
    assert len(told := states(said.err)) == STEPS
    assert told.pop("engine") == "not needed"
    assert told.pop("embed 1") == "nothing left to do"  # the first worker did all
    assert set(told.values()) == {"done"}
    assert "prepare: things 1 of 2" in said.err or "prepare: starting" in said.err
    assert "\x1b" not in said.err + said.out
    assert "out-of-fold, mean   0.750 (0.700-0.800)" in said.out
    assert "The weights are random" in said.out
    assert said.out.endswith("report: study-root/runs/study/report.html\n")
    assert "up to date" not in said.out
    (prepare,) = (call for call in stages.calls if call.command == "prepare")
    assert prepare.release == Path("study-root/phantom")


def test_a_second_call_does_what_is_missing(stages: Stages, capsys: pytest.CaptureFixture[str]):
    """What is there is up to date, and told so."""
    cli.main(["study"])
    shutil.rmtree("study-root/runs/study/fold2")
    capsys.readouterr()
    stages.calls.clear()
    assert cli.main(["study"]) == ExitCode.OK
    assert stages.commands == [FOLDS[2]]
    told = states(capsys.readouterr().err)
    assert told.pop("train-fold 2") == "done"
    assert told.pop("engine") == "not needed"
    assert set(told.values()) == {"up to date"} and len(told) == STEPS - 2


def test_the_options(stages: Stages, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """--release, --root, --config and --run stand for the volumes and the ConfigMap's entries."""
    config = tmp_path / "mine.yaml"
    config.write_text("data: {folds: 2}\nmodel: {weights: imagenet}\n")
    release = tmp_path / "INbreast Release 1.0"
    release.mkdir()
    (release / "INbreast.csv").write_text("")
    given = ["--release", str(release), "--root", "r", "--config", str(config), "--run", "second"]
    assert cli.main(["study", *given]) == ExitCode.OK
    assert stages.commands == [each for each in ALL[1:] if each not in FOLDS[2:]]
    assert {call.root for call in stages.calls} == {Path("r")}
    assert {call.config for call in stages.calls if hasattr(call, "config")} == {config}
    assert {call.run for call in stages.calls if hasattr(call, "run")} == {"second"}
    said = capsys.readouterr()
    assert said.out.endswith("report: r/runs/second/report.html\n") and "random" not in said.out


def test_keys_set_on_the_command_line(stages: Stages, capsys: pytest.CaptureFixture[str]):
    """--set reaches every stage, is kept in the run's study.yaml, and makes another study."""
    given = ["study", "--set", "data.folds=2", "--set", "train.epochs=3"]
    assert cli.main(given) == ExitCode.OK
    assert stages.commands == [each for each in ALL if each not in FOLDS[2:]]
    (config,) = {call.config for call in stages.calls if hasattr(call, "config")}
    kept = load_study(Path("study-root/runs/study/study.yaml"))
    assert kept == load_study(config)
    assert (kept.data.folds, kept.train.epochs) == (2, 3)
    capsys.readouterr()
    shutil.rmtree("study-root/runs/study/all")
    assert cli.main(["study", "--set", "data.folds=2"]) == ExitCode.CONFIG
    assert "the run study has another configuration" in capsys.readouterr().err


def test_a_jobs_variables_hold_while_it_runs(stages: Stages, monkeypatch: pytest.MonkeyPatch):
    """They are set for the stage and as before afterwards; HOME of an emptyDir stays out of it."""
    monkeypatch.setenv("RUN", "mine")
    monkeypatch.delenv("JOB_COMPLETION_INDEX", raising=False)
    stages.spoil["train 3"] = DataError("odd")
    home = os.environ["HOME"]
    assert cli.main(["study"]) == ExitCode.DATA
    assert stages.environment["RUN"] == "study"
    assert stages.environment["JOB_COMPLETION_INDEX"] == "3"
    assert stages.environment["HOME"] == home
    assert os.environ["RUN"] == "mine" and "JOB_COMPLETION_INDEX" not in os.environ


@pytest.mark.parametrize(
    ("error", "code", "state"),
    [
        (DataError("features are odd"), 65, "failed"),
        (OSError(28, "No space left on device"), 73, "failed"),
        (StoppedError("stopped by SIGTERM"), 75, "stopped"),
        (KeyboardInterrupt(), 130, "stopped"),
    ],
    ids=["data", "disk full", "SIGTERM", "Ctrl-C"],
)
def test_a_stage_that_fails_ends_the_study(
    stages: Stages,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    state: str,
):
    """Its own line and its exit code; nothing after it runs, and the next call goes on there."""
    stages.spoil["train 1"] = error
    assert cli.main(["study"]) == code
    assert stages.commands[-1] == "train 1"
    said = capsys.readouterr()
    *_, line = said.err.splitlines()
    assert line.startswith("mammo: ") and states(said.err)["train-fold 1"] == state
    assert said.out == ""
    stages.spoil.clear()
    assert cli.main(["study"]) == ExitCode.OK
    assert states(capsys.readouterr().err)["train-fold 0"] == "up to date"


def test_manifests_in_any_order(stages: Stages, tmp_path: Path, capsys):
    """kubectl sorts what it renders by kind and name: the stages run in their own order."""
    folder = shutil.copytree(K8S, tmp_path / "mine")
    text = (folder / "kustomization.yaml").read_text()
    head, resources = text.split("resources:\n")
    turned = "\n".join(reversed(resources.splitlines()))
    (folder / "kustomization.yaml").write_text(f"{head}resources:\n{turned}\n")
    assert cli.main(["study", "--manifests", str(folder)]) == ExitCode.OK
    assert sorted(stages.commands) == sorted(ALL)
    assert stages.commands[-1] == "report"
    told = set(states(capsys.readouterr().err).values())
    assert told == {"done", "not needed", "nothing left to do"}


@needs_kubectl
def test_an_overlay(stages: Stages, capsys: pytest.CaptureFixture[str]):
    """--overlay runs a folder of overlays/: its own phantom, folds, run and names."""
    assert cli.main(["study", "--overlay", "cpu-smoke", "--root", "r"]) == ExitCode.OK
    assert sorted(stages.commands) == sorted(each for each in ALL if each not in FOLDS[2:])
    (phantom,) = (call for call in stages.calls if call.command == "phantom")
    (prepare,) = (call for call in stages.calls if call.command == "prepare")
    assert (phantom.out, prepare.release) == (Path("r/phantom/phantom"), Path("r/phantom"))
    said = capsys.readouterr()
    assert "cpu-smoke-train-fold 1: done, 0:00\n" in said.err
    assert said.out.endswith("report: r/runs/cpu-smoke/report.html\n")


def test_the_small_study_needs_no_kubectl(
    stages: Stages, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """--config takes the study.yaml of an overlay, on the manifests of k8s/."""
    monkeypatch.setenv("PATH", "")
    small = K8S.parent / "overlays" / "cpu-smoke" / "study.yaml"
    assert cli.main(["study", "--config", str(small), "--run", "cpu-smoke"]) == ExitCode.OK
    assert stages.commands == [each for each in ALL if each not in FOLDS[2:]]
    assert capsys.readouterr().out.endswith("report: study-root/runs/cpu-smoke/report.html\n")


def test_an_overlay_without_kubectl(
    stages: Stages, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Exit 78, what to install, and what needs neither."""
    monkeypatch.setenv("PATH", "")
    assert cli.main(["study", "--overlay", "gpu"]) == ExitCode.CONFIG
    (line,) = capsys.readouterr().err.splitlines()
    assert "gpu/kustomization.yaml: patches needs kubectl or kustomize, and neither is" in line
    assert stages.calls == []


@needs_kubectl
def test_gpus_that_are_not_there_are_told(stages: Stages, capsys: pytest.CaptureFixture[str]):
    """The overlay gpu runs here, too, on what there is: that is said of each Job."""
    assert cli.main(["study", "--overlay", "gpu", "--root", "r"]) == ExitCode.OK
    assert "train-all: asks for 1 nvidia.com/gpu; this machine has 0" in capsys.readouterr().err


@needs_kubectl
def test_pods_that_talk_to_each_other(stages: Stages, capsys: pytest.CaptureFixture[str]):
    """The overlay multi-worker is refused before anything runs, with the reason."""
    assert cli.main(["study", "--overlay", "multi-worker"]) == ExitCode.CONFIG
    (line,) = capsys.readouterr().err.splitlines()
    assert "Job train-all: spec.template.spec.containers[0].args[8] needs pods that talk" in line
    assert stages.calls == []


def test_manifests_that_make_a_release_take_none(stages: Stages, capsys, tmp_path: Path):
    """Their phantom would be written into the user's own release."""
    folder = shutil.copytree(K8S, tmp_path / "mine")
    shutil.copy(K8S.parent / "overlays" / "cpu-smoke" / "phantom.yaml", folder)
    with (folder / "kustomization.yaml").open("a") as file:
        file.write("  - phantom.yaml\n")
    given = ["study", "--manifests", str(folder), "--release", str(tmp_path)]
    assert cli.main(given) == ExitCode.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert "--release must not be given: " in line and "phantom.yaml makes a release" in line
    assert stages.calls == []


def test_nobody_makes_an_input(stages: Stages, tmp_path: Path, capsys):
    """Exit 69 with what the stage says of it, and nothing after it runs."""
    folder = shutil.copytree(K8S, tmp_path / "mine")
    text = (folder / "kustomization.yaml").read_text()
    (folder / "kustomization.yaml").write_text(text.replace("  - embed.yaml\n", ""))
    assert cli.main(["study", "--manifests", str(folder)]) == ExitCode.MISSING_INPUT
    said = capsys.readouterr().err
    assert said.splitlines()[-1] == "mammo: study-root/features/f is missing"
    assert states(said)["train-fold 0"] == "missing input"
    assert "evaluate" not in stages.commands


def test_a_command_that_does_not_parse_stops_it_at_once(stages: Stages, tmp_path: Path, capsys):
    """A wrong option in the last Job is found before the first one runs."""
    folder = shutil.copytree(K8S, tmp_path / "mine")
    text = (folder / "report.yaml").read_text()
    (folder / "report.yaml").write_text(text.replace("- --run", "- --rum"))
    assert cli.main(["study", "--manifests", str(folder)]) == ExitCode.CONFIG
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"mammo: {folder}/report.yaml: args of report: ")
    assert "see mammo" in line and stages.calls == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--manifests", "nowhere"], 78, "nowhere/kustomization.yaml: cannot be read: No such"),
        (["--config", "nowhere.yaml"], 78, "nowhere.yaml: cannot be read"),
        (["--run", "../x"], 64, "--run must be letters"),
        (["--folds", "3"], 64, "unknown option --folds; see mammo study --help"),
        (["--set", "train.epoch=3"], 78, "--set train.epoch=3: unknown key train.epoch; did you"),
        (["--set", "train.epochs=0"], 78, "--set train.epochs=0: train.epochs must be at least 1"),
        (["--overlay", "cpu"], 78, "; there are cpu-smoke, gpu, multi-worker: name a folder by"),
        (["--overlay", "components"], 78, "no manifests in "),
        (["--overlay", "../k8s"], 64, "--overlay: must be a name in overlays/"),
        (["--overlay", "gpu", "--manifests", "k8s"], 64, "not allowed with"),
    ],
    ids=[
        "no manifests",
        "no configuration",
        "run",
        "option",
        "no key",
        "value",
        "no overlay",
        "none",
        "path",
        "both",
    ],
)
def test_what_cannot_be_run(stages: Stages, capsys, arguments: list[str], code: int, words: str):
    """Each is one line and its exit code."""
    assert cli.main(["study", *arguments]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mammo: ") and words in line


def test_a_root_that_cannot_be_written(stages: Stages, capsys, tmp_path: Path):
    """Exit 73, and where."""
    (tmp_path / "file").write_text("")
    assert cli.main(["study", "--root", "file/root"]) in (ExitCode.CANNOT_CREATE, ExitCode.IO)
    assert "file/root" in capsys.readouterr().err
