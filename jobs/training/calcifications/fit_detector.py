"""Trains one detector: rounds of Adam on the cross entropy, with hard negatives after the first."""

from collections.abc import Callable

import numpy as np

from jobs.calcifications.detector import SHAPES, STRIDE, Detector
from jobs.common.keyed_rng import rng
from jobs.common.types import Array, Tensor
from jobs.model import tf_runtime
from jobs.training.calcifications.examples import Examples

ROUNDS = 2
"""In each after the first, half of the negatives are those that the one before it took for
calcifications."""

_BATCH = 64
_LEARNING_RATE = 0.001

Key = tuple[int | str, ...]


def fit_detector(
    examples: Examples, epochs: int, key: Key, after_epoch: Callable[[int], None]
) -> Detector:
    """Trains a detector.

    Args:
        examples: at least one of each kind.
        epochs: in each round.
        key: of the random numbers: initial weights, order, orientations.
        after_epoch: called after each epoch, of all rounds, with how many are finished.
    """
    tf = tf_runtime.start()
    variables = {name: tf.Variable(value) for name, value in _initial(key).items()}
    optimizer = tf.keras.optimizers.Adam(_LEARNING_RATE)
    optimizer.build(list(variables.values()))

    @tf.function(reduce_retracing=True, autograph=False)
    def step(patches: Tensor, labels: Tensor) -> None:
        with tf.GradientTape() as tape:
            losses = tf.nn.sigmoid_cross_entropy_with_logits(
                labels, compute_logits(variables, patches)
            )
            loss = tf.reduce_mean(losses)
        pairs = zip(tape.gradient(loss, list(variables.values())), variables.values(), strict=True)
        optimizer.apply_gradients(pairs)

    hard = None
    for number in range(ROUNDS):
        for epoch in range(epochs):
            patches, labels = examples.draw(rng(*key, "round", number, epoch), hard)
            for start in range(0, len(patches), _BATCH):
                part = slice(start, start + _BATCH)
                step(tf.constant(patches[part]), tf.constant(labels[part]))
            after_epoch(number * epochs + epoch + 1)
        detector = Detector(**{name: each.numpy() for name, each in variables.items()})
        if number + 1 < ROUNDS:
            hard = examples.find_hard(detector.logits(examples.negative))
    return detector


def _initial(key: Key) -> dict[str, Array]:
    """Kernels by He's rule for ReLU (ICCV 2015, equation 10), biases 0."""
    generator = rng(*key, "initial")
    values: dict[str, Array] = {}
    for name, shape in SHAPES.items():
        fan_in = np.prod(shape[:-1]) if len(shape) > 1 else np.prod(shape)
        drawn = generator.normal(0, 0 if "bias" in name else np.sqrt(2 / fan_in), shape)
        values[name] = np.asarray(drawn, np.float32)
    return values


def compute_logits(variables: dict[str, Tensor], patches: Tensor) -> Tensor:
    """What Detector.logits computes, in TensorFlow."""
    tf = tf_runtime.start()
    first = tf.nn.conv2d(patches[..., None], variables["kernel1"], STRIDE, "VALID")
    first = tf.nn.relu(first + variables["bias1"])
    second = tf.nn.conv2d(first, variables["kernel2"], 1, "VALID")[:, 0, 0]
    last = tf.nn.relu(second + variables["bias2"])
    return tf.linalg.matvec(last, variables["weight"]) + variables["bias"]
