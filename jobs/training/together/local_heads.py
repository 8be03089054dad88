"""Many local heads at once: see `jobs.model.heads.local` for one.

Nearly all of the work is to find each image's highest places, which takes every place's logit. It
is done in bfloat16 where the processor multiplies that faster; the highest places' logits, and all
that is learnt from them, are in float32.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs.common.keyed_rng import key_seed
from jobs.common.types import Array, Tensor
from jobs.config.sections import HeadConfig
from jobs.features.places import PlaceSource
from jobs.model import tf_runtime
from jobs.model.heads.local import highest_places
from jobs.training.contour_labels import ContourLabels
from jobs.training.place_inputs import StepLoader, load_places
from jobs.training.together.heads import HeadSpec, Labels, Weights
from jobs.training.together.rounding import fast_dtype
from jobs.views.parameters import View


@dataclass(frozen=True)
class LocalHeads:
    """Local heads with one `hidden`, `top`, `members` and `sample`.

    Attributes:
        seed: of which places a step looks at.
        head: the settings that the heads have in common.
        features: of the places inside the breast.
        labels: of the places inside contours; None where no head has a loss of them.
    """

    seed: int
    head: HeadConfig
    features: PlaceSource
    labels: ContourLabels | None = None

    @property
    def members(self) -> int:
        """Networks of one head."""
        return self.head.members

    def initial(self, specs: Sequence[HeadSpec]) -> list[Array]:
        """(M, channels, hidden), (M, hidden), (M, hidden), (M,)."""
        keras = tf_runtime.start().keras
        channels, hidden = self.features.channels, self.head.hidden
        seeds = [
            key_seed(spec.study.seed, "head", spec.model, member) % 2**31
            for spec in specs
            for member in range(self.members)
        ]

        def draw(shape: tuple[int, int]) -> Array:
            return np.stack(
                [np.array(keras.initializers.GlorotUniform(seed)(shape)) for seed in seeds]
            )

        count = len(seeds)
        return [
            draw((channels, hidden)),
            np.zeros((count, hidden), np.float32),
            draw((hidden, 1))[..., 0],
            np.zeros(count, np.float32),
        ]

    def load(self, views: Sequence[View]) -> tuple[Tensor, Tensor]:
        """(rows, channels), and how many rows each view has, (n,) int32."""
        return load_places(self.features, views)

    def load_step(
        self, views: Sequence[View], epoch: int
    ) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """As `mammo train` reads it: the rows, then the labelled ones; how many are looked at."""
        constant = tf_runtime.start().constant
        loaded = self._step.load(views, epoch)
        of_places = (
            (number, own.sick, weight)
            for number, own in enumerate(loaded.labelled)
            for weight in own.weight.tolist()
        )
        number, sick, weight = np.array([*of_places]).reshape(-1, 3).T
        labels = constant(number, "int32"), constant(sick, "float32"), constant(weight, "float32")
        return (loaded.rows, loaded.lengths), labels

    @property
    def _step(self) -> StepLoader:
        return StepLoader(self.seed, self.features, self.head.sample, self.labels)

    def loss(
        self, weights: Weights, inputs: tuple[Tensor, ...], labels: Labels, mask: Tensor
    ) -> Tensor:
        """As `LocalClassifier.loss`, of each member by itself."""
        tf = tf_runtime.start()
        stored, lengths = inputs
        looked_at = tf.reduce_sum(lengths)
        stored, labelled = stored[:looked_at], stored[looked_at:]
        kernel, *rest = weights
        kernel = kernel * mask[..., None]
        found = tf.stop_gradient(_all_places((kernel, *rest), stored))
        highest = highest_places(found, lengths, self.head.top)
        n, members, most = tf.unstack(tf.shape(highest.rows))
        own = tf.reshape(tf.transpose(highest.rows, (1, 0, 2)), (members, n * most))
        logits = _own_places((kernel, *rest), tf.cast(tf.gather(stored, own), tf.float32))
        scores = tf.reduce_sum(tf.reshape(logits, (members, n, most)) * highest.share[:, 0], -1)
        losses = _cross_entropy(labels.sick, scores)
        total = tf.reduce_sum(losses * tf.transpose(labels.weight))
        if self.labels is None:
            return total
        views, sick, weight = labels.places
        logits = _own_places((kernel, *rest), tf.cast(labelled, tf.float32)[None])
        own_weight = tf.transpose(tf.gather(labels.weight, views)) * weight
        losses = _cross_entropy(sick, logits) * own_weight * labels.contours[:, None]
        return total + tf.reduce_sum(losses)

    def logits(self, weights: Weights, inputs: tuple[Tensor, ...]) -> Tensor:
        """As `LocalClassifier.logits`, of each member by itself."""
        tf = tf_runtime.start()
        stored, lengths = inputs
        found = _all_places(weights, stored, exact=True)
        highest = highest_places(found, lengths, self.head.top)
        return tf.reduce_sum(highest.logits * highest.share, axis=-1)


def _all_places(weights: Weights, stored: Tensor, exact: bool = False) -> Tensor:
    """Every member's logit at every place: (rows, M) float32.

    The second layer is one product with a matrix that has the members' weights on its diagonal: it
    takes less time than to multiply and add up.
    """
    tf = tf_runtime.start()
    kernel, bias, second, last = weights
    dtype = tf.float32 if exact else fast_dtype()
    members, channels, hidden = tf.unstack(tf.shape(kernel))
    flat = tf.reshape(tf.transpose(kernel, (1, 0, 2)), (channels, members * hidden))
    units = tf.nn.relu(
        tf.nn.bias_add(
            tf.cast(stored, dtype) @ tf.cast(flat, dtype), tf.cast(tf.reshape(bias, (-1,)), dtype)
        )
    )
    diagonal = tf.reshape(tf.eye(members)[:, None] * second[..., None], (members * hidden, members))
    return tf.cast(units @ tf.cast(diagonal, dtype), tf.float32) + last


def _own_places(weights: Weights, places: Tensor) -> Tensor:
    """Each member's logits at its own places: (M, p) of (M or 1, p, channels) float32."""
    tf = tf_runtime.start()
    kernel, bias, second, last = weights
    units = tf.nn.relu(places @ kernel + bias[:, None])
    return tf.reduce_sum(units * second[:, None], axis=-1) + last[:, None]


def _cross_entropy(labels: Tensor, logits: Tensor) -> Tensor:
    tf = tf_runtime.start()
    return tf.nn.sigmoid_cross_entropy_with_logits(
        tf.broadcast_to(labels, tf.shape(logits)), logits
    )
