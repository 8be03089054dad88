"""A local head's own map."""

import numpy as np
import pytest

from jobs.explain.forward import run_forward
from jobs.explain.location_map import METHOD
from jobs.explain.places import place_grids, spread
from jobs.explain.target import ExplainedModel
from jobs.model.graph import Highest
from tests.jobs.explain.networks import SIZE, make_network, make_view


def test_each_place_has_the_members_mean_logit():
    """At its centre; outside of the breast nothing is higher than inside."""
    target, view = ExplainedModel(make_network(4, "local")), make_view(4).astype(np.float32)
    forward = run_forward(target.network, view.astype(float))
    logits = forward.values["member_logits"].numpy()[0].mean(axis=-1)
    node = next(n for n in target.network if isinstance(n.operation, Highest))
    logits = np.where(node.operation.places, logits, logits[node.operation.places].min())
    expected = spread(logits, place_grids(target.base, SIZE)["mixed"], SIZE)
    assert METHOD.explain(target, view) == pytest.approx(expected, abs=1e-4)


def test_other_heads_have_none():
    """It is not computed for them."""
    assert not METHOD.applies(ExplainedModel(make_network(4)))
    assert METHOD.applies(ExplainedModel(make_network(4, "local")))
