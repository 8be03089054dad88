"""A network forwards, and its logit backwards, by loops in float64: nothing of `jobs.explain`."""

from collections.abc import Sequence

import numpy as np

from jobs.model.graph import Concatenation, Convolution, Highest, Mean, Network, Node, Pooling
from tests.jobs.explain.jacobian import Reference, linear_layer


def run(network: Network, view: np.ndarray) -> dict[str, np.ndarray]:
    """Every node's output, (h, w, c), by its name; `view` is (rows, columns, 1)."""
    values = {"": view}
    for node in network:
        inputs = [values[name] for name in node.inputs]
        values[node.name] = _forward(node, inputs)
    return values


def _forward(node: Node, inputs: Sequence[np.ndarray]) -> np.ndarray:
    operation, value = node.operation, inputs[0]
    if isinstance(operation, Convolution):
        jacobian, bias = linear_layer(operation, value.shape)
        linear = jacobian @ value.ravel() + bias
        height, width = _places(operation, value.shape)
        linear = linear.reshape(height, width, -1)
        return linear.clip(0) if operation.relu else linear
    if isinstance(operation, Concatenation):
        return np.concatenate(inputs, axis=-1)
    jacobian = choice(node, value)
    shape = _places(operation, value.shape) if isinstance(operation, Pooling) else (1, 1)
    return (jacobian @ value.ravel()).reshape(*shape, -1)


def choice(node: Node, value: np.ndarray) -> np.ndarray:
    """The Jacobian of a largest value, a mean, or a mean of the highest: (outputs, inputs)."""
    operation = node.operation
    rows, columns, channels = value.shape
    index = np.arange(value.size).reshape(value.shape)
    if isinstance(operation, Pooling):
        height, width = _places(operation, value.shape)
        windows = [
            np.s_[y * s : y * s + size[0], x * t : x * t + size[1]]
            for size, (s, t) in [(operation.size, operation.strides)]
            for y in range(height)
            for x in range(width)
        ]
        counts = [1] * len(windows)
    elif isinstance(operation, Highest):
        windows, counts = [operation.places], [operation.count]
    else:
        windows, counts = [np.s_[:, :]], [rows * columns]
    jacobian = np.zeros((len(windows), channels, value.size))
    for number, (window, count) in enumerate(zip(windows, counts, strict=True)):
        for channel in range(channels):
            found = index[window][..., channel].ravel()
            kept = found[np.argsort(-value.ravel()[found], kind="stable")[:count]]
            jacobian[number, channel, kept] = 1 / count
    return jacobian.reshape(-1, value.size)


def _places(operation: Convolution | Pooling, shape: Sequence[int]) -> tuple[int, int]:
    size = operation.size if isinstance(operation, Pooling) else operation.kernel.shape[:2]
    pairs = zip(shape, size, operation.strides, strict=False)
    if operation.padding == "VALID":
        height, width = ((side - each) // stride + 1 for side, each, stride in pairs)
    else:
        height, width = (-(-side // stride) for side, _, stride in pairs)
    return height, width


def decompose(
    network: Network, view: np.ndarray, hidden: Reference, first: Reference, *, biases: bool
) -> np.ndarray:
    """The relevance of a view's pixels for sick, where the head has z+: (rows, columns, 1)."""
    values = run(network, view)
    tail = list(network)
    weights = np.ones((1, 1))
    name = network[-1].name
    while isinstance(tail[-1].operation, Mean | Highest) or not getattr(
        tail[-1].operation, "relu", True
    ):
        node = tail.pop()
        (name,) = node.inputs
        is_layer = isinstance(node.operation, Convolution)
        jacobian = (
            linear_layer(node.operation, values[name].shape)[0]
            if is_layer
            else choice(node, values[name])
        )
        weights = weights @ jacobian
    logit = values[network[-1].name].item()
    added = (weights[0] * values[name].ravel()).clip(0)
    has = {name: (abs(logit) * added / added.sum()).reshape(values[name].shape)}
    for node in reversed(tail):
        if node.name in has:
            for source, share in zip(
                node.inputs, _back(node, values, has, hidden, first, biases), strict=True
            ):
                has[source] = has.get(source, 0) + share
    return has[""]


def _back(node, values, has, hidden, first, biases) -> list[np.ndarray]:
    value, relevance = values[node.inputs[0]], has[node.name].ravel()
    operation = node.operation
    if isinstance(operation, Concatenation):
        ends = np.cumsum([values[name].shape[-1] for name in node.inputs])[:-1]
        return np.split(has[node.name], ends, axis=-1)
    if isinstance(operation, Convolution):
        jacobian, bias = linear_layer(operation, value.shape)
        rule = first if "" in node.inputs else hidden
        shared = rule(jacobian, bias * biases, value.ravel(), relevance)
    elif isinstance(operation, Pooling):
        shared = choice(node, value).T @ relevance
    else:
        jacobian = choice(node, value)
        outputs = jacobian @ value.ravel()
        each = np.divide(relevance, outputs, out=np.zeros_like(outputs), where=outputs != 0)
        shared = value.ravel() * (jacobian.T @ each)
    return [shared.reshape(value.shape)]
