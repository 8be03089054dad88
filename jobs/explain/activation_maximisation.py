"""Activation maximisation: a picture that excites a unit, or the logit, as much as can be.

Mahendran and Vedaldi, Visualizing deep convolutional neural networks using natural pre-images, IJCV
2016: total variation, jitter, and values within their range. The picture is parameterised by its
spectrum (Olah et al., Feature Visualization, Distill 2017) or by its pixels. A frequency is scaled
by its inverse square root: by its inverse, as there, the slow frequencies saturate before the fast
ones have begun, and units of mixed4 and mixed7 reach 0.3 of their best on a dataset in place of
more than it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jobs.common.keyed_rng import rng
from jobs.common.types import Array, Tensor
from jobs.explain.units import Unit
from jobs.model import tf_runtime
from jobs.model.graph import Concatenation, Convolution, Network, Node, compute
from jobs.model.tensorflow_extractor import apply

LOGIT = Unit("logit", 0)


@dataclass(frozen=True)
class Settings:
    """How a picture is sought.

    Attributes:
        steps: of Adam.
        rate: the learning rate.
        variation: what the mean square of the differences between neighbours costs; the unit's
            best value on the dataset counts 1.
        jitter: by how many pixels the picture is shifted at each step, at most, either way.
        fourier: whether the spectrum is learnt, or the pixels.
    """

    steps: int = 128
    rate: float = 0.05
    variation: float = 2.0
    jitter: int = 8
    fourier: bool = True


@dataclass(frozen=True)
class Maximised:
    """What was found.

    Attributes:
        picture: (rows, columns) float32 in [-1, 1].
        value: the unit's highest value over its places, of that picture.
    """

    picture: Array
    value: float


def maximise(
    network: Network,
    unit: Unit,
    size: tuple[int, int],
    *,
    best: float,
    seed: int,
    settings: Settings = Settings(),
) -> Maximised:
    """The picture that excites a unit most.

    While it is sought, the unit's value in the middle of the picture counts, before its ReLU: a
    unit that nothing excites yet has no gradient after it.

    Args:
        network: of views; what comes after the unit's node is not used.
        unit: a channel of a node, or LOGIT.
        size: (rows, columns) of the picture.
        best: the unit's highest value on a dataset, above 0, as a measure of what is much.
        seed: of the first picture and of the jitter.
    """
    names = [node.name for node in network]
    used = network[: names.index(unit.node) + 1]
    objective = _objective(*before_relu(network, unit), size, best, settings)
    random = rng(seed, "maximise", str(unit))
    shape = (size[0], size[1] // 2 + 1, 2) if settings.fourier else (*size, 1)
    parameters = random.normal(0, 0.01, shape)
    first, second = np.zeros(shape), np.zeros(shape)
    for step in range(1, settings.steps + 1):
        shift = random.integers(-settings.jitter, settings.jitter, 2, endpoint=True)
        gradient = objective(parameters.astype(np.float32), shift.astype(np.int32)).numpy()
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        unbiased = first / (1 - 0.9**step), second / (1 - 0.999**step)
        parameters = parameters - settings.rate * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)
    tf = tf_runtime.start()
    picture = _picture(tf.constant(parameters, tf.float32), size, settings.fourier)
    value = compute(used, picture, apply)[unit.node].numpy()[..., unit.channel].max()
    return Maximised(picture.numpy()[0, ..., 0], float(value))


def before_relu(network: Network, unit: Unit) -> tuple[Network, Unit]:
    """The network up to a unit's convolution, which has no ReLU there, and the unit in it.

    Of a concatenation, that is the convolution which the unit's channel comes from. A unit that
    comes from a pooling stays as it is.
    """
    by_name = {node.name: node for node in network}
    channels = compute(network, 1, _channels)
    name, channel = unit
    while isinstance(by_name[name].operation, Concatenation):
        for source in by_name[name].inputs:
            if channel < channels[source]:
                name = source
                break
            channel -= channels[source]
    used = network[: [node.name for node in network].index(name) + 1]
    operation = used[-1].operation
    if isinstance(operation, Convolution):
        used = (*used[:-1], replace(used[-1], operation=replace(operation, relu=False)))
    return used, Unit(name, channel)


def _channels(node: Node, inputs: Sequence[int]) -> int:
    """How many channels a node's output has."""
    if isinstance(node.operation, Convolution):
        return int(node.operation.kernel.shape[-1])
    return sum(inputs)


def _objective(
    network: Network, unit: Unit, size: tuple[int, int], best: float, settings: Settings
) -> Callable[[Array, Array], Tensor]:
    """(parameters, shift) -> the gradient of what is made small."""
    tf = tf_runtime.start()

    @tf.function(autograph=False)
    def gradient(parameters: Tensor, shift: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            picture = _picture(parameters, size, settings.fourier)
            shifted = tf.roll(picture, shift, (1, 2))
            values = compute(network, shifted, apply)[unit.node]
            middle = values[0, values.shape[1] // 2, values.shape[2] // 2, unit.channel]
            variation = tf.reduce_mean(tf.square(picture[:, 1:] - picture[:, :-1]))
            variation += tf.reduce_mean(tf.square(picture[:, :, 1:] - picture[:, :, :-1]))
            loss = settings.variation * variation - middle / best
        return tape.gradient(loss, parameters)

    return gradient


def _picture(parameters: Tensor, size: tuple[int, int], fourier: bool) -> Tensor:
    """(1, rows, columns, 1) in [-1, 1]."""
    tf = tf_runtime.start()
    pixels = parameters
    if fourier:
        scaled = parameters * _frequency_scale(size)[..., None]
        pixels = tf.signal.irfft2d(tf.complex(scaled[..., 0], scaled[..., 1]), size)[..., None]
    return tf.tanh(pixels)[None]


def _frequency_scale(size: tuple[int, int]) -> Array:
    """(rows, columns // 2 + 1) float32: one over the square root of each frequency."""
    rows, columns = np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1])
    frequency = np.maximum(np.hypot(rows, columns), 1 / max(size))
    return np.sqrt(size[0] * size[1] / frequency).astype(np.float32)
