"""One view through a network, with what every node made of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from jobs.common.types import Array, Tensor
from jobs.model import tf_runtime
from jobs.model.graph import INPUT, Network, compute, output_name
from jobs.model.tensorflow_extractor import apply


@dataclass(frozen=True)
class Forward:
    """What a network's nodes made of some views.

    Attributes:
        network: the network.
        values: each node's output by its name, (n, h, w, c); INPUT is the views themselves.
    """

    network: Network
    values: Mapping[str, Tensor]

    @property
    def view(self) -> Tensor:
        """The network's input, (n, rows, columns, channels)."""
        return self.values[INPUT]

    @property
    def output(self) -> Tensor:
        """The network's output: of a model (n, 1, 1, 1), the logits."""
        return self.values[output_name(self.network)]

    @property
    def logit(self) -> float:
        """The output of one view through a model."""
        return float(self.output.numpy().item())


def run_forward(network: Network, view: Array | Tensor) -> Forward:
    """Every node's output for some views, in their own dtype: float32 or float64.

    Args:
        view: (n, rows, columns, channels), usually one.

    Examples:
        >>> import numpy as np
        >>> from jobs.model.graph import Mean, Node
        >>> run_forward((Node("mean", ("",), Mean()),), np.full((1, 2, 2, 1), 3.0)).logit
        3.0
    """
    tf = tf_runtime.start()
    return Forward(network, compute(network, tf.convert_to_tensor(view), apply))
