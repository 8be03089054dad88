"""TensorBoard's files of a model's units, read as TensorBoard reads them."""

from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from jobs.explain.network.tensorboard import write_activations, write_pictures
from jobs.explain.units import Unit


def tags(folder: Path) -> list[str]:
    """The names of what a run of TensorBoard has."""
    accumulator = EventAccumulator(str(folder)).Reload()
    return accumulator.Tags()["tensors"]


def test_pictures_have_their_names(tmp_path: Path):
    """Each under its own."""
    write_pictures(tmp_path, {"filters": np.zeros((4, 5), np.uint8)})
    assert tags(tmp_path) == ["filters"]


def test_activations_are_a_run_for_each_label(tmp_path: Path):
    """Under one name, so that TensorBoard shows both side by side."""
    sick = np.array([True, False, False])
    write_activations(tmp_path, {Unit("mixed7", 3): np.float32([1, 2, 3])}, sick)
    assert tags(tmp_path / "sick") == tags(tmp_path / "healthy") == ["activations/mixed7/3"]
