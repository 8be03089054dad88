"""The method as it is called: its map, and whom it speaks for."""

import numpy as np
import pytest

from jobs.explain.conservation import without_biases
from jobs.explain.deep_taylor import METHOD
from jobs.explain.target import ExplainedModel
from tests.jobs.explain.networks import make_network, make_view


@pytest.mark.parametrize("seed", range(6))
def test_its_map_sums_to_the_logit(seed: int):
    """With biases, too, as they keep nothing; above 0 for sick, below 0 for healthy."""
    target, view = ExplainedModel(make_network(seed)), make_view(seed)
    found = METHOD.explain(target, view)
    logit = target.logits(view.astype(np.float32)).item()
    assert found.shape == view.shape[1:3]
    assert found.sum() == pytest.approx(logit, rel=1e-4)
    assert (found * np.sign(logit)).min() >= 0


def test_it_can_be_asked_for_one_side():
    """For sick and for healthy, whatever the model decides."""
    target, view = ExplainedModel(without_biases(make_network(2))), make_view(2)
    sick, healthy = (METHOD.explain(target, view, towards=each) for each in ("sick", "healthy"))
    assert sick.min() >= 0 > healthy.min()
    assert healthy.max() <= 0
    decided = METHOD.explain(target, view)
    assert np.array_equal(decided, sick) or np.array_equal(decided, healthy)
