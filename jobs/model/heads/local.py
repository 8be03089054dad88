"""A head that keeps locality: a small network at each place, and the mean of the highest logits.

Each place of the base's output inside the breast gets a logit of its own: 1 x 1 convolutions with
one hidden layer, or, which is the same, a small network on the place's channels. The score of an
image is the mean of its highest logits, a form of multiple-instance learning (Zhu et al., Deep
multi-instance networks with sparse label assignment, MICCAI 2017). Several members, networks of
other initial weights, are trained as one batch of products.

The places of a batch come as rows, one image after another, as only those inside the breast are
stored; `lengths` says how many rows an image has.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jobs.common.types import Array, Tensor
from jobs.config.sections import HeadConfig
from jobs.model import tf_runtime
from jobs.model.graph import INPUT, Convolution, Network, Node
from jobs.model.tf_runtime import Model

_OUTSIDE = -1e9  # the logit of a place that is not there: it is never among the highest


def build_local_head(config: HeadConfig, channels: int, seeds: Sequence[int]) -> Model:
    """The members' networks at one place: (places, channels) float32 -> (places, members) float32.

    Args:
        channels: of the base's output.
        seeds: of each member's initial weights (Glorot uniform), which do not depend on the others.
    """
    keras = tf_runtime.start().keras
    members, hidden = len(seeds), config.hidden
    places = keras.Input((channels,), name="places")
    outputs = keras.layers.EinsumDense(
        "pc,mch->pmh", (members, hidden), bias_axes="mh", activation="relu", name="hidden"
    )(places)
    logits = keras.layers.EinsumDense("pmh,mh->pm", (members,), bias_axes="m", name="logits")
    head = keras.Model(places, logits(outputs), name="head")
    for layer, shape in (("hidden", (channels, hidden)), ("logits", (hidden, 1))):
        kernels = [_glorot(shape, seed) for seed in seeds]
        kernel = head.get_layer(layer).kernel
        kernel.assign(np.stack(kernels).reshape(kernel.shape))
    return head


def place_logits(head: Model, places: Tensor, mask: Tensor | None = None) -> Tensor:
    """Every member's logit at every place: (places, members).

    Args:
        places: (places, channels) float32.
        mask: (members, channels, 1), which the hidden layer's kernel is multiplied with.
    """
    tf = tf_runtime.start()
    kernel, bias = _hidden(head, mask)
    members, channels, hidden = kernel.shape
    flat = tf.reshape(tf.transpose(kernel, (1, 0, 2)), (channels, members * hidden))
    units = tf.nn.relu(places @ flat + tf.reshape(bias, (-1,)))
    logits = head.get_layer("logits")
    units = tf.reshape(units, (-1, members, hidden))
    return tf.reduce_sum(units * logits.kernel, axis=-1) + logits.bias


def member_logits(head: Model, places: Tensor, mask: Tensor | None = None) -> Tensor:
    """Each member's logits at its own places: (members, n) of (members, n, channels) float32."""
    tf = tf_runtime.start()
    kernel, bias = _hidden(head, mask)
    units = tf.nn.relu(places @ kernel + bias[:, None])
    logits = head.get_layer("logits")
    return tf.reduce_sum(units * logits.kernel[:, None], axis=-1) + logits.bias[:, None]


def channel_mask(head: Model, dropout: float, seed: int, step: Tensor) -> Tensor | None:
    """Which channels each member reads in a training step, and by how much they are raised.

    The mask lies on the kernel, not on the places: all places of a batch leave out the same
    channels. It is a function of (seed, step) alone.

    Returns:
        (members, channels, 1) float32; None without dropout.
    """
    if not dropout:
        return None
    tf = tf_runtime.start()
    members, channels, _ = head.get_layer("hidden").kernel.shape
    key = tf.stack([tf.constant(seed, tf.int32), tf.cast(step, tf.int32)])
    kept = tf.random.stateless_uniform((members, channels, 1), key) >= dropout
    return tf.cast(kept, tf.float32) / (1 - dropout)


