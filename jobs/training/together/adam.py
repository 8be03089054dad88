"""Adam with a rate and a decay of its own for each head, as Keras's Adam for one.

Kingma and Ba, ICLR 2015, algorithm 1 in its second form; weight decay as Loshchilov and Hutter,
ICLR 2019: decoupled from the gradient.
"""

from collections.abc import Sequence

from jobs.common.types import Tensor
from jobs.model import tf_runtime

_FIRST, _SECOND, _EPSILON = 0.9, 0.999, 1e-7  # Keras's

State = tuple[tuple[Tensor, ...], tuple[Tensor, ...], tuple[Tensor, ...]]
"""The weights, and the means of their gradients and of these squared; the heads are first axes."""


def adam(
    state: State, gradients: Sequence[Tensor], step: Tensor, rate: Tensor, decay: Tensor
) -> State:
    """The state after one step.

    Args:
        step: () int32, from 1.
        rate: (M,) float32: each head's learning rate.
        decay: (M,) float32.
    """
    tf = tf_runtime.start()
    count = tf.cast(step, tf.float32)
    scale = rate * tf.sqrt(1 - _SECOND**count) / (1 - _FIRST**count)
    weights, firsts, seconds = [], [], []
    for weight, first, second, gradient in zip(*state, gradients, strict=True):
        shape = (-1, *(1,) * (len(weight.shape) - 1))
        firsts.append(first + (gradient - first) * (1 - _FIRST))
        seconds.append(second + (tf.square(gradient) - second) * (1 - _SECOND))
        change = tf.reshape(scale, shape) * firsts[-1] / (tf.sqrt(seconds[-1]) + _EPSILON)
        weights.append(weight * (1 - tf.reshape(rate * decay, shape)) - change)
    return tuple(weights), tuple(firsts), tuple(seconds)
