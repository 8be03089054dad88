"""Stages that are stopped, killed or out of disk space, and run again, in real processes."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs import cli
from jobs.common.progress import silent
from jobs.common.supervisor import STOPPED
from jobs.training.state import load_state
from tests.processors import needs_int8
from tests.releases import make_rows, write_release
from tests.small_disks import small_volume

STUDY = """
seed: 3
data: {folds: 2, test: 0.25}
views: {size: [80, 75], healthy: 20, sick: 30}
model: {layer: mixed0, precision: PRECISION}
head: {filters: 2}
train: {epochs: 12, batch: 8}
"""
FILES = ("predictions.csv", "history.csv", "last.weights.h5", "best.weights.h5")
PROCESS = (sys.executable, "-c", "from jobs.cli import process; process()")
TRAIN = ("train", "--fold", "0", "--run")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root whose stages were never stopped; not to be changed."""
    folder = tmp_path_factory.mktemp("whole")
    release = write_release(folder / "release", make_rows(patients=12, sick=6))
    root = folder / "root"
    root.mkdir()
    for precision in ("float32", "int8"):
        (root / f"{precision}.yaml").write_text(STUDY.replace("PRECISION", precision))
    lines = (["prepare", "--release", str(release)], ["weights"], ["embed"], [*TRAIN, "first"])
    for line in lines:
        finish(on(root, *line))
    return root


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    """A copy of `whole` to change, before anything was trained in it."""
    shutil.copytree(whole, tmp_path / "root")
    shutil.rmtree(tmp_path / "root" / "runs")
    return tmp_path / "root"


def on(root: Path, *line: str, precision: str = "float32") -> list[str]:
    return [*line, "--root", str(root), "--config", f"{root}/{precision}.yaml"]


def finish(line: list[str]) -> None:
    """Runs a stage in this process, which has imported TensorFlow already."""
    options, stage = cli.parse(line)
    cli.call(stage, options, silent)


def interrupt(
    line: list[str], number: signal.Signals, when: Callable[[int], bool]
) -> tuple[int, str]:
    """Sends a process a signal as soon as `when` holds; returns its exit code and last line."""
    with subprocess.Popen([*PROCESS, *line], stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            if when(process.pid):
                process.send_signal(number)
                break
            time.sleep(0.01)
        _, errors = process.communicate()
    return process.returncode, (errors.splitlines() or [""])[-1]


def starts_tensorflow(pid: int) -> bool:
    """Whether the worker of a process has begun to load TensorFlow's native code."""
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return any("libtensorflow" in Path(f"/proc/{one}/maps").read_text() for one in workers)


TERMINATED = (75, f"mammo: {STOPPED}")


def test_a_training_that_is_stopped_and_killed(whole: Path, root: Path):
    """Stopped in TensorFlow's start and after an epoch, killed in a later one: the same bytes.

    No finished epoch is lost, and nothing looks finished before it is.
    """
    line = on(root, *TRAIN, "first")
    run = root / "runs" / "first"
    assert interrupt(line, signal.SIGTERM, starts_tensorflow) == TERMINATED

    def epochs() -> int:
        (work,) = run.glob(".fold0.*.unfinished")
        return load_state(work).epoch

    def epoch_after(count: int) -> Callable[[int], bool]:
        return lambda pid: bool(list(run.glob(".fold0.*/state.npz"))) and epochs() > count

    assert interrupt(line, signal.SIGTERM, epoch_after(0)) == TERMINATED
    first = epochs()
    assert 0 < first < 12
    assert interrupt(line, signal.SIGKILL, epoch_after(first))[0] == -signal.SIGKILL
    assert epochs() > first
    assert not (run / "fold0").exists()
    finish(line)
    for name in FILES:
        unbroken = whole / "runs" / "first" / "fold0" / name
        assert (run / "fold0" / name).read_bytes() == unbroken.read_bytes()
    assert [path.name for path in run.glob(".*")] == []


def test_an_embedding_that_is_stopped_and_killed(whole: Path, root: Path):
    """Stopped after the first image, killed after more: no image is made twice, the same bytes."""
    (finished,) = (root / "features").iterdir()
    shutil.rmtree(finished)
    line = on(root, "embed")

    def made() -> dict[str, int]:
        files = root.glob("features/.*.unfinished/[!.]*.npy")
        return {file.name: file.stat().st_ino for file in files}

    assert interrupt(line, signal.SIGTERM, lambda pid: len(made()) > 0) == TERMINATED
    first = made()
    assert len(first) < 24
    assert (
        interrupt(line, signal.SIGKILL, lambda pid: len(made()) > len(first))[0] == -signal.SIGKILL
    )
    second = made()
    assert not finished.exists() and len(first) < len(second) < 24
    finish(line)
    kept = {file.name: file.stat().st_ino for file in finished.glob("*.npy")}
    assert first.items() <= second.items() <= kept.items()
    for file in finished.glob("*.npy"):
        unbroken = whole / "features" / finished.name / file.name
        assert file.read_bytes() == unbroken.read_bytes()


EACH = "import json, sys; from jobs import cli; print(*map(cli.main, json.loads(sys.argv[1])))"


@needs_int8
def test_full_disks(root: Path):
    """Each stage exits with 73, and names what has no room, and what to do."""
    full = shutil.copytree(root, root.parent / "full", ignore=shutil.ignore_patterns("features"))
    calls = {
        full / "features": on(full, "embed"),
        root / "runs": on(root, *TRAIN, "first"),
        root / "engines": on(root, "engine", precision="int8"),
    }
    volumes: list[str] = []
    for place in calls:
        place.mkdir()
        volume = small_volume(place, "size=40k")
        if not volume:
            pytest.skip("no small volume can be mounted here")
        volumes += volume
    done = subprocess.run(
        [*volumes, sys.executable, "-c", EACH, json.dumps(list(calls.values()))],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["73", "73", "73"]
    messages = [line for line in done.stderr.splitlines() if line.startswith("mammo: ")]
    for place, line in zip(calls, messages, strict=True):
        assert str(place) in line and "make room" in line
