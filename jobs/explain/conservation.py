"""Whether relevance is conserved, layer by layer, and how much of it biases keep.

Without biases a conserving rule hands on all that a layer has received. With them it cannot: what a
bias added to a layer's output comes from no input. Deep Taylor has the inputs share it all the
same, LRP does not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from jobs.common.types import Array
from jobs.explain import deep_taylor, lrp
from jobs.explain.forward import run_forward
from jobs.explain.relevance import Account, Rules, decompose
from jobs.explain.request import Value
from jobs.explain.target import ExplainedModel
from jobs.model.graph import Convolution, Network, Node

RULES: Mapping[str, Callable[[Mapping[str, Value]], Rules]] = {
    "deep_taylor": lambda options: deep_taylor.RULES,
    "lrp": lrp.rules_of,
}
"""By the methods' names: the rules with some of the method's options."""

TOLERANCE = 1e-5
"""What a layer without biases may lose or add, as a share of the relevance that it has received."""


@dataclass(frozen=True)
class Conservation:
    """What became of one view's logit.

    Attributes:
        error: what a layer loses or adds at most, in the same network with all its biases 0, as a
            share of what it has received, added up whatever its sign.
        arrived: the sum of the view's relevance as a share of the logit, in the network as it is.
        kept: by layer, the share of the logit that stayed with it, the last layer's first; what
            the biases had subtracted is below 0. With `arrived` they sum to 1.
    """

    error: float
    arrived: float
    kept: Mapping[str, float]

    @property
    def holds(self) -> bool:
        """Whether each layer conserves, but for its biases."""
        return self.error <= TOLERANCE


def measure_conservation(target: ExplainedModel, view: Array, rules: Rules) -> Conservation:
    """Decomposes the logit of a view, with all biases and without any.

    Args:
        view: (1, rows, columns, 1) float32.
        rules: of a method, such as RULES gives.
    """
    bare = decompose(run_forward(without_biases(target.network), view), rules)
    found = decompose(run_forward(target.network, view), rules)
    logit = found.accounts[0].received
    kept = {each.node: _kept(each) / logit for each in found.accounts}
    return Conservation(_error(bare.accounts), 1 - sum(kept.values()), kept)


def without_biases(network: Network) -> Network:
    """The network with all its biases 0."""
    return tuple(_without_bias(node) for node in network)


def _without_bias(node: Node) -> Node:
    if not isinstance(node.operation, Convolution):
        return node
    return replace(node, operation=replace(node.operation, bias=0 * node.operation.bias))


def _error(accounts: Sequence[Account]) -> float:
    return max(abs(_kept(each)) / each.size for each in accounts if each.size)


def _kept(account: Account) -> float:
    return account.received - account.sent
