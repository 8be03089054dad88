"""TensorBoard's event files: what they hold of a training, and in which run."""

from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util.tensor_util import make_ndarray

from jobs.evaluation.predictions import Prediction
from jobs.model import tf_runtime
from jobs.training.state import Row
from jobs.training.tensorboard.log import TensorBoardLog


@pytest.fixture(scope="module")
def model():
    keras = tf_runtime.start().keras
    features = keras.Input((4,))
    return keras.Model(features, keras.layers.Dense(1, name="fully_connected")(features))


def read(folder: Path) -> EventAccumulator:
    return EventAccumulator(str(folder), {"tensors": 0}).Reload()


def values(folder: Path, tag: str) -> dict[int, float]:
    tensors = read(folder).Tensors(tag)
    return {event.step: round(float(make_ndarray(event.tensor_proto)), 4) for event in tensors}


def tags(folder: Path) -> list[str]:
    return sorted(read(folder).Tags()["tensors"])


def test_training_and_validation_are_two_runs_of_one_chart(tmp_path: Path, model):
    """TensorBoard draws one chart a tag: the loss of each step, and of each epoch's validation."""
    with TensorBoardLog(tmp_path) as log:
        log.epoch([(1, 1, 0.7, "", ""), (2, 1, 0.6, 0.5, 0.8)], model)
    assert values(tmp_path, "loss") == {1: 0.7, 2: 0.6}
    assert values(tmp_path / "validation", "loss") == {2: 0.5}
    assert values(tmp_path / "validation", "roc_auc") == {2: 0.8}


def test_the_loss_comes_first(tmp_path: Path, model):
    """TensorBoard sorts its charts by name; the histograms of the weights come last."""
    with TensorBoardLog(tmp_path) as log:
        log.epoch([(2, 1, 0.6, 0.5, 0.8)], model)
        log.roc([prediction(True, 0.9), prediction(False, 0.2)])
        log.views("sick", np.zeros((4, 6), np.float32))
    both = tags(tmp_path) + tags(tmp_path / "validation")
    assert sorted(both)[0] == "loss"
    assert sorted(both)[-1] == "weights/fully_connected/kernel"


def prediction(sick: bool, probability: float) -> Prediction:
    return Prediction(
        "fold0", "last", "validation", "7", "0" * 16, "L", "CC", "2", 3, sick, probability
    )


def test_the_roc_curve_is_a_chart_by_percent(tmp_path: Path):
    """One of two healthy cases scores above one of two sick ones: a step at 50 percent."""
    rows = [(True, 0.9), (False, 0.8), (True, 0.7), (False, 0.1)]
    with TensorBoardLog(tmp_path) as log:
        log.roc([prediction(*row) for row in rows])
    curve = values(tmp_path / "validation", "roc/sensitivity at % false positives")
    assert curve == {percent: 0.5 if percent < 50 else 1.0 for percent in range(101)}


def test_settings_are_a_trial_named_as_the_run(tmp_path: Path):
    """All models of a run are one row of the table of hyperparameters, with their mean figures."""
    settings: dict[str, bool | int | float | str] = {"train.epochs": 3, "train.live": False}
    with TensorBoardLog(tmp_path) as log:
        log.settings("first", settings)
    content = read(tmp_path).SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    started = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info
    assert started.group_name == "first"
    assert started.hparams["train.epochs"].number_value == 3
    assert started.hparams["train.live"].bool_value is False
    content = read(tmp_path).SummaryMetadata("_hparams_/experiment").plugin_data.content
    experiment = plugin_data_pb2.HParamsPluginData.FromString(content).experiment
    assert [each.name for each in experiment.hparam_infos] == list(settings)
    assert {(each.name.group, each.name.tag) for each in experiment.metric_infos} == {
        ("validation", "roc_auc"),
        ("validation", "loss"),
    }


def test_views_are_shown_in_greys(tmp_path: Path):
    """-1 is black, 1 is white."""
    from tensorflow.io import decode_png

    with TensorBoardLog(tmp_path) as log:
        log.views("sick", np.array([[-1, 0, 1]], np.float32))
    shown = make_ndarray(read(tmp_path).Tensors("views/sick")[0].tensor_proto)
    assert decode_png(shown[2]).numpy()[0, :, 0].tolist() == [0, 127, 255]


def test_without_validation_there_is_no_run_of_it(tmp_path: Path, model):
    """The all-data model has a loss and weights alone."""
    with TensorBoardLog(tmp_path, validated=False) as log:
        log.epoch([(1, 1, 0.7, "", "")], model)
    assert values(tmp_path, "loss") == {1: 0.7}
    assert not (tmp_path / "validation").exists()


def test_without_a_folder_nothing_is_written(tmp_path: Path, model, monkeypatch):
    """Of several processes that train one model, only the chief writes."""
    monkeypatch.chdir(tmp_path)
    rows: list[Row] = [(1, 1, 0.7, 0.5, 0.8)]
    with TensorBoardLog(None) as log:
        log.epoch(rows, model)
    assert list(tmp_path.iterdir()) == []
