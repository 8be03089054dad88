"""Only what a window touches is computed again, and it is what the whole network makes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.explain.forward import run_forward
from jobs.explain.target import ExplainedModel
from jobs.explain.windows import Windows, recompute
from jobs.model.graph import Network, Node, split_after
from tests.jobs.explain.layers import convolutions
from tests.jobs.explain.networks import make_network, networks


def check_windows(network: Network, view: np.ndarray, corners: np.ndarray, size: tuple) -> Windows:
    """Each view's output by windows, against that of the whole view."""
    rng = np.random.default_rng(1)
    windows = Windows(corners, rng.uniform(-1, 1, (len(corners), *size, view.shape[-1])))
    values = {name: each.numpy() for name, each in run_forward(network, view).values.items()}
    changed = recompute(network, values, windows)
    found = changed.on(values[network[-1].name])
    expected = run_forward(network, windows.on(view)).output.numpy()
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
    return changed


@settings(max_examples=30)
@given(given_network=networks(), data=st.data())
def test_a_base_is_as_recomputed_whole(given_network: tuple, data: st.DataObject):
    """Branches of different reach, poolings, averages at the edges, corners anywhere."""
    network, view = given_network
    base = ExplainedModel(network).base
    size = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    corner = st.tuples(*(st.integers(0, n - k) for n, k in zip(view.shape[1:3], size, strict=True)))
    corners = np.array(data.draw(st.lists(corner, min_size=1, max_size=3)))
    check_windows(base, view, corners, size)


@settings(max_examples=30)
@given(layer=convolutions(), data=st.data())
def test_a_layer_is_as_recomputed_whole(layer: tuple, data: st.DataObject):
    """Strides, both paddings, kernels longer one way, averages."""
    convolution, view = layer
    corner = [data.draw(st.integers(0, n - 2)) for n in view.shape[1:3]]
    check_windows((Node("layer", ("",), convolution),), view, np.array([corner]), (2, 2))


def test_what_is_far_from_a_window_is_not_computed():
    """A window of one pixel reaches as far as the layers' kernels, and no further."""
    network, view = networks_of_wide_view()
    changed = check_windows(network, view, np.array([[20, 20]]), (1, 1))
    assert changed.values.shape[1:3] == (2, 2)  # of 20 x 20 places, of 2 pixels each


def networks_of_wide_view() -> tuple[Network, np.ndarray]:
    """A convolution of 3 x 3 and a pooling of 2 x 2, on 40 x 40 pixels."""
    network, _ = split_after(make_network(2), "pool")
    return network, np.random.default_rng(2).uniform(-1, 1, (1, 40, 40, 1))
