"""A logit, shared layer by layer among what it comes from, with what each layer kept.

The linear layers at a network's end are one: the logit is a weighted sum of the last values that a
ReLU or a pooling has made. A local head's choice of places counts as made, as a max pooling's is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from jobs.common.types import Tensor
from jobs.explain.backward import Rule, send_back
from jobs.explain.forward import Forward
from jobs.explain.lrp_rules import LinearPart, LinearRule
from jobs.explain.transpose import transpose
from jobs.model import tf_runtime
from jobs.model.graph import (
    INPUT,
    Concatenation,
    Convolution,
    Highest,
    Mean,
    Node,
    Pooling,
    output_name,
)

Towards = Literal["decision", "sick", "healthy"]
"""What is explained: sick, healthy, or what the logit's sign says."""

HeadRule = Callable[[Tensor, float, float], Tensor]
"""(contributions to the logit, what else adds to it, its size) -> each contributor's relevance."""


@dataclass(frozen=True)
class Account:
    """What a layer received and what it sent on; the rest stayed with its biases.

    Attributes:
        node: the layer's name.
        received: the sum of its output's relevance.
        sent: the sum of what its inputs got.
        size: the sum of its output's relevance, whatever its sign.
    """

    node: str
    received: float
    sent: float
    size: float


@dataclass(frozen=True)
class Decomposition:
    """The relevance of every node, and each layer's account, the last layer's first.

    Attributes:
        sign: 1 if sick is explained, -1 if healthy.
        relevance: by the names of the nodes and of the input, of their outputs' shapes.
        accounts: of all layers that have received any.
    """

    sign: int
    relevance: Mapping[str, Tensor]
    accounts: Sequence[Account]

    @property
    def on_view(self) -> Tensor:
        """The input's relevance: (n, rows, columns, channels)."""
        return self.relevance[INPUT]


@dataclass(frozen=True)
class Rules:
    """Which rule is whose.

    Attributes:
        head: of the linear layers at the network's end.
        hidden: of the convolutions between.
        first: of the convolutions that read the view.
        biases: whether biases keep their share. Otherwise the inputs share all.
    """

    head: HeadRule
    hidden: LinearRule
    first: LinearRule
    biases: bool

    def linear(self, node: Node) -> LinearRule:
        """A convolution's."""
        return self.first if INPUT in node.inputs else self.hidden


def decompose(forward: Forward, rules: Rules, towards: Towards = "decision") -> Decomposition:
    """Shares the logit's size among all nodes and the view's pixels.

    Args:
        forward: of one view through a whole model.
        towards: whose side is taken: the weights of the head are those of the logit of sick, or
            the same with their signs changed.
    """
    logit = forward.logit
    sign = {"sick": 1, "healthy": -1}.get(towards, 1 if logit >= 0 else -1)
    name, weights = read_out(forward)
    contributions = sign * forward.values[name] * weights
    rest = sign * logit - _sum(contributions)
    relevance = rules.head(contributions, rest if rules.biases else 0.0, abs(logit))
    size = _sum(tf_runtime.start().abs(contributions))
    accounts = [Account(output_name(forward.network), abs(logit), _sum(relevance), size)]
    rule = _recorded(relevance_rule(rules), accounts)
    return Decomposition(sign, send_back(forward, relevance, rule, name), accounts)


def read_out(forward: Forward) -> tuple[str, Tensor]:
    """What the linear layers at the end read: the node's name, and its weights in the logit.

    The weights are (n, h, w, c), of the node's output's shape.
    """
    tf = tf_runtime.start()
    weights, name = tf.ones_like(forward.output), output_name(forward.network)
    for node in reversed(forward.network):
        if not _is_linear(node):
            break
        (name,) = node.inputs
        inputs, output = [forward.values[name]], forward.values[node.name]
        (weights,) = transpose(node, inputs, output, weights)
    return name, weights


def relevance_rule(rules: Rules) -> Rule:
    """The rule of every operation.

    A pooling gives all to the largest value, a mean shares in proportion to the values, and a
    concatenation takes apart.
    """

    def rule(
        node: Node, inputs: Sequence[Tensor], output: Tensor, relevance: Tensor
    ) -> Sequence[Tensor]:
        tf = tf_runtime.start()
        operation = node.operation
        if isinstance(operation, Pooling | Concatenation):
            return transpose(node, inputs, output, relevance)
        if isinstance(operation, Mean | Highest):
            each = tf.math.divide_no_nan(relevance, output)
            return [inputs[0] * transpose(node, inputs, output, each)[0]]
        layer = LinearPart.of(operation, inputs[0].dtype.name, biases=rules.biases)
        return [rules.linear(node)(layer, inputs[0], relevance)]

    return rule


def share_what_adds(contributions: Tensor, rest: float, size: float) -> Tensor:
    """z+ at the head: what adds to the logit shares its size, with `rest` if that adds."""
    tf = tf_runtime.start()
    added = tf.nn.relu(contributions)
    return tf.math.divide_no_nan(size * added, tf.reduce_sum(added) + max(rest, 0.0))


def keep_contributions(contributions: Tensor, rest: float, size: float) -> Tensor:
    """LRP-0 at the head: each has what it contributes, and the bias keeps `rest`."""
    return contributions


def _is_linear(node: Node) -> bool:
    operation = node.operation
    if isinstance(operation, Convolution):
        return not operation.relu
    return isinstance(operation, Mean | Highest)


def _recorded(rule: Rule, accounts: list[Account]) -> Rule:
    """The rule, which also notes each layer's account."""

    def recorded(
        node: Node, inputs: Sequence[Tensor], output: Tensor, relevance: Tensor
    ) -> Sequence[Tensor]:
        shares = rule(node, inputs, output, relevance)
        sent, size = sum(_sum(each) for each in shares), _sum(tf_runtime.start().abs(relevance))
        accounts.append(Account(node.name, _sum(relevance), sent, size))
        return shares

    return recorded


def _sum(value: Tensor) -> float:
    tf = tf_runtime.start()
    return float(tf.reduce_sum(tf.cast(value, "float64")))
