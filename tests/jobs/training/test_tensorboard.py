"""TensorBoard's event files: what they hold of a training."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from jobs.model import tf_runtime
from jobs.training.state import Row
from jobs.training.tensorboard import TensorBoardLog


@pytest.fixture(scope="module")
def model():
    keras = tf_runtime.start().keras
    features = keras.Input((4,))
    return keras.Model(features, keras.layers.Dense(1, name="fully_connected")(features))


def write(folder: Path | None, model, rows: list[Row]) -> None:
    with TensorBoardLog(folder) as log:
        log.graph(model)
        log.epoch(rows, model)
        log.flush()


def read(folder: Path) -> EventAccumulator:
    return EventAccumulator(str(folder), {"tensors": 0}).Reload()


def test_graph_loss_weights_and_validation_are_written(tmp_path: Path, model):
    """The loss of each step; the validation figures and the weights of each epoch."""
    write(tmp_path, model, [(1, 1, 0.7, "", ""), (2, 1, 0.6, 0.5, 0.8)])
    events = read(tmp_path)
    assert events.Tags()["graph"]
    assert [event.step for event in events.Tensors("loss")] == [1, 2]
    assert [event.step for event in events.Tensors("validation/auc")] == [2]
    assert [event.step for event in events.Tensors("fully_connected/kernel")] == [2]


def test_without_validation_there_are_no_validation_figures(tmp_path: Path, model):
    """The all-data model has a loss and weights alone."""
    write(tmp_path, model, [(1, 1, 0.7, "", "")])
    assert not [tag for tag in read(tmp_path).Tags()["tensors"] if tag.startswith("validation")]


def test_without_a_folder_nothing_is_written(tmp_path: Path, model, monkeypatch):
    """Of several processes that train one model, only the chief writes."""
    monkeypatch.chdir(tmp_path)
    write(None, model, [(1, 1, 0.7, "", "")])
    assert list(tmp_path.iterdir()) == []
