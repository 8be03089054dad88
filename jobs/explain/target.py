"""What is explained: the logit of one model on one view, as a network of plain operations."""

import functools
from dataclasses import dataclass

from jobs.common.types import Array, Bools, Tensor
from jobs.explain.backward import gradient_rule, send_back
from jobs.explain.forward import run_forward
from jobs.model import tf_runtime
from jobs.model.graph import INPUT, Highest, Mean, Network, split_after
from jobs.model.tensorflow_extractor import forward
from jobs.model.trained import TrainedModel

BLACK = -1.0
"""A black pixel of a view."""

HEAD = ("head_convolution", "head_hidden")
"""The first node of a head, of one kind or another."""


@dataclass(frozen=True)
class ExplainedModel:
    """A model as a network whose output is the logit of sick, (n, 1, 1, 1).

    Attributes:
        network: of views (n, rows, columns, 1) float32 in [-1, 1], where black is -1. A local
            head's has the places inside one image's breast, and is for views of that image alone.
    """

    network: Network

    @classmethod
    def of(cls, model: TrainedModel, breast: Bools | None = None) -> "ExplainedModel":
        """A trained model, in float32.

        Args:
            breast: (h, w) bool, for a local head alone: the places inside the breast.
        """
        return cls(model.network(breast))

    @property
    def local(self) -> bool:
        """Whether its head keeps locality: the logit is a mean of places' logits."""
        return any(isinstance(node.operation, Highest) for node in self.network)

    @property
    def features(self) -> str:
        """The name of the last node that has many places: the head, or an average, reads it."""
        ends = (n for n in self.network if n.name in HEAD or isinstance(n.operation, Mean))
        (name,) = next(ends).inputs
        return name

    @property
    def base(self) -> Network:
        """The nodes up to `features`: of each, a place sees a part of the view."""
        return split_after(self.network, self.features)[0]

    @property
    def head(self) -> Network:
        """The nodes after `features`, whose input is that node's output."""
        return split_after(self.network, self.features)[1]

    def logits(self, views: Array | Tensor) -> Array:
        """The logit of each view: (n,) float32."""
        return self._logits(tf_runtime.tensor(views)).numpy()

    def feature_maps(self, views: Array | Tensor) -> Array:
        """What `features` has of each view: (n, h, w, channels) float32."""
        return self._features(tf_runtime.tensor(views)).numpy()

    def gradient(self, view: Array | Tensor) -> Array:
        """The gradient of a view's logit by its pixels: (1, rows, columns, 1) float32."""
        return self._gradient(tf_runtime.tensor(view)).numpy()

    @functools.cached_property
    def _gradient(self) -> Tensor:
        # By the shapes of views: each has a trace of its own, with shapes that are known.
        return tf_runtime.start().function(self._trace_gradient, autograph=False)

    def _trace_gradient(self, view: Tensor) -> Tensor:
        tf = tf_runtime.start()
        forward = run_forward(self.network, view)
        return send_back(forward, tf.ones_like(forward.output), gradient_rule)[INPUT]

    @functools.cached_property
    def _features(self) -> Tensor:
        tf = tf_runtime.start()
        signature = [tf.TensorSpec((None, None, None, 1), tf.float32)]

        @tf.function(input_signature=signature, autograph=False)
        def features(views: Tensor) -> Tensor:
            return forward(self.base, views)

        return features

    @functools.cached_property
    def _logits(self) -> Tensor:
        tf = tf_runtime.start()
        signature = [tf.TensorSpec((None, None, None, 1), tf.float32)]

        @tf.function(input_signature=signature, autograph=False)
        def logits(views: Tensor) -> Tensor:
            return forward(self.network, views)[:, 0, 0, 0]

        return logits
