"""DeepLIFT, the rescale rule: how the view differs from a reference, layer by layer.

Shrikumar et al., Learning Important Features Through Propagating Activation Differences, ICML 2017,
section 3.5.1. The parts' sum is the view's logit less the reference's. A local head's places stay
those of the view, in the reference, too.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from jobs.common.types import Array, Tensor
from jobs.explain.backward import send_back
from jobs.explain.forward import run_forward
from jobs.explain.method import Method
from jobs.explain.target import BLACK, ExplainedModel
from jobs.explain.transpose import transpose
from jobs.model import tf_runtime
from jobs.model.graph import INPUT, Convolution, Node, Pooling
from jobs.model.tensorflow_extractor import apply


def rescale_rule(
    node: Node, inputs: Sequence[Tensor], output: Tensor, multiplier: Tensor
) -> Sequence[Tensor]:
    """What of the output's difference each input's difference of 1 brings.

    Args:
        inputs: of two: the view, and the reference.
        output: the same.
        multiplier: of the one output, (1, h, w, c).
    """
    operation = node.operation
    if isinstance(operation, Pooling):
        return [_through_pooling(node, inputs[0], output, multiplier)]
    if isinstance(operation, Convolution) and operation.relu:
        multiplier = multiplier * _slope(node, inputs, output)
    return transpose(node, [each[:1] for each in inputs], output[:1], multiplier)


def explain(target: ExplainedModel, view: Array, reference: Array | None = None) -> Array:
    """Each pixel's part of what the logit differs by.

    Args:
        reference: what the view is compared with, of its shape; None is black.
    """
    tf = tf_runtime.start()
    other = np.full_like(view, BLACK) if reference is None else reference
    forward = run_forward(target.network, np.concatenate([view, other]))
    has = send_back(forward, tf.ones_like(forward.output[:1]), rescale_rule)
    return (has[INPUT].numpy() * (view - other))[0, ..., 0]


def _slope(node: Node, inputs: Sequence[Tensor], output: Tensor) -> Tensor:
    """A ReLU's output difference over its input's, in [0, 1]; of no difference, the gradient."""
    tf = tf_runtime.start()
    assert isinstance(node.operation, Convolution)
    linear = apply(replace(node, operation=replace(node.operation, relu=False)), inputs)
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
