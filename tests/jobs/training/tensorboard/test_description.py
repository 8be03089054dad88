"""What TensorBoard shows of a model that was really trained."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


@pytest.mark.parametrize("run", ["first", "unfrozen"])
def test_a_run_has_settings_graph_views_and_curves(trained_root: Path, run: str):
    """The event files lie in the model's folder, so that TensorBoard calls its run fold0."""
    folder = trained_root / "runs" / run / "fold0"
    events = EventAccumulator(str(folder)).Reload()
    tags = set(events.Tags()["tensors"])
    assert {"_hparams_/session_start_info", "views/healthy", "views/sick", "loss"} <= tags
    nodes = {node.name: node for node in events.Graph().node}
    assert list(nodes["head/convolution"].input) == ["inception_v3/mixed0/mixed0"]
    validation = EventAccumulator(str(folder / "validation")).Reload().Tags()["tensors"]
    assert validation == ["loss", "roc_auc", "roc/sensitivity at % false positives"]


def test_the_all_data_model_has_no_validation(trained_root: Path):
    """There is no fold that it could be validated on."""
    folder = trained_root / "runs" / "first" / "all"
    assert "loss" in EventAccumulator(str(folder)).Reload().Tags()["tensors"]
    assert not (folder / "validation").exists()
