"""Gradient x input: how the logit would change, to first order, if each pixel became black.

Shrikumar et al., Not Just a Black Box, 2016 (arXiv 1605.01713). A pixel's value is counted from
black, which is -1 in a view: so a black pixel has no part in it.
"""

from jobs.common.types import Array
from jobs.explain.backward import gradient_rule, send_back
from jobs.explain.method import Method
from jobs.explain.target import BLACK, ExplainedModel
from jobs.model import tf_runtime
from jobs.model.graph import INPUT


def explain(target: ExplainedModel, view: Array) -> Array:
    """Each pixel's part."""
    forward = target.forward(view)
    has = send_back(forward, tf_runtime.start().ones_like(forward.output), gradient_rule)
    return (has[INPUT].numpy() * (view - BLACK))[0, ..., 0]


METHOD = Method(
    name="gradient_times_input",
    title="Gradient x input",
    source="Shrikumar et al., arXiv 1605.01713",
    signed=True,
    compute=explain,
)
