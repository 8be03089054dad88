"""Deep Taylor decomposition: what in a view adds to the logit, layer by layer.

Montavon et al., Explaining nonlinear classification decisions with deep Taylor decomposition,
Pattern Recognition 65, 2017: z+ in hidden layers, the z-box at the view, whose pixels are between
-1 and 1. Biases keep nothing. It decomposes a function that is not below 0: the logit of sick where
that is above 0, else its negative, that of healthy.
"""

from jobs.common.types import Array
from jobs.explain.lrp_rules import z_box, z_plus
from jobs.explain.method import Method
from jobs.explain.relevance import Rules, Towards, decompose, share_what_adds
from jobs.explain.target import ExplainedModel

RULES = Rules(share_what_adds, hidden=z_plus, first=z_box(), biases=False)


def explain(target: ExplainedModel, view: Array, towards: Towards = "decision") -> Array:
    """The view's relevance; above 0 for sick, below 0 for healthy, never both in one map.

    Args:
        towards: sick, healthy, or what the model decides.
    """
    found = decompose(target.forward(view), RULES, towards)
    return found.sign * found.on_view[0, ..., 0].numpy()


METHOD = Method(
    name="deep_taylor",
    title="Deep Taylor decomposition",
    source="Montavon et al., Pattern Recognition 65, 2017",
    signed=True,
    compute=explain,
)
