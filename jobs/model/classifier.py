"""What is trained: a network whose first part is frozen and whose second part learns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from jobs.common.keyed_rng import key_seed
from jobs.common.types import Tensor
from jobs.config.study import Study
from jobs.model import tf_runtime
from jobs.model.base import split_base
from jobs.model.graph import (
    Convolution,
    Network,
    Node,
    Operation,
    Pooling,
    compute,
    output_name,
)
from jobs.model.heads.conv_pool import build_head
from jobs.model.local_classifier import LocalClassifier
from jobs.model.tensorflow_extractor import forward
from jobs.model.tf_runtime import Model


@dataclass(frozen=True)
class Classifier:
    """A network in two parts.

    Attributes:
        input_spec: the inputs: a TensorSpec of (n, ...), n being any number.
        frozen: a batch of inputs -> what `trained` takes. It has no variables.
        trained: a Keras model: (n, h, w, channels) float32 -> the logit of sick, (n,) float32.
    """

    input_spec: Tensor
    frozen: Callable[[Tensor], Tensor]
    trained: Model

    def logits(self, inputs: Tensor) -> Tensor:
        """(n,) float32."""
        return self.trained(self.frozen(inputs), training=False)

    def loss(self, inputs: Tensor, labels: Mapping[str, Tensor], step: Tensor) -> Tensor:
        """The sum of a batch's losses: () float32.

        Args:
            labels: `sick` (n,) float32, 0 or 1, and `weight` (n,) float32, of each one's loss.
            step: how many steps were taken before.
        """
        tf = tf_runtime.start()
        logits = self.trained(self.frozen(inputs), training=True)
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels["sick"], logits)
        return tf.reduce_sum(losses * labels["weight"])


AnyClassifier = Classifier | LocalClassifier


def feature_classifier(study: Study, model: str, shape: tuple[int, ...]) -> Classifier:
    """The head of a study's model, on stored features of `shape` (h, w, channels)."""
    tf = tf_runtime.start()
    spec = tf.TensorSpec((None, *shape), study.model.stored)
    return Classifier(spec, lambda stored: tf.cast(stored, tf.float32), _head(study, model, shape))


def view_classifier(study: Study, model: str, network: Network) -> Classifier:
    """The base and head of a study's model, on views.

    Before `train.unfreeze_from` the base is constants. From there on its convolutions learn; the
    batch norms that were folded into them keep the statistics that they came with. A network from
    scratch learns from its first convolution on.
    """
    tf = tf_runtime.start()
    spec = tf.TensorSpec((None, *study.views.size, 1), tf.float32)
    base, unfrozen = split_base(study, network)
    pooling = study.model.pooling
    if not unfrozen:
        frozen, shape = _trace(base, spec, pooling)
        return Classifier(spec, frozen, _head(study, model, shape))
    keras = tf.keras
    frozen, shape = _trace(base, spec, "none")
    entry = keras.Input(shape, name="entry")
    features = trainable_layers(unfrozen, entry)
    if pooling == "average":
        features = keras.layers.GlobalAveragePooling2D(keepdims=True, name="pooling")(features)
    logits = _head(study, model, features.shape[1:])(features)
    return Classifier(spec, frozen, keras.Model(entry, logits, name="unfrozen"))


def _head(study: Study, model: str, shape: tuple[int, ...]) -> Model:
    return build_head(study.head, shape, key_seed(study.seed, "head", model) % 2**31)


def _trace(
    network: Network, spec: Tensor, pooling: str
) -> tuple[Callable[[Tensor], Tensor], tuple[int, ...]]:
    """A network as a function of views, and the shape of its output for one view."""
    tf = tf_runtime.start()
    function = tf.function(
        lambda views: forward(network, views, pooling), input_signature=[spec], autograph=False
    )
    return function, tuple(function.get_concrete_function().output_shapes[1:])


def trainable_layers(network: Network, entry: Tensor) -> Tensor:
    """The output of a network as Keras layers that learn, initialised with its weights."""
    layers = tf_runtime.start().keras.layers
    names = iter(trainable_names(network))  # Keras's own would depend on earlier models

    def apply(node: Node, inputs: Sequence[Tensor]) -> Tensor:
        name, operation = next(names), node.operation
        if isinstance(operation, Convolution):
            return _convolve(operation, inputs[0], name)
        if isinstance(operation, Pooling):
            padding = operation.padding.lower()
            pool = layers.MaxPooling2D(operation.size, operation.strides, padding, name=name)
            return pool(inputs[0])
        return layers.Concatenate(name=name)(inputs)

    return compute(network, entry, apply)[output_name(network)]


def trainable_names(network: Network) -> list[str]:
    """The names of a network's nodes as Keras layers, in its order."""
    kinds = (type(node.operation).__name__.lower() for node in network)
    return [f"{kind}_{number}" for number, kind in enumerate(kinds)]


def trained_network(unfrozen: Network, trained: Model) -> Network:
    """The operations of an unfrozen base with the weights that its Keras layers have by now."""
    names = trainable_names(unfrozen)
    return tuple(
        replace(node, operation=_with_weights(node.operation, trained, name))
        for node, name in zip(unfrozen, names, strict=True)
    )


def _with_weights(operation: Operation, trained: Model, name: str) -> Operation:
    if not isinstance(operation, Convolution):
        return operation
    layer = trained.get_layer(name)
    return replace(operation, kernel=layer.kernel.numpy(), bias=layer.bias.numpy())


def _convolve(convolution: Convolution, inputs: Tensor, name: str) -> Tensor:
    keras = tf_runtime.start().keras
    constant = keras.initializers.Constant
    rows, columns, _, channels = convolution.kernel.shape
    outputs = keras.layers.Conv2D(
        channels,
        (rows, columns),
        convolution.strides,
        convolution.padding.lower(),
        kernel_initializer=constant(convolution.kernel),
        bias_initializer=constant(convolution.bias),
        name=name,
    )(inputs)
    if convolution.average:
        pool = keras.layers.AveragePooling2D(convolution.average, 1, "same", name=f"{name}_average")
        outputs = pool(outputs)
    return keras.layers.ReLU(name=f"{name}_relu")(outputs)
