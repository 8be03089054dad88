"""A network's logits, features and gradients as TensorFlow functions, traced once for all views."""

import functools
from collections.abc import Callable
from dataclasses import replace

from jobs.common.types import Tensor
from jobs.explain.backward import gradient_rule, send_back
from jobs.explain.forward import run_forward
from jobs.model import tf_runtime
from jobs.model.graph import INPUT, Highest, Network
from jobs.model.tensorflow_extractor import forward


class CompiledNetwork:
    """What is often computed of a network, whatever the views' size and a local head's places."""

    def __init__(self, network: Network, base: Network) -> None:
        """`base` are the network's nodes up to what its head reads."""
        self._network, self._base = network, base

    @functools.cached_property
    def logits(self) -> Callable[..., Tensor]:
        """(views, places, count) -> (n,) float32."""

        def logits(views: Tensor, places: Tensor, count: Tensor) -> Tensor:
            return forward(self._at(places, count), views)[:, 0, 0, 0]

        return _function(logits)

    @functools.cached_property
    def gradient(self) -> Callable[..., Tensor]:
        """(views, places, count) -> of the views' shape."""

        def gradient(views: Tensor, places: Tensor, count: Tensor) -> Tensor:
            done = run_forward(self._at(places, count), views)
            ones = tf_runtime.start().ones_like(done.output)
            return send_back(done, ones, gradient_rule)[INPUT]

        return _function(gradient)

    @functools.cached_property
    def features(self) -> Callable[..., Tensor]:
        """(views, places, count) -> (n, h, w, channels); places and count are not used."""

        def features(views: Tensor, places: Tensor, count: Tensor) -> Tensor:
            return forward(self._base, views)

        return _function(features)

    def _at(self, places: Tensor, count: Tensor) -> Network:
        """The network whose head's places are tensors, as they are each image's own."""
        return replace_places(self._network, places, count)


def replace_places(network: Network, places: Tensor, count: Tensor) -> Network:
    """The network with other places of `Highest`, if it has that."""
    operation = Highest(places, count)
    return tuple(
        replace(node, operation=operation) if isinstance(node.operation, Highest) else node
        for node in network
    )


def _function(compute: Callable[..., Tensor]) -> Callable[..., Tensor]:
    tf = tf_runtime.start()
    signature = [
        tf.TensorSpec((None, None, None, 1), tf.float32),
        tf.TensorSpec((None, None), tf.bool),
        tf.TensorSpec((), tf.int32),
    ]
    return tf.function(compute, input_signature=signature, autograph=False)
