"""From a network's output, or any node, back to its input: a rule for each operation.

A method that sends something back is its rule, and no copy of the network.
"""

from collections.abc import Callable, Sequence

from jobs.common.types import Tensor
from jobs.explain.forward import Forward
from jobs.explain.transpose import transpose
from jobs.model import tf_runtime
from jobs.model.graph import Convolution, Node, output_name

Rule = Callable[[Node, Sequence[Tensor], Tensor, Tensor], Sequence[Tensor]]
"""What each input of a node gets: of (node, its inputs, its output, what its output has)."""


def send_back(
    forward: Forward, relevance: Tensor, rule: Rule, start: str | None = None
) -> dict[str, Tensor]:
    """Sends back from a node what it has, through all nodes that it comes from.

    What several readers send to a node is added.

    Args:
        relevance: what `start` has, of its output's shape and dtype.
        rule: what a node's inputs get of it.
        start: the node's name; None is the network's output.

    Returns:
        By the names of `start`, of all nodes that it comes from, and of the input "": what each
        has, of its output's shape. A node that `start` does not read is not there.
    """
    start = output_name(forward.network) if start is None else start
    has = {start: relevance}
    for node in reversed(forward.network):
        if node.name not in has:
            continue
        inputs = [forward.values[name] for name in node.inputs]
        shares = rule(node, inputs, forward.values[node.name], has[node.name])
        for name, share in zip(node.inputs, shares, strict=True):
            has[name] = has[name] + share if name in has else share
    return has


def gradient_rule(
    node: Node, inputs: Sequence[Tensor], output: Tensor, relevance: Tensor
) -> Sequence[Tensor]:
    """The gradient: a ReLU stops what comes to a value that is not above 0."""
    return transpose(node, inputs, output, stop_at_relu(node, output, relevance))


def stop_at_relu(node: Node, output: Tensor, relevance: Tensor) -> Tensor:
    """What passes a node's ReLU, if it has one, backwards as the gradient does."""
    tf = tf_runtime.start()
    if isinstance(node.operation, Convolution) and node.operation.relu:
        return tf.where(output > 0, relevance, tf.zeros_like(relevance))
    return relevance
