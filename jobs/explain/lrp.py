"""Layer-wise relevance propagation, with one rule for all convolutions between view and head.

Montavon et al., Layer-Wise Relevance Propagation: An Overview, 2019: LRP-0 at the linear layers at
the end, LRP-gamma in all convolutions before them, the z-box at the view. Its authors advise
LRP-epsilon in the middle, too, which is not done here. Biases keep their share.
"""

from collections.abc import Mapping
from typing import Any, Literal

from jobs.common.types import Array
from jobs.explain.lrp_rules import (
    LinearRule,
    alpha_beta,
    epsilon,
    flat,
    gamma,
    w_square,
    z_box,
    z_plus,
    zero,
)
from jobs.explain.method import Method
from jobs.explain.relevance import Rules, Towards, decompose, keep_contributions
from jobs.explain.request import Value
from jobs.explain.target import ExplainedModel

RuleName = Literal[
    "alpha2_beta1", "epsilon", "flat", "gamma", "w_square", "z_box", "z_plus", "zero"
]

RULES: dict[RuleName, LinearRule] = {
    "alpha2_beta1": alpha_beta(),
    "epsilon": epsilon(),
    "flat": flat,
    "gamma": gamma(),
    "w_square": w_square,
    "z_box": z_box(),
    "z_plus": z_plus,
    "zero": zero,
}
"""By their names, with the numbers that are usual."""


def explain(
    target: ExplainedModel,
    view: Array,
    towards: Towards = "decision",
    hidden: RuleName = "gamma",
    first: RuleName = "z_box",
) -> Array:
    """The view's relevance: above 0 what speaks for sick, below 0 what speaks for healthy.

    Args:
        towards: sick, healthy, or what the model decides.
        hidden: a name of RULES, for the convolutions between view and head.
        first: a name of RULES, for the convolutions that read the view.
    """
    found = decompose(target.forward(view), rules(hidden, first), towards)
    return found.sign * found.on_view[0, ..., 0].numpy()


def rules(hidden: RuleName = "gamma", first: RuleName = "z_box") -> Rules:
    """The rules by their names."""
    return Rules(keep_contributions, RULES[hidden], RULES[first], biases=True)


def rules_of(options: Mapping[str, Value]) -> Rules:
    """The rules that `explain` takes with these of its options."""
    names: dict[str, Any] = {key: options[key] for key in ("hidden", "first") if key in options}
    return rules(**names)


METHOD = Method(
    name="lrp",
    title="Layer-wise relevance propagation",
    source="Montavon et al., Layer-Wise Relevance Propagation: An Overview, 2019",
    signed=True,
    compute=explain,
)
