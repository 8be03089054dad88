"""Units: a channel's values, and where it is strongest."""

import numpy as np

from jobs.explain.forward import run_forward
from jobs.explain.units import Unit, unit_map, unit_relevance
from tests.jobs.explain.networks import make_network, make_view


def test_a_units_relevance_is_its_highest_value():
    """At that place and of that channel alone."""
    forward = run_forward(make_network(1), make_view(1))
    unit = Unit("mixed", 2)
    values = unit_map(forward, unit)
    assert (values == forward.values["mixed"].numpy()[0, ..., 2]).all()
    kept = unit_relevance(forward, unit).numpy()
    assert np.count_nonzero(kept) == 1
    assert kept[..., 2].max() == values.max()
