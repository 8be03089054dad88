"""The models of a run as an ONNX model: views in, the logits of all models out.

It is written from the networks' plain operations (`jobs.model.graph`): no converter of TensorFlow
graphs to ONNX is kept for TensorFlow 2.21. Operators are those of opset 19.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from jobs.common import resources
from jobs.common.errors import ConfigError
from jobs.common.types import Array, Bools
from jobs.export.ensemble import Ensemble
from jobs.model.graph import Convolution, Mean, Network, Node, Pooling, output_name

_OPSET, _IR_VERSION = 19, 9
_PADDING = {"SAME": "SAME_UPPER", "VALID": "VALID"}
_OUTSIDE32 = np.float32(
    -1e9
)  # the logit of a place outside the breast: it is never among the highest


class Graph:
    """Nodes and weights of an ONNX graph while it is built; values are named by texts."""

    def __init__(self) -> None:
        self._onnx = import_onnx()
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def add(self, kind: str, inputs: Sequence[str], name: str, **settings: Any) -> str:
        """Adds an operator with one output, and returns the output's name: `name`."""
        self.nodes.append(self._onnx.helper.make_node(kind, list(inputs), [name], **settings))
        return name

    def add_highest(self, values: str, count: str, name: str) -> str:
        """Adds the highest values along the last axis, falling; returns their name."""
        helper = self._onnx.helper
        self.nodes.append(helper.make_node("TopK", [values, count], [name, f"{name}/places"]))
        return name

    def constant(self, value: Any, name: str) -> str:
        """Adds an array, and returns its name."""
        self.weights.append(self._onnx.numpy_helper.from_array(np.asarray(value), name))
        return name

    def network(self, network: Network, entry: str, prefix: str) -> str:
        """Adds a network's operations in channels-first order; returns its output's name."""
        names = {"": entry, **{node.name: f"{prefix}{node.name}" for node in network}}
        for node in network:
            self._operation(node, [names[name] for name in node.inputs], names[node.name])
        return names[output_name(network)]

    def _operation(self, node: Node, inputs: Sequence[str], name: str) -> None:
        operation = node.operation
        if isinstance(operation, Convolution):
            self._convolution(operation, inputs[0], name)
        elif isinstance(operation, Pooling):
            window = {"kernel_shape": operation.size, "strides": operation.strides}
            self.add("MaxPool", inputs, name, auto_pad=_PADDING[operation.padding], **window)
        elif isinstance(operation, Mean):
            self.add("GlobalAveragePool", inputs, name)
        else:
            self.add("Concat", inputs, name, axis=1)

    def _convolution(self, operation: Convolution, entry: str, name: str) -> None:
        kernel = np.ascontiguousarray(operation.kernel.transpose(3, 2, 0, 1), np.float32)
        weights = [
            self.constant(kernel, f"{name}/kernel"),
            self.constant(operation.bias.astype(np.float32), f"{name}/bias"),
        ]
        padding = _PADDING[operation.padding]
        steps: list[tuple[str, list[str], dict[str, Any]]] = [
            ("Conv", weights, {"strides": operation.strides, "auto_pad": padding})
        ]
        if operation.average:
            window = {"kernel_shape": operation.average, "auto_pad": "SAME_UPPER"}
            steps.append(("AveragePool", [], window))
        if operation.relu:
            steps.append(("Relu", [], {}))
        for number, (kind, more, settings) in enumerate(steps, start=1):
            output = name if number == len(steps) else f"{name}/{kind}"
            entry = self.add(kind, [entry, *more], output, **settings)


