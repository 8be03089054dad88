"""One loop for one device, several devices, and several processes."""

from pathlib import Path

import numpy as np
import pytest

from jobs.model import tf_runtime
from jobs.model.random_weights import write_random_weights
from jobs.training.distributed.peers import Peers
from jobs.training.distributed.replicas import Replicas
from tests.jobs.training.distributed import replica_runs

# A batch's sums are added up in another order; after 15 steps of Adam 2e-9 was measured.
TOLERANCE = 1e-6
LIVE_TOLERANCE = 1e-5  # the base's activations are larger: 8e-7 after 8 steps


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Features, and what one device makes of them: alone.npz."""
    folder = tmp_path_factory.mktemp("replica_runs")
    (folder / "features").mkdir()
    replica_runs.write_features(folder / "features")
    replica_runs.train(folder, "alone", Replicas(tf_runtime.strategy()))
    return folder


def trained(folder: Path, name: str) -> list[np.ndarray]:
    with np.load(folder / f"{name}.npz") as arrays:
        return list(arrays.values())


def largest_difference(ones: list[np.ndarray], others: list[np.ndarray]) -> float:
    return max(np.abs(one - other).max() for one, other in zip(ones, others, strict=True))


def test_two_workers_train_as_one(folder):
    """Same weights on both, bit for bit, and those of one worker on the same global batches."""
    addresses = replica_runs.free_addresses(2)
    pair = [replica_runs.start(folder, f"worker{i}", Peers(addresses, i)) for i in range(2)]
    for process in pair:
        _, told = process.communicate()
        assert process.returncode == 0, told
    first, second = trained(folder, "worker0"), trained(folder, "worker1")
    assert largest_difference(first, second) == 0
    assert largest_difference(first, trained(folder, "alone")) < TOLERANCE


def test_two_devices_train_as_one(folder):
    """MirroredStrategy over two logical processors comes to what one device does."""
    process = replica_runs.start(folder, "mirrored")
    _, told = process.communicate()
    assert process.returncode == 0, told
    assert largest_difference(trained(folder, "mirrored"), trained(folder, "alone")) < TOLERANCE


def test_two_devices_train_live_as_one(folder):
    """Each replica's views come of a DALI pipeline of its own; the base's mixed1 learns, too."""
    write_random_weights(folder / "base.h5", seed=3)
    replica_runs.train(folder, "live", Replicas(tf_runtime.strategy()))
    process = replica_runs.start(folder, "live-mirrored")
    _, told = process.communicate()
    assert process.returncode == 0, told
    difference = largest_difference(trained(folder, "live-mirrored"), trained(folder, "live"))
    assert difference < LIVE_TOLERANCE
