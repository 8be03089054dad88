"""What trains: a network of which the first part is frozen and the second learns."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jobs.common.keyed_rng import key_seed
from jobs.config.study import Study
from jobs.model import tf_runtime
from jobs.model.heads.conv_pool import build_head
from jobs.model.inception_v3 import Convolution, Network, Operation, Pooling, evaluate, split_before
from jobs.model.tensorflow_extractor import forward


@dataclass(frozen=True)
class Learner:
    """A network in two parts.

    Attributes:
        takes: the inputs: a TensorSpec of (n, ...), n being any number.
        frozen: a batch of inputs -> what `trained` takes. It has no variables.
        trained: a Keras model: (n, h, w, channels) float32 -> the logit of sick, (n,) float32.
    """

    takes: Any
    frozen: Callable[[Any], Any]
    trained: Any

    def logits(self, inputs: Any, training: bool = False) -> Any:
        """(n,) float32."""
        return self.trained(self.frozen(inputs), training=training)


def stored_learner(study: Study, model: str, shape: tuple[int, ...]) -> Learner:
    """The head of a study's model, on stored features of `shape`."""
    tf = tf_runtime.start()
    takes = tf.TensorSpec((None, *shape), study.model.stored)
    return Learner(takes, lambda stored: tf.cast(stored, tf.float32), _head(study, model, shape))


def live_learner(study: Study, model: str, network: Network) -> Learner:
    """The base and head of a study's model, on views.

    Before `train.unfreeze_from` the base is constants. From there on its convolutions learn; the
    batch norms that were folded into them keep the statistics that they came with.
    """
    tf = tf_runtime.start()
    takes = tf.TensorSpec((None, *study.views.size, 1), tf.float32)
    base, unfrozen = split_before(network, study.train.unfreeze_from)
    pooling = study.model.pooling
    if not unfrozen:
        frozen, shape = _traced(base, takes, pooling)
        return Learner(takes, frozen, _head(study, model, shape))
    keras = tf.keras
    frozen, shape = _traced(base, takes, "none")
    entry = keras.Input(shape, name="entry")
    features = _layers(unfrozen, entry)
    if pooling == "average":
        features = keras.layers.GlobalAveragePooling2D(keepdims=True, name="pooling")(features)
    logits = _head(study, model, features.shape[1:])(features)
    return Learner(takes, frozen, keras.Model(entry, logits, name="unfrozen"))


def _head(study: Study, model: str, shape: tuple[int, ...]) -> Any:
    return build_head(study.head, shape, key_seed(study.seed, "head", model) % 2**31)


def _traced(
    network: Network, takes: Any, pooling: str
) -> tuple[Callable[[Any], Any], tuple[int, ...]]:
    """A network as a function of views, and the shape of what it makes of one."""
    tf = tf_runtime.start()
    function = tf.function(
        lambda views: forward(network, views, pooling), input_signature=[takes], autograph=False
    )
    return function, tuple(function.get_concrete_function().output_shapes[1:])


def _layers(network: Network, entry: Any) -> Any:
    """The output of a network as Keras layers that learn, with its weights to begin with."""
    layers = tf_runtime.start().keras.layers
    numbers = itertools.count()  # Keras counts its own names on from earlier models'

    def apply(operation: Operation, inputs: Any) -> Any:
        name = f"{type(operation).__name__.lower()}_{next(numbers)}"
        if isinstance(operation, Convolution):
            return _convolved(operation, inputs[0], name)
        if isinstance(operation, Pooling):
            padding = operation.padding.lower()
            pool = layers.MaxPooling2D(operation.size, operation.strides, padding, name=name)
            return pool(inputs[0])
        return layers.Concatenate(name=name)(inputs)

    return evaluate(network, entry, apply)


def _convolved(convolution: Convolution, inputs: Any, name: str) -> Any:
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
