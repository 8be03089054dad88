"""Quantises the base to 8-bit integers, calibrated on views alone: labels are not used.

Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference, CVPR 2018: weights from -127 to 127 with a scale for each output channel, values from 0
to 255 with one scale for all that a convolution reads. The loss is reduced in three ways:

- Channels are equalised (Nagel et al., Data-Free Quantization Through Weight Equalization and Bias
  Correction, ICCV 2019): each is divided by the square root of its largest value over the largest
  of all, and what reads it is multiplied, which changes nothing in float32.
- What rounding the weights adds to a convolution's output on average is subtracted from its bias
  (the same paper).
- The first convolution, which reads the views, and the network's output stay in float32.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jobs.common.types import Array
from jobs.config.sections import Size
from jobs.model import openvino_runtime
from jobs.model.graph import INPUT, Convolution, Network, Node, Operation
from jobs.model.openvino_extractor import (
    Model,
    Output,
    apply,
    build_values,
    convolve,
    finish_model,
)

_LEVELS = 256  # of 8 bits
_LARGEST = 127  # of a weight: as many levels below zero as above
_SMALLEST = 1e-6  # of the largest value: a channel below it counts as dead


@dataclass(frozen=True)
class Statistics:
    """The values at every node, by its name, for the calibration views.

    Attributes:
        peaks: each channel's largest value, (channels,) float32.
        means: each channel's mean, (channels,) float32.
    """

    peaks: Mapping[str, Array]
    means: Mapping[str, Array]


def quantise(network: Network, size: Size, views: Iterable[Array]) -> Model:
    """The network as an OpenVINO model of 8 bits.

    Args:
        size: rows and columns of the views; None where batches of them differ.
        views: batches of calibration views, each (n, rows, columns, 1) float32 in [-1, 1].
    """
    statistics = measure(network, size, views)
    ranges = _ranges(network, statistics.peaks)
    divisors = _divisors(network, statistics.peaks, ranges)
    means = {name: mean / divisors[name] for name, mean in statistics.means.items()}
    network = equalise(network, divisors)

    def apply_quantised(node: Node, inputs: Sequence[Output]) -> Output:
        return _apply_quantised(node, inputs, means.get(node.inputs[0]), ranges.get(node.name))

    given, values = build_values(network, size, apply_quantised)
    last = network[-1].name
    whole = divisors[last].reshape(1, -1, 1, 1)
    return finish_model(given, openvino_runtime.operations().multiply(values[last], whole))


def measure(network: Network, size: Size, views: Iterable[Array]) -> Statistics:
    """The statistics of every node's output for some views, in float32."""
    ops, places = openvino_runtime.operations(), np.array([2, 3])
    given, values = build_values(network, size, apply)
    names = [node.name for node in network]
    figures = [ops.reduce_max(values[name], places) for name in names]
    figures += [ops.reduce_mean(values[name], places) for name in names]
    model = openvino_runtime.compile_model(openvino_runtime.start().Model(figures, [given]))
    batches = [[figure.copy() for figure in model(batch).values()] for batch in views]
    whole = [np.concatenate(figure) for figure in zip(*batches, strict=True)]
    peaks, means = whole[: len(names)], whole[len(names) :]
    return Statistics(
        {name: peak.max(axis=0) for name, peak in zip(names, peaks, strict=True)},
        {name: mean.mean(axis=0) for name, mean in zip(names, means, strict=True)},
    )


def equalise(network: Network, divisors: Mapping[str, Array]) -> Network:
    """The network whose channels are divided; what reads them multiplies: all else is the same."""
    return tuple(replace(node, operation=_divide(node, divisors)) for node in network)


def _divide(node: Node, divisors: Mapping[str, Array]) -> Operation:
    operation, after = node.operation, divisors[node.name]
    if not isinstance(operation, Convolution):
        return operation
    kernel = operation.kernel * divisors[node.inputs[0]][:, None] / after
    return replace(operation, kernel=kernel, bias=operation.bias / after)


def _ranges(network: Network, peaks: Mapping[str, Array]) -> dict[str, float]:
    """The range of each node's output that a convolution reads: 0 to this value.

    Convolutions whose outputs are read together have one range, so that their concatenation needs
    no other scale.
    """
    sources = _sources(network)
    groups: list[frozenset[str]] = []
    for node in network:
        if isinstance(node.operation, Convolution) and sources[node.inputs[0]]:
            shared = [group for group in groups if group & sources[node.inputs[0]]]
            groups = [group for group in groups if group not in shared]
            groups.append(sources[node.inputs[0]].union(*shared))
    ranges = {}
    for group in groups:
        largest = max(_SMALLEST, *(float(peaks[name].max()) for name in group))
        ranges.update({name: largest for name in sources if sources[name] & group})
    return ranges


def _sources(network: Network) -> dict[str, frozenset[str]]:
    """The convolutions that a node's output comes from, through pooling and concatenation."""
    sources: dict[str, frozenset[str]] = {INPUT: frozenset()}
    for node in network:
        if isinstance(node.operation, Convolution):
            sources[node.name] = frozenset({node.name})
        else:
            sources[node.name] = frozenset().union(*(sources[name] for name in node.inputs))
    return sources


def _divisors(
    network: Network, peaks: Mapping[str, Array], ranges: Mapping[str, float]
) -> dict[str, Array]:
    """What each node's channels are divided by, so that small values use more of the range."""
    divisors = {INPUT: np.ones(1, np.float32)}
    for node in network:
        if isinstance(node.operation, Convolution):
            largest = ranges.get(node.name)  # None: no convolution reads it
            share = peaks[node.name] / largest if largest else np.ones_like(peaks[node.name])
            divisors[node.name] = np.sqrt(np.maximum(share, _SMALLEST))
        else:
            divisors[node.name] = np.concatenate([divisors[name] for name in node.inputs])
    return divisors


def _apply_quantised(
    node: Node, inputs: Sequence[Output], means: Array | None, largest: float | None
) -> Output:
    """Carries out a node with weights of 8 bits; what a convolution reads is rounded to 8 bits.

    `means` are those of its input's channels; None if it reads the views, and stays in float32.
    `largest` is the largest value that the output is rounded to; None: it is not rounded.
    """
    operation = node.operation
    if isinstance(operation, Convolution) and means is not None:
        weights, operation = _quantise_kernel(operation, means)
        value = convolve(operation, inputs[0], weights)
    else:
        value = apply(node, inputs)
    if not isinstance(operation, Convolution) or largest is None:
        return value  # the maximum or concatenation of rounded values is rounded already
    zero, end = np.float32(0), np.float32(largest)
    return openvino_runtime.operations().fake_quantize(value, zero, end, zero, end, _LEVELS)


def _quantise_kernel(operation: Convolution, means: Array) -> tuple[Output, Convolution]:
    """The kernel as OpenVINO's bytes and scales, and the convolution with its bias corrected."""
    kernel = operation.kernel
    scales = np.maximum(np.abs(kernel).max(axis=(0, 1, 2)), np.finfo(np.float32).tiny) / _LARGEST
    whole = np.rint(kernel / scales)
    added = (whole * scales - kernel).sum(axis=(0, 1))  # (in, out), for an input of ones
    ops = openvino_runtime.operations()
    stored = np.ascontiguousarray(whole.astype(np.int8).transpose(3, 2, 0, 1))
    weights = ops.multiply(
        ops.convert(ops.constant(stored), np.float32), scales.reshape(-1, 1, 1, 1)
    )
    return weights, replace(operation, bias=operation.bias - means @ added)
