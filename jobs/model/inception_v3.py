"""Inception V3 as plain operations, with a checkpoint's weights.

Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016. The
architecture is Keras's own, read from its model. Three things differ from it, and change nothing
but rounding: batch norms are folded into the convolutions; the first convolution takes one grey
channel in place of three equal ones; averages are taken after the 1 x 1 convolutions that read
them, where there are fewer channels (both are linear).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from jobs.common.errors import DataError
from jobs.common.types import Array
from jobs.model import tf_runtime
from jobs.model.checkpoint import Block, read_checkpoint
from jobs.model.graph import (
    INPUT,
    Concatenation,
    Convolution,
    Network,
    Node,
    Operation,
    Pooling,
    split_after,
)
from jobs.model.inception_v3_shapes import CONVOLUTIONS
from jobs.model.keras_files import layer_number
from jobs.model.tf_runtime import Layer, Model

_EPSILON = 1e-3  # of Inception V3's batch norms, which is Keras's default
_RGB = 3


def read_network(checkpoint: Path, layer: str) -> Network:
    """Inception V3 from its input up to `layer`, with a checkpoint's weights.

    Raises:
        DataError: the checkpoint is not Inception V3's, or does not reach `layer`.
    """
    model = keras_model(layer, (None, None))
    blocks = _blocks(checkpoint, model, layer)
    nodes = []
    layers = model.layers[1:]
    names = {id(model.input): INPUT}  # Keras's tensor -> the node that makes it
    averages: dict[int, tuple[int, int]] = {}  # Keras's averaged tensor -> the window
    for each, name in zip(layers, layer_names(layers), strict=True):
        inputs = _input_names(each, names)
        operation = _operation(each, blocks, averages)
        if operation is None:  # it is part of a convolution
            (names[id(each.output)],) = inputs
        else:
            names[id(each.output)] = name
            nodes.append(Node(name, inputs, operation))
    return tuple(nodes)


def keras_model(layer: str, size: tuple[int | None, int | None]) -> Model:
    """Keras's own Inception V3 up to `layer`, for RGB views of `size`, without weights."""
    keras = tf_runtime.start().keras
    base = keras.applications.InceptionV3(weights=None, include_top=False, input_shape=(*size, 3))
    return keras.Model(base.input, base.get_layer(layer).output)


def layer_names(layers: Sequence[Layer]) -> list[str]:
    """Each layer's name, numbered from 0 within its kind; the first of a kind has no number.

    Keras itself numbers the layers of a kind through all models that a process has built.
    """
    firsts: dict[str, int] = {}
    for layer in layers:
        kind, number = _kind_and_number(layer)
        firsts[kind] = min(number, firsts.get(kind, number))
    return [_own_name(layer, firsts) for layer in layers]


def _own_name(layer: Layer, firsts: Mapping[str, int]) -> str:
    kind, number = _kind_and_number(layer)
    number -= firsts[kind]
    return f"{kind}_{number}" if number else kind


def _kind_and_number(layer: Layer) -> tuple[str, int]:
    if layer.name.startswith("mixed"):  # a name that Inception V3 itself gives
        return layer.name, 0
    number = layer_number(layer.name)
    return layer.name.removesuffix(f"_{number}"), number


def split_before(network: Network, layer: str) -> tuple[Network, Network]:
    """The network up to the block that ends with `layer`, and that block with all after it.

    The block of mixed0, the first, is all from the input on; of "none", there is none. The second
    network's input is the first one's output.
    """
    if layer == "none":
        return network, ()
    names = [node.name for node in network]
    blocks = [name for name in names[: names.index(layer)] if name in CONVOLUTIONS]
    return split_after(network, blocks[-1]) if blocks else ((), network)


def _blocks(checkpoint: Path, model: Model, layer: str) -> Mapping[str, Block]:
    """The checkpoint's blocks by the names of the model's convolutions."""
    kind = tf_runtime.start().keras.layers.Conv2D
    convolutions = sorted(
        (each for each in model.layers if isinstance(each, kind)),
        key=lambda each: layer_number(each.name),
    )
    blocks = read_checkpoint(checkpoint)
    if len(convolutions) > len(blocks):
        raise DataError(f"{checkpoint}: must hold all layers up to {layer}; it ends before it")
    return {each.name: block for each, block in zip(convolutions, blocks, strict=False)}


def _operation(
    layer: Layer, blocks: Mapping[str, Block], averages: dict[int, tuple[int, int]]
) -> Operation | None:
    """A layer's operation, or None; an average is noted for the convolution that reads it."""
    kind = type(layer).__name__
    if kind == "Conv2D":
        kernel, bias = _fold_norm(blocks[layer.name])
        average = averages.get(id(layer.input))
        return Convolution(kernel, bias, layer.strides, layer.padding.upper(), average)
    if kind == "MaxPooling2D":
        return Pooling(layer.pool_size, layer.strides, layer.padding.upper())
    if kind == "AveragePooling2D":  # each of Inception V3's keeps the size, and has one reader
        averages[id(layer.output)] = layer.pool_size
    return Concatenation() if kind == "Concatenate" else None


def _fold_norm(block: Block) -> tuple[Array, Array]:
    """A block's kernel and bias with its batch norm folded in."""
    beta, mean, variance = (array.astype(np.float64) for array in block.norm)
    scale = 1 / np.sqrt(variance + _EPSILON)
    kernel = block.kernel * scale
    if kernel.shape[2] == _RGB:  # three equal channels are one, their kernels added
        kernel = kernel.sum(axis=2, keepdims=True)
    return kernel.astype(np.float32), (beta - mean * scale).astype(np.float32)


def _input_names(layer: Layer, names: Mapping[int, str]) -> tuple[str, ...]:
    """The nodes whose outputs a layer takes, by the identity of Keras's tensors."""
    given = layer.input if isinstance(layer.input, list) else [layer.input]
    return tuple(names[id(tensor)] for tensor in given)
