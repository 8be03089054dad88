"""The network as TensorBoard draws it: the base's layers by their names in Keras, and the head.

It is drawn layer by layer, not as TensorFlow computes it. So a head that is trained on stored
features is drawn on its base, and nothing is drawn that only carries weights.
"""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from jobs.config.names import ALL
from jobs.config.study import Study
from jobs.model import tf_runtime
from jobs.model.classifier import trainable_layers
from jobs.model.inception_v3 import keras_model, layer_names
from jobs.model.inception_v3_shapes import CONVOLUTIONS
from jobs.model.small_networks import initial_network
from jobs.model.tf_runtime import Layer, Model

BASE, HEAD, INPUT = "inception_v3", "head", "views"
_STEM = "stem"


def graph_of(study: Study, head: Model) -> Any:
    """The views, the base up to `model.layer`, the pooling and the head, as a GraphDef.

    The layers of a block of Inception V3 are in a scope with its name, as in
    `inception_v3/mixed1/conv2d_12`.
    """
    graph = tf_runtime.start().compat.v1.GraphDef()
    base, output = _draw_small(study) if study.model.from_scratch else _draw_inception(study)
    graph.CopyFrom(base)
    if study.model.pooling == "average":
        pooled = f"{study.model.network}/pooling"
        _add_node(graph, pooled, "GlobalAveragePooling2D", (output,), head.input.shape)
        output = pooled
    _add_layers(graph, head, output, [f"{HEAD}/{layer.name}" for layer in head.layers[1:]])
    return graph


def _draw_small(study: Study) -> tuple[Any, str]:
    """The views and a network from scratch, and the name of its last layer."""
    views = tf_runtime.start().keras.Input((*study.views.size, 1))
    layers = trainable_layers(initial_network(study, ALL), views)
    base = tf_runtime.start().keras.Model(views, layers)
    return _draw(base, [f"{study.model.network}/{layer.name}" for layer in base.layers[1:]])


def _draw_inception(study: Study) -> tuple[Any, str]:
    return _draw_layers_up_to(study.model.layer, study.views.size)


@functools.cache  # it takes a second, and a process may train several models
def _draw_layers_up_to(layer: str, size: tuple[int, int]) -> tuple[Any, str]:
    """The views and Inception V3, and the name of its last layer."""
    base = keras_model(layer, size)
    return _draw(base, _base_names(base.layers[1:]))


def _draw(base: Model, names: Sequence[str]) -> tuple[Any, str]:
    graph = tf_runtime.start().compat.v1.GraphDef()
    _add_node(graph, INPUT, "Placeholder", (), base.input.shape)
    return graph, _add_layers(graph, base, INPUT, names)


def _add_layers(graph: Any, model: Model, source: str, names: Iterable[str]) -> str:
    """Adds a model's layers, by these names, after the node `source`; the last one's name."""
    by_output = {id(model.input): source}
    for layer, name in zip(model.layers[1:], names, strict=True):
        given = layer.input if isinstance(layer.input, list) else [layer.input]
        inputs = [by_output[id(tensor)] for tensor in given]
        _add_node(graph, name, type(layer).__name__, inputs, layer.output.shape)
        by_output[id(layer.output)] = name
    return name


def _add_node(
    graph: Any, name: str, kind: str, inputs: Sequence[str], shape: Sequence[int | None]
) -> None:
    node = graph.node.add(name=name, op=kind, input=inputs)
    dimensions = node.attr["_output_shapes"].list.shape.add().dim
    for size in shape:
        dimensions.add(size=-1 if size is None else size)


def _base_names(layers: Sequence[Layer]) -> list[str]:
    """Each layer's name in its block's scope."""
    pairs = zip(_blocks(layers), layer_names(layers), strict=True)
    return [f"{BASE}/{block}/{name}" for block, name in pairs]


def _blocks(layers: Sequence[Layer]) -> list[str]:
    """The block of each layer: the stem, or what ends with the next of mixed0 to mixed10."""
    poolings = [i for i, each in enumerate(layers) if type(each).__name__ == "MaxPooling2D"]
    stem_end = poolings[1] + 1
    blocks: list[str] = []
    for layer in reversed(layers[stem_end:]):
        blocks.append(layer.name if layer.name in CONVOLUTIONS else blocks[-1])
    return [_STEM] * stem_end + blocks[::-1]
