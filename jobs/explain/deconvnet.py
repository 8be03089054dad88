"""Deconvnet: what flows back passes max-pools by their switches, and a ReLU at each ReLU.

Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014, section 2.1.
"""

from collections.abc import Sequence

from jobs.common.types import Array, Tensor
from jobs.explain.backward import send_back
from jobs.explain.method import Method
from jobs.explain.target import ExplainedModel
from jobs.explain.transpose import transpose
from jobs.explain.units import Unit, unit_relevance
from jobs.model import tf_runtime
from jobs.model.graph import Convolution, Node


def deconvnet_rule(
    node: Node, inputs: Sequence[Tensor], output: Tensor, relevance: Tensor
) -> Sequence[Tensor]:
    """Where the forward pass has a ReLU, what flows back is rectified, whatever came forwards."""
    tf = tf_runtime.start()
    if isinstance(node.operation, Convolution) and node.operation.relu:
        relevance = tf.nn.relu(relevance)
    return transpose(node, inputs, output, relevance)


def explain(target: ExplainedModel, view: Array, unit: Unit | None = None) -> Array:
    """What of a view excites the logit, or one unit at the place where it is strongest.

    Args:
        unit: a channel of any node; None is the logit.
    """
    tf = tf_runtime.start()
    forward = target.forward(view)
    if unit is None:
        has = send_back(forward, tf.ones_like(forward.output), deconvnet_rule)
    else:
        has = send_back(forward, unit_relevance(forward, unit), deconvnet_rule, unit.node)
    return has[""].numpy()[0, ..., 0]


METHOD = Method(
    name="deconvnet",
    title="Deconvnet",
    source="Zeiler and Fergus, ECCV 2014",
    signed=True,
    compute=explain,
)