class HighestPlaces(NamedTuple):
    """The places with the highest logits, for each image and member.

    Attributes:
        rows: (n, members, most) int32: their rows, all of the image's own.
        logits: (n, members, most) float32.
        share: (n, 1, most) float32: each one's share in the image's score; 0 where there are fewer.
    """

    rows: Tensor
    logits: Tensor
    share: Tensor


def highest_places(logits: Tensor, lengths: Tensor, top: float) -> HighestPlaces:
    """The share `top` of each image's places, at least one, with the highest logits.

    Args:
        logits: (rows, members) float32.
        lengths: (n,) int32: how many rows each image has, at least one.
    """
    tf = tf_runtime.start()
    first = tf.cumsum(lengths, exclusive=True)
    place = tf.range(tf.reduce_max(lengths))
    there = place < lengths[:, None]
    rows = first[:, None] + tf.where(there, place, 0)
    padded = tf.where(there[..., None], tf.gather(logits, rows), _OUTSIDE)
    count = tf.cast(tf.round(top * tf.cast(lengths, tf.float32)), tf.int32)
    count = tf.maximum(count, 1)
    most = tf.reduce_max(count)
    highest, chosen = tf.math.top_k(tf.transpose(padded, (0, 2, 1)), most)
    chosen = tf.minimum(chosen, lengths[:, None, None] - 1)  # the last one's rows end there
    share = tf.cast(tf.range(most) < count[:, None], tf.float32)
    share /= tf.cast(count, tf.float32)[:, None]
    return HighestPlaces(first[:, None, None] + chosen, highest, share[:, None])


def image_logits(logits: Tensor, lengths: Tensor, top: float) -> Tensor:
    """Each member's score of each image: (n, members); arguments as `highest_places`."""
    tf = tf_runtime.start()
    highest = highest_places(logits, lengths, top)
    return tf.reduce_sum(highest.logits * highest.share, axis=-1)


def local_network(head: Model) -> Network:
    """The head as plain operations: features (n, h, w, channels) -> logits (n, h, w, 1).

    The logit of a place is the mean of the members'.
    """
    hidden, logits = head.get_layer("hidden"), head.get_layer("logits")
    members, channels, units = hidden.kernel.shape
    kernel = hidden.kernel.numpy().transpose(1, 0, 2).reshape(1, 1, channels, members * units)
    mean = logits.kernel.numpy().reshape(1, 1, members * units, 1) / members
    bias = logits.bias.numpy().mean(keepdims=True)
    return (
        Node("head_hidden", (INPUT,), Convolution(kernel, hidden.bias.numpy().ravel())),
        Node("place_logits", ("head_hidden",), Convolution(mean, bias, relu=False)),
    )


def member_network(head: Model) -> Network:
    """As `local_network`, but with each member's logits: (n, h, w, members)."""
    hidden, _ = local_network(head)
    logits = head.get_layer("logits")
    members, units = logits.kernel.shape
    kernel = np.zeros((1, 1, members, units, members), np.float32)
    for member, weights in enumerate(logits.kernel.numpy()):
        kernel[0, 0, member, :, member] = weights
    kernel = kernel.reshape(1, 1, members * units, members)
    convolution = Convolution(kernel, logits.bias.numpy(), relu=False)
    return hidden, Node("member_logits", (hidden.name,), convolution)


def _hidden(head: Model, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    layer = head.get_layer("hidden")
    return (layer.kernel if mask is None else layer.kernel * mask), layer.bias


def _glorot(shape: tuple[int, int], seed: int) -> Array:
    """Glorot and Bengio, AISTATS 2010: uniform, as wide as the sum of both sides allows."""
    keras = tf_runtime.start().keras
    return np.array(keras.initializers.GlorotUniform(seed)(shape))
