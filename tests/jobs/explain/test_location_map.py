"""A local head's own map."""

from dataclasses import replace

import numpy as np
import pytest

from jobs.explain.checks.pointing import energy_outside
from jobs.explain.forward import run_forward
from jobs.explain.location_map import METHOD
from jobs.explain.places import place_grids, spread
from jobs.explain.target import ExplainedModel
from jobs.model.graph import Highest
from jobs.model.trained import sigmoid
from tests.jobs.explain.networks import SIZE, make_network, make_view


def test_each_place_has_the_members_probability():
    """Of their mean logit, at its centre; outside of the breast there is none."""
    target, view = ExplainedModel(make_network(4, "local")), make_view(4).astype(np.float32)
    forward = run_forward(target.network, view.astype(float))
    logits = forward.values["member_logits"].numpy()[0].mean(axis=-1)
    node = next(n for n in target.network if isinstance(n.operation, Highest))
    expected = np.where(node.operation.places, sigmoid(logits), 0)
    expected = spread(expected, place_grids(target.base, SIZE)["mixed"], SIZE)
    assert METHOD.explain(target, view) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("shift", [-8, 8])
def test_nothing_is_drawn_where_no_score_is_read_from(shift: float):
    """Places outside the breast draw nothing, whether the model says healthy or sick."""
    network = make_network(4, "local")
    inside = np.zeros((4, 4), bool)
    inside[:, :2] = True
    shifted = tuple(
        replace(node, operation=Highest(inside, 1))
        if isinstance(node.operation, Highest)
        else replace(node, operation=replace(node.operation, bias=node.operation.bias + shift))
        if node.name == "member_logits"
        else node
        for node in network
    )
    found = METHOD.explain(ExplainedModel(shifted), make_view(4).astype(np.float32))
    assert not found[:, 6:].any()
    assert energy_outside(found, np.arange(9) < np.full((8, 1), 5)) < 0.15


def test_other_heads_have_none():
    """It is not computed for them."""
    assert not METHOD.applies(ExplainedModel(make_network(4)))
    assert METHOD.applies(ExplainedModel(make_network(4, "local")))
