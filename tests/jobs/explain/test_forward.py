"""A forward pass keeps what every node made."""

import numpy as np
import pytest

from jobs.explain.forward import run_forward
from jobs.model.tensorflow_extractor import forward
from tests.jobs.explain.networks import make_network, make_view


@pytest.mark.parametrize("kind", ["conv_pool", "averaged", "local"])
def test_every_nodes_output_is_kept(kind: str):
    """By its name, the view's own among them, and the last is the logit."""
    network, view = make_network(1, kind), make_view(1).astype(np.float32)
    done = run_forward(network, view)
    assert set(done.values) == {"", *(node.name for node in network)}
    assert (done.view.numpy() == view).all()
    assert done.logit == done.output.numpy().item() == forward(network, done.view).numpy().item()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_computes_in_the_views_dtype(dtype: str):
    """References are in float64, models in float32."""
    done = run_forward(make_network(1), make_view(1).astype(dtype))
    assert {each.dtype.name for each in done.values.values()} == {dtype}


def test_several_views_are_as_one_after_another():
    """Each view's values are its own."""
    network, views = make_network(2, "local"), [make_view(2), make_view(3)]
    together = run_forward(network, np.concatenate(views)).output.numpy().ravel()
    assert together == pytest.approx([run_forward(network, view).logit for view in views])
