"""Where a study's steps run, and how many of them at once."""

from pathlib import Path

import pytest

from jobs import cli
from jobs.local.manifests.pod import Step
from jobs.local.placement import Execution, Placement, count_at_once, place, processes_for
from tests.jobs.local.machines import GIB, make_roomy


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of eight cores with 64 GiB free, and no GPU."""
    make_roomy(monkeypatch)


def step(job: str, index: int | None, *arguments: object, parallelism: int = 2) -> Step:
    return Step(job, index, tuple(map(str, arguments)), parallelism=parallelism)


def test_as_many_as_the_jobs_allow(roomy: None):
    """Each Job's parallelism counts once; there are never more than steps."""
    folds = [step("train-fold", k, "train", parallelism=3) for k in range(5)]
    everything = [*folds, step("train-all", None, "train", parallelism=1)]
    assert count_at_once(everything, 2 * GIB) == 4
    assert count_at_once(folds[:2], 2 * GIB) == 2


@pytest.mark.parametrize(
    ("cores", "memory", "gpu", "wanted"),
    [(2, 64, False, 2), (1, 64, False, 1), (8, 7, False, 3), (8, 1, False, 1), (8, 64, True, 1)],
    ids=["cores", "one core", "memory", "little memory", "a GPU"],
)
def test_as_many_as_the_machine_has_room_for(
    roomy: None,
    monkeypatch: pytest.MonkeyPatch,
    cores: int,
    memory: int,
    gpu: bool,
    wanted: int,
):
    """A core and 2 GiB each; beside a GPU, which TensorFlow takes whole, one."""
    monkeypatch.setattr("jobs.common.resources.thread_count", lambda: cores)
    monkeypatch.setattr("jobs.common.resources.memory_available", lambda: memory * GIB)
    monkeypatch.setattr("jobs.common.resources.gpu_count", lambda: int(gpu))
    steps = [step("train-fold", k, "train", parallelism=5) for k in range(5)]
    assert count_at_once(steps, 2 * GIB) == wanted


def test_exclusive_steps_run_one_at_a_time(roomy: None):
    """One that needs all threads makes all of its stage wait."""
    steps = [step("train-fold", k, "train", parallelism=3) for k in range(3)]
    together, alone = Placement(Execution.CONCURRENT), Placement(Execution.EXCLUSIVE)
    assert processes_for(steps, [together] * 3) == 3
    assert processes_for(steps, [together, alone]) == 1


@pytest.mark.parametrize(
    ("command", "train", "wanted", "gib"),
    [
        ("embed", "", Execution.EXCLUSIVE, 2),
        ("train --fold 0", "live: true, unfreeze_from: mixed9", Execution.EXCLUSIVE, 2),
        ("train --fold 0", "live: true", Execution.CONCURRENT, 3.93),
        ("train --fold 0", "live: true, batch: 64", Execution.CONCURRENT, 4.61),
        ("train --fold 0", "", Execution.CONCURRENT, 2),
        ("weights", "", Execution.EXCLUSIVE, 2),
        ("evaluate", "", Execution.CONCURRENT, 2),
        ("prepare --release there", "", Execution.IN_PROCESS, 2),
    ],
)
def test_where_a_step_runs(tmp_path: Path, command: str, train: str, wanted: Execution, gib: float):
    """Embedding and what unfreezes the base run alone; what needs no TensorFlow stays here."""
    config = tmp_path / "study.yaml"
    config.write_text(f"train: {{{train}}}\n")
    line = f"{command} --root {tmp_path}"
    line += "" if command == "evaluate" else f" --config {config}"
    line += " --run a" if command.startswith(("train", "evaluate")) else ""
    options, _ = cli.parse(line.split())
    placement = place(Step("x", None, tuple(line.split()), options=options))
    assert placement.execution is wanted
    assert placement.memory / 2**30 == pytest.approx(gib, abs=0.01)
