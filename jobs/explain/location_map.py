"""A local head's own location map: each place's logit, of which the highest make the image's.

It is no explanation of the network, but what the head itself adds up.
"""

import numpy as np

from jobs.common.types import Array
from jobs.explain.forward import run_forward
from jobs.explain.method import Method
from jobs.explain.places import place_grids, spread, view_size
from jobs.explain.target import ExplainedModel
from jobs.model.graph import Highest


def explain(target: ExplainedModel, view: Array) -> Array:
    """The members' mean logit at each place, spread over the view.

    Places outside the breast have the lowest logit of those inside, as they never count.
    """
    head = run_forward(target.head, target.feature_maps(view))
    (node,) = (node for node in head.network if isinstance(node.operation, Highest))
    assert isinstance(node.operation, Highest)
    logits = head.values[node.inputs[0]].numpy().mean(axis=-1)[0]
    inside = node.operation.places
    logits = np.where(inside, logits, logits[inside].min())
    size = view_size(view)
    return spread(logits, place_grids(target.base, size)[target.features], size)


METHOD = Method(
    name="location_map",
    title="Location map",
    source="the head's own",
    signed=True,
    compute=explain,
    local=True,
)
