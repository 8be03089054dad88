"""Integrated gradients: gradient x input, averaged on the way from a black view to the view.

Sundararajan et al., Axiomatic Attribution for Deep Networks, ICML 2017. The parts' sum is the
view's logit less the black view's, but for the finite number of steps.
"""

import numpy as np

from jobs.common.types import Array
from jobs.explain.method import Method
from jobs.explain.target import BLACK, ExplainedModel


def explain(
    target: ExplainedModel, view: Array, steps: int = 8, reference: Array | None = None
) -> Array:
    """Each pixel's part. The memory does not depend on the steps, which are taken one by one.

    Args:
        steps: at how many points of the way the gradient is taken, each in the middle of its share.
        reference: where the way begins, of the view's shape; None is black.
    """
    start = np.full_like(view, BLACK) if reference is None else reference
    total = np.zeros_like(view)
    for step in range(steps):
        share = np.float32((step + 0.5) / steps)
        total += target.gradient(start + share * (view - start))
    return (total / steps * (view - start))[0, ..., 0]


METHOD = Method(
    name="integrated_gradients",
    title="Integrated gradients",
    source="Sundararajan et al., ICML 2017",
    signed=True,
    compute=explain,
)
