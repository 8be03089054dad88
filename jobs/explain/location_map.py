"""A local head's own location map: the probability of sick at each place inside the breast.

It is no explanation of the network, but what the head itself adds up: the image's logit is the mean
of the highest places' logits. A place's probability is that of an image whose highest places are
all like it. So a place of no evidence is near 0, as what lies outside the breast is, which no score
is ever read from.
"""

import numpy as np

from jobs.common.types import Array
from jobs.explain.method import Method
from jobs.explain.places import place_grids, spread, view_size
from jobs.explain.target import ExplainedModel
from jobs.model.graph import Highest
from jobs.model.trained import sigmoid


def explain(target: ExplainedModel, view: Array) -> Array:
    """The probability of the members' mean logit at each place, spread over the view."""
    forward = target.forward(view)
    (node,) = (node for node in forward.network if isinstance(node.operation, Highest))
    assert isinstance(node.operation, Highest)
    logits = forward.values[node.inputs[0]].numpy().mean(axis=-1)[0]
    probabilities = np.where(node.operation.places, sigmoid(logits), 0)
    size = view_size(view)
    return spread(probabilities, place_grids(target.base, size)[target.features], size)


METHOD = Method(
    name="location_map",
    title="Location map",
    source="the head's own",
    signed=False,
    compute=explain,
    local=True,
)
