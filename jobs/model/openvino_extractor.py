"""Inception V3 on CPUs by OpenVINO: a quantised model's features, and how models are built.

A model takes views as (n, rows, columns, 1) and gives (n, h, w, channels), as everywhere here.
Inside it channels come before rows, as OpenVINO has it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from jobs.common.types import Array, Tensor
from jobs.config.sections import Size
from jobs.model import openvino_runtime
from jobs.model.graph import (
    Apply,
    Concatenation,
    Convolution,
    Network,
    Node,
    Pooling,
    compute,
)

_PADDING = {"SAME": "same_upper", "VALID": "valid"}
_NONE, _ONE = [0, 0], [1, 1]  # no explicit padding, as auto_pad overrides it; a step of one

Output: TypeAlias = Any
"""What an operation of OpenVINO gives: a value of a model that is being built."""

Model: TypeAlias = Any
"""A model of OpenVINO."""


class OpenVinoExtractor:
    """A model in OpenVINO's own form, from its file."""

    device = "cpu"
    gpu: int | None = None

    def __init__(self, path: Path, pooling: str = "none", stored: str = "float32") -> None:
        """Reads and compiles the model.

        With `pooling` average, the output is the mean over all places: h and w are 1. `stored` is
        the dtype of the features.

        Raises:
            ConfigError: OpenVINO is not installed, or the processor is not one for int8.
        """
        openvino_runtime.require_int8()
        model = openvino_runtime.start().Core().read_model(path)
        self._model = openvino_runtime.compile_model(_with_output(model, pooling, stored))
        self.determinism: Mapping[str, object] = openvino_runtime.determinism()

    def features(self, views: Tensor) -> Array:
        """The layer's output.

        Args:
            views: (n, rows, columns, 1) float32 in [-1, 1]: an array, or a tensor that is handed
                over by DLPack.

        Returns:
            (n, h, w, channels), in the dtype `stored`.
        """
        return self._model(np.from_dlpack(views))[0].copy()  # the next call writes there again


def build_values(
    network: Network, size: Size, apply: Apply[Output]
) -> tuple[Output, Mapping[str, Output]]:
    """The parameter that takes views of `size`, of any where that is None; every node's value."""
    ops = openvino_runtime.operations()
    views = ops.parameter([-1, *(side or -1 for side in size), 1], np.float32, name="views")
    return views, compute(network, ops.transpose(views, np.array([0, 3, 1, 2])), apply)


def finish_model(views: Output, output: Output) -> Model:
    """A model whose output has its channels last.

    Names are counted anew, or they would depend on what the process built before.
    """
    last = openvino_runtime.operations().transpose(output, np.array([0, 2, 3, 1]))
    model = openvino_runtime.start().Model([last], [views], "inception_v3")
    model.output(0).get_tensor().set_names({"features"})
    for number, each in enumerate(model.get_ordered_ops()):
        each.set_friendly_name(f"{each.get_type_name()}_{number}")
    return model


def apply(node: Node, inputs: Sequence[Output]) -> Output:
    """Carries out an operation in float32, channels before rows."""
    operation = node.operation
    if isinstance(operation, Convolution):
        kernel = np.ascontiguousarray(operation.kernel.transpose(3, 2, 0, 1))
        return convolve(operation, inputs[0], kernel)
    if isinstance(operation, Pooling):
        return _max_pool(operation, inputs[0])
    assert isinstance(operation, Concatenation)
    return openvino_runtime.operations().concat(inputs, 1)


def convolve(operation: Convolution, value: Output, kernel: Output) -> Output:
    """A convolution with its bias and ReLU, by a kernel in OpenVINO's order of axes."""
    ops = openvino_runtime.operations()
    strides, padding = operation.strides, _PADDING[operation.padding]
    products = ops.convolution(value, kernel, strides, _NONE, _NONE, _ONE, auto_pad=padding)
    sums = ops.add(products, operation.bias.reshape(1, -1, 1, 1))
    if operation.average:
        window, same = operation.average, _PADDING["SAME"]
        sums = ops.avg_pool(sums, _ONE, _NONE, _NONE, window, True, auto_pad=same)
    return ops.relu(sums)


def _max_pool(operation: Pooling, value: Output) -> Output:
    size, strides, padding = operation.size, operation.strides, _PADDING[operation.padding]
    pool = openvino_runtime.operations().max_pool
    return pool(value, strides, _ONE, _NONE, _NONE, size, auto_pad=padding).output(0)


def _with_output(model: Model, pooling: str, stored: str) -> Model:
    """The model with its output pooled, and in the dtype `stored`."""
    ops = openvino_runtime.operations()
    output = model.output(0).get_node().input_value(0)
    if pooling == "average":
        output = ops.reduce_mean(output, np.array([1, 2]), keep_dims=True)
    return openvino_runtime.start().Model(
        [ops.convert(output, np.dtype(stored))], model.get_parameters()
    )
