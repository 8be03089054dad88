"""DeepLIFT, the rescale rule: how the view differs from a reference, layer by layer.

Shrikumar et al., Learning Important Features Through Propagating Activation Differences, ICML 2017,
section 3.5.1. The parts' sum is the view's logit less the reference's. A local head's places stay
those of the view, in the reference, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from jobs.common.types import Array, Tensor
from jobs.explain.backward import Rule, send_back
from jobs.explain.forward import Forward
from jobs.explain.method import Method
from jobs.explain.target import BLACK, ExplainedModel
from jobs.explain.transpose import transpose
from jobs.model import tf_runtime
from jobs.model.graph import INPUT, Convolution, Network, Node, Pooling, compute
from jobs.model.tensorflow_extractor import apply


def rescale(linear: Mapping[str, Tensor]) -> Rule:
    """The rule: what of the output's difference each input's difference of 1 brings.

    Its inputs and outputs are of two, the view and the reference; what is sent back is of one.

    Args:
        linear: what each ReLU was given, by its node's name, as `run_both` has it.
    """

    def rule(
        node: Node, inputs: Sequence[Tensor], output: Tensor, multiplier: Tensor
    ) -> Sequence[Tensor]:
        if isinstance(node.operation, Pooling):
            return [_through_pooling(node, inputs[0], output, multiplier)]
        if node.name in linear:
            multiplier = multiplier * _slope(linear[node.name], output)
        return transpose(node, [each[:1] for each in inputs], output[:1], multiplier)

    return rule


def run_both(network: Network, views: Array) -> tuple[Forward, dict[str, Tensor]]:
    """What every node makes of a view and its reference, and what its ReLU was given.

    Args:
        views: (2, rows, columns, 1).

    Returns:
        the second by the names of the nodes that have a ReLU.
    """
    tf = tf_runtime.start()
    linear: dict[str, Tensor] = {}

    def apply_noting(node: Node, inputs: Sequence[Tensor]) -> Tensor:
        operation = node.operation
        if not isinstance(operation, Convolution) or not operation.relu:
            return apply(node, inputs)
        sums = apply(replace(node, operation=replace(operation, relu=False)), inputs)
        linear[node.name] = sums
        return tf.nn.relu(sums)

    return Forward(network, compute(network, tf.constant(views), apply_noting)), linear


def explain(target: ExplainedModel, view: Array, reference: Array | None = None) -> Array:
    """Each pixel's part of what the logit differs by.

    Args:
        reference: what the view is compared with, of its shape; None is black.
    """
    tf = tf_runtime.start()
    other = np.full_like(view, BLACK) if reference is None else reference
    forward, linear = run_both(target.network, np.concatenate([view, other]))
    has = send_back(forward, tf.ones_like(forward.output[:1]), rescale(linear))
    return (has[INPUT].numpy() * (view - other))[0, ..., 0]


def _slope(linear: Tensor, output: Tensor) -> Tensor:
    """A ReLU's output difference over its input's, in [0, 1]; of no difference, the gradient."""
    tf = tf_runtime.start()
    before, after = linear[:1] - linear[1:], output[:1] - output[1:]
    gradient = tf.cast(output[:1] > 0, output.dtype)
    return tf.where(before == 0, gradient, tf.math.divide_no_nan(after, before))


def _through_pooling(node: Node, value: Tensor, output: Tensor, multiplier: Tensor) -> Tensor:
    """A rise comes from the view's largest value, a fall from the reference's.

    The one has risen by at least as much, and the other has fallen so: no multiplier grows.
    """
    tf = tf_runtime.start()
    difference = output[:1] - output[1:]
    (rise,) = transpose(node, [value[:1]], output[:1], multiplier * tf.nn.relu(difference))
    (fall,) = transpose(node, [value[1:]], output[1:], multiplier * tf.nn.relu(-difference))
    return tf.math.divide_no_nan(rise - fall, value[:1] - value[1:])


METHOD = Method(
    name="deeplift",
    title="DeepLIFT (rescale)",
    source="Shrikumar et al., ICML 2017",
    signed=True,
    compute=explain,
)