def write_onnx(ensemble: Ensemble, path: Path) -> None:
    """Writes the ONNX model: inputs `views` and, of a local head, `breast`; the output `logits`.

    Shapes and ranges are those of the SavedModel (`write_saved_model`).

    Raises:
        ConfigError: the extra `onnx` is not installed.
    """
    onnx = import_onnx()
    tensor = onnx.helper.make_tensor_value_info
    kind = onnx.TensorProto
    size = (side or name for side, name in zip(ensemble.study.views.common_size, "rc", strict=True))
    given = [tensor("views", kind.FLOAT, ["n", *size, 1])]
    if ensemble.local:
        given.append(tensor("breast", kind.BOOL, ["n", "h", "w"]))
    made = tensor("logits", kind.FLOAT, ["n", len(ensemble.models)])
    graph = _build(ensemble)
    content = onnx.helper.make_graph(graph.nodes, "mammo", given, [made], graph.weights)
    opset = [onnx.helper.make_opsetid("", _OPSET)]
    model = onnx.helper.make_model(content, opset_imports=opset, ir_version=_IR_VERSION)
    onnx.helper.set_model_props(model, {"models": ",".join(ensemble.models)})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def read_onnx(path: Path) -> Callable[[Array, Bools | None], Array]:
    """The model as a function of views and, of a local head, places: (n, models) float32."""
    runtime = _import("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = resources.thread_count()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = runtime.InferenceSession(str(path), options, ["CPUExecutionProvider"])

    def call(views: Array, breast: Bools | None) -> Array:
        places = {} if breast is None else {"breast": breast}
        return session.run(None, {"views": views, **places})[0]

    return call


def import_onnx() -> ModuleType:
    """The package onnx.

    Raises:
        ConfigError: it is not installed.
    """
    _import("onnxruntime")  # what is written is run, too
    return _import("onnx")


def _import(name: str) -> ModuleType:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            f"mammo export writes an ONNX model, which needs {name}: pip install 'mammo[onnx]'"
        ) from error


def _build(ensemble: Ensemble) -> Graph:
    graph = Graph()
    entry = graph.add("Transpose", ["views"], "channels_first", perm=[0, 3, 1, 2])
    features = graph.network(ensemble.shared, entry, "base/")
    if ensemble.stored != "float32":
        graph.add("Cast", [features], "rounded", to=_number(ensemble.stored))
        features = graph.add("Cast", ["rounded"], "features", to=_number("float32"))
    inside = _Inside(graph, ensemble.study.head.top) if ensemble.local else None
    logits = []
    for model in ensemble.models:
        output = graph.network(ensemble.trained(model), features, f"{model}/")
        if inside:
            output = inside.score(output, model)
        shape = graph.constant(np.array([-1, 1]), f"{model}/shape")
        logits.append(graph.add("Reshape", [output, shape], f"{model}/column"))
    graph.add("Concat", logits, "logits", axis=1)
    return graph


def _number(dtype: str) -> int:
    onnx = import_onnx()
    return int(onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))


class _Inside:
    """The mean of the highest logits inside the breast: `highest_places` in ONNX."""

    def __init__(self, graph: Graph, top: float) -> None:
        """Adds what is the same for all models: which places are inside, and each rank's share."""
        self._graph, add, constant = graph, graph.add, graph.constant
        self._breast = add("Reshape", ["breast", constant([0, 1, -1], "as_row")], "breast_row")
        self._last, self._members = constant([2], "last"), constant([1], "members")
        self._flat, self._outside = constant([0, 0, -1], "flat"), constant(_OUTSIDE32, "outside")
        ones = add("Cast", [self._breast], "inside", to=_number("float32"))
        length = add("ReduceSum", [ones, self._last], "length", keepdims=1)
        part = add("Mul", [length, constant(np.float32(top), "top")], "part")
        least = constant(np.float32(1), "least")
        count = add("Max", [add("Round", [part], "rounded_part"), least], "count")
        self._places = add("Shape", [self._breast], "places", start=2, end=3)
        end = add("Squeeze", [self._places], "end")
        ranks = add("Range", [constant(0, "zero"), end, constant(1, "step")], "whole_ranks")
        ranks = add("Cast", [ranks], "ranks", to=_number("float32"))
        counted = add("Cast", [add("Less", [ranks, count], "among")], "counted", to=1)
        self._share = add("Div", [counted, count], "shares")

    def score(self, logits: str, model: str) -> str:
        """Adds a model's logit of each view, (n,), from its members' at each place."""
        add = self._graph.add
        flat = add("Reshape", [logits, self._flat], f"{model}/flat")
        inside = add("Where", [self._breast, flat, self._outside], f"{model}/inside")
        highest = self._graph.add_highest(inside, self._places, f"{model}/highest")
        shares = add("Mul", [highest, self._share], f"{model}/shares")
        scores = add("ReduceSum", [shares, self._last], f"{model}/scores", keepdims=0)
        return add("ReduceMean", [scores, self._members], f"{model}/score", keepdims=0)
