"""The network as an ONNX model, to hold the base against ONNX Runtime."""

from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from jobs.common import resources
from jobs.model.graph import Convolution, Network, Node, Pooling

_PADDING = {"SAME": "SAME_UPPER", "VALID": "VALID"}


def onnx_call(network: Network, size: tuple[int, int]) -> Callable[[np.ndarray], np.ndarray]:
    """Views (n, rows, columns, 1) -> features (n, h, w, channels), by ONNX Runtime in float32."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = resources.thread_count()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(
        _model(network, size).SerializeToString(), options, ["CPUExecutionProvider"]
    )
    return lambda views: session.run(None, {"views": views})[0]


def _model(network: Network, size: tuple[int, int]) -> onnx.ModelProto:
    weights: list[onnx.TensorProto] = []
    nodes = [helper.make_node("Transpose", ["views"], ["first"], perm=[0, 3, 1, 2])]
    for node in network:
        nodes += _nodes(node, [name or "first" for name in node.inputs], weights)
    nodes.append(helper.make_node("Transpose", [network[-1].name], ["last"], perm=[0, 2, 3, 1]))
    given = helper.make_tensor_value_info("views", TensorProto.FLOAT, ["n", *size, 1])
    made = helper.make_tensor_value_info("last", TensorProto.FLOAT, ["n", None, None, None])
    graph = helper.make_graph(nodes, "inception_v3", [given], [made], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)


def _nodes(node: Node, inputs: list[str], weights: list[onnx.TensorProto]) -> list[onnx.NodeProto]:
    operation, name = node.operation, node.name
    if isinstance(operation, Convolution):
        kernel = np.ascontiguousarray(operation.kernel.transpose(3, 2, 0, 1))
        weights.append(numpy_helper.from_array(kernel, f"{name}/kernel"))
        weights.append(numpy_helper.from_array(operation.bias, f"{name}/bias"))
        named = [*inputs, f"{name}/kernel", f"{name}/bias"]
        padding = _PADDING[operation.padding]
        sums = f"{name}/sums"
        settings = {"strides": operation.strides, "auto_pad": padding}
        made = [helper.make_node("Conv", named, [sums], **settings)]
        if operation.average:
            pool = {"kernel_shape": operation.average, "auto_pad": "SAME_UPPER"}
            made.append(helper.make_node("AveragePool", [sums], [f"{name}/means"], **pool))
            sums = f"{name}/means"
        return [*made, helper.make_node("Relu", [sums], [name])]
    if isinstance(operation, Pooling):
        window = {"kernel_shape": operation.size, "strides": operation.strides}
        padding = _PADDING[operation.padding]
        return [helper.make_node("MaxPool", inputs, [name], auto_pad=padding, **window)]
    return [helper.make_node("Concat", inputs, [name], axis=1)]
