"""mammo train in several processes: which one publishes, and what happens if one is lost."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from jobs import cli
from jobs.common.errors import ExitCode, UsageError
from jobs.common.progress import silent
from jobs.evaluation.predictions import read_predictions
from jobs.model import tf_runtime
from jobs.training.distributed.peers import Peers
from tests.jobs.training.distributed.replica_runs import free_addresses
from tests.releases import make_rows, write_release

STUDY = """
seed: 3
data: {folds: 2, test: 0.25}
views: {size: [80, 75], healthy: 2, sick: 3}
model: {layer: mixed0}
head: {filters: 2}
train: {epochs: 40, batch: 8}
"""
# As in test_replicas.py, over 40 epochs; predictions.csv has six digits.
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A root with features of 24 images."""
    folder = tmp_path_factory.mktemp("together")
    release = write_release(folder / "release", make_rows(patients=12, sick=6))
    root = folder / "root"
    root.mkdir()
    (root / "study.yaml").write_text(STUDY)
    for line in (
        f"prepare --root {root} --config {root}/study.yaml --release {release}",
        f"weights --root {root} --config {root}/study.yaml",
        f"embed --root {root} --config {root}/study.yaml",
    ):
        options, stage = cli.parse(line.split())
        cli.call(stage, options, silent)
    return root


def arguments(root: Path, run: str) -> list[str]:
    config = f"{root}/{'odd' if run == 'odd' else 'study'}.yaml"
    return ["train", "--root", str(root), "--config", config, "--run", run, "--fold", "0"]


def start(
    root: Path, addresses: tuple[str, ...], runs: Sequence[str] = ("pair", "pair")
) -> list[subprocess.Popen[str]]:
    """The pods of a Job, on this machine; each with the name of its run."""
    return [
        subprocess.Popen(
            [
                *(sys.executable, "-c", "import sys; from jobs.cli import main; sys.exit(main())"),
                *arguments(root, run),
                *("--peers", *addresses, "--peer", str(index)),
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        for index, run in enumerate(runs)
    ]


def wait_for(processes: list[subprocess.Popen[str]]) -> list[int]:
    """The exit codes of the processes, when all have ended."""
    for process in processes:
        _, errors = process.communicate()
        sys.stderr.write(errors)
    return [process.returncode for process in processes]


def test_after_a_lost_peer_the_training_is_resumed(root):
    """If one is killed, the other ends with 75; started again, both end where one alone ends.

    Only the chief publishes; if both are started once more, the model is up to date.
    """
    folder = root / "runs/pair"
    chief, other = start(root, free_addresses(2))
    while not list(folder.glob(".fold0.*/state.npz")) and chief.poll() is None:
        time.sleep(0.05)
    other.send_signal(signal.SIGKILL)
    assert wait_for([chief, other]) == [ExitCode.STOPPED, -signal.SIGKILL]
    assert not (folder / "fold0").exists()
    assert wait_for(start(root, free_addresses(2))) == [0, 0]
    assert wait_for(start(root, free_addresses(2))) == [0, 0]
    assert [path.name for path in folder.iterdir() if path.name[0] == "."] == []
    options, stage = cli.parse(arguments(root, "alone"))
    cli.call(stage, options, silent)
    pair, alone = (
        [row.probability for row in read_predictions(root / f"runs/{run}/fold0/predictions.csv")]
        for run in ("pair", "alone")
    )
    assert pair == pytest.approx(alone, abs=TOLERANCE)


def test_peers_that_train_different_models(root, capfd):
    """Each ends with 78, the chief too, and nothing is published."""
    (root / "odd.yaml").write_text(STUDY.replace("epochs: 40", "epochs: 41"))
    processes = start(root, free_addresses(2), ("even", "odd"))
    assert wait_for(processes) == [ExitCode.CONFIG, ExitCode.CONFIG]
    assert capfd.readouterr().err.count("must train the same model") == 2
    assert not (root / "runs/even/fold0").exists()


def test_a_process_that_has_started_tensorflow_cannot_join():
    """As in mammo study, which runs several stages in one process: exit 64, and what to do."""
    with pytest.raises(UsageError, match="run mammo train by itself"):
        tf_runtime.join(Peers(free_addresses(2), 0).tf_config, 2)
