"""What units have of a dataset's views."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from jobs.explain.forward import run_forward
from jobs.explain.network.scan import NodeScan, choose_units, scan_views
from jobs.explain.units import Unit
from jobs.model.graph import INPUT, Convolution, Node, Pooling


def test_a_scan_has_each_unit_s_highest_value_and_where_it_is():
    """And the mean; whatever the batches, and of views that differ in size."""
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 3, 1, 4)).astype(np.float32)
    network = (
        Node("conv", (INPUT,), Convolution(kernel, rng.normal(size=4).astype(np.float32))),
        Node("pool", ("conv",), Pooling((2, 2), (2, 2), "VALID")),
    )
    batches = [rng.uniform(-1, 1, (n, *size, 1)).astype(np.float32) for n, size in _SIZES]
    found = scan_views(network, ["pool", "conv"], batches)
    assert list(found) == ["pool", "conv"]
    maps = [
        run_forward(network, view[None]).values["pool"].numpy()[0]
        for batch in batches
        for view in batch
    ]
    scan = found["pool"]
    for number, values in enumerate(maps):
        assert scan.mean[number] == pytest.approx(values.mean(axis=(0, 1)), abs=1e-6)
        for channel in range(4):
            row, column = scan.place[number, channel]
            at = pytest.approx(scan.highest[number, channel], abs=1e-6)
            assert values[row, column, channel] == values[..., channel].max() == at


_SIZES = ((2, (9, 8)), (1, (12, 7)))


def test_units_are_chosen_by_how_well_they_tell_labels_apart():
    """By the AUC of their highest values, on either side of 0.5; ties count half."""
    rng = np.random.default_rng(1)
    sick = rng.random(40) > 0.6
    highest = rng.integers(0, 5, (40, 6)).astype(np.float32)
    highest[:, 2] -= 3 * sick
    scan = NodeScan(highest, np.zeros((40, 6, 2), int), highest)
    expected = [roc_auc_score(sick, highest[:, channel]) for channel in range(6)]
    assert scan.separation(sick) == pytest.approx(expected)
    first, *_ = units = choose_units(scan, "mixed4", sick, 3)
    assert first == Unit("mixed4", 2)
    assert len(units) == 3


def test_one_label_cannot_be_told_apart():
    """It is an error, not an AUC."""
    scan = NodeScan(np.ones((2, 1)), np.zeros((2, 1, 2), int), np.ones((2, 1)))
    with pytest.raises(ValueError, match="both labels"):
        scan.separation(np.array([True, True]))
