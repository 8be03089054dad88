"""What is trained of a head that keeps locality: its logits, and the two losses."""

from collections.abc import Mapping
from dataclasses import dataclass

from jobs.common.keyed_rng import key_seed
from jobs.common.types import Tensor
from jobs.config.sections import HeadConfig
from jobs.config.study import Study
from jobs.model import tf_runtime
from jobs.model.heads.local import (
    build_local_head,
    channel_mask,
    highest_places,
    image_logits,
    member_logits,
    place_logits,
)
from jobs.model.tf_runtime import Model


@dataclass(frozen=True)
class LocalClassifier:
    """A local head on stored features of the places inside the breast.

    Its inputs are the places' features, (rows, channels), one image after another, and how many
    rows each image has, (n,) int32.

    Attributes:
        input_spec: of the inputs.
        trained: a Keras model: (places, channels) float32 -> logits (places, members) float32.
        head: the head's settings.
        contours: the weight of the contours' loss.
        seed: of what a training step draws.
    """

    input_spec: tuple[Tensor, Tensor]
    trained: Model
    head: HeadConfig
    contours: float
    seed: int

    def logits(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        """The mean of the members' scores of each image: (n,) float32."""
        tf = tf_runtime.start()
        features, lengths = inputs
        logits = place_logits(self.trained, tf.cast(features, tf.float32))
        return tf.reduce_mean(image_logits(logits, lengths, self.head.top), axis=-1)

    def place_logits(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        """The mean of the members' logits at each place: (rows,) float32."""
        tf = tf_runtime.start()
        features, _ = inputs
        return tf.reduce_mean(place_logits(self.trained, tf.cast(features, tf.float32)), axis=-1)

    def loss(
        self, inputs: tuple[Tensor, Tensor], labels: Mapping[str, Tensor], step: Tensor
    ) -> Tensor:
        """The sum of a batch's losses, each the mean over the members: () float32.

        Only the places that count have a gradient: the highest ones, and the labelled. So the
        others pass forwards alone.

        Args:
            inputs: of the places that the step looks at; with contours, the p places that have a
                label of their own come after all of them.
            labels: `sick`, (n,) float32, and `weight`, (n,) or, of each member, (n, members)
                float32: an image of weight 0 teaches it nothing. With contours also `place_sick`
                and `place_weight`, (p,) float32.
            step: how many steps were taken before.
        """
        tf = tf_runtime.start()
        features, lengths = inputs
        features = tf.cast(features, tf.float32)
        looked_at = tf.reduce_sum(lengths)
        features, labelled = features[:looked_at], features[looked_at:]
        mask = channel_mask(self.trained, self.head.dropout, self.seed, step)
        logits = tf.stop_gradient(place_logits(self.trained, features, mask))
        highest = highest_places(logits, lengths, self.head.top)
        scores = self._scores(features, highest.rows, highest.share, mask)
        losses = _cross_entropy(labels["sick"][:, None], scores)
        weight = tf.reshape(labels["weight"], (tf.shape(losses)[0], -1))
        total = tf.reduce_sum(losses * weight)
        if self.contours:
            logits = place_logits(self.trained, labelled, mask)
            losses = _cross_entropy(labels["place_sick"][:, None], logits)
            total += self.contours * tf.reduce_sum(losses * labels["place_weight"][:, None])
        return total / self.head.members

    def _scores(self, features: Tensor, rows: Tensor, share: Tensor, mask: Tensor | None) -> Tensor:
        """The members' scores by their own places: (n, members)."""
        tf = tf_runtime.start()
        n, members, most = tf.unstack(tf.shape(rows))
        own = tf.reshape(tf.transpose(rows, (1, 0, 2)), (members, n * most))
        logits = member_logits(self.trained, tf.gather(features, own), mask)
        logits = tf.transpose(tf.reshape(logits, (members, n, most)), (1, 0, 2))
        return tf.reduce_sum(logits * share, axis=-1)


def local_classifier(study: Study, model: str, channels: int) -> LocalClassifier:
    """The local head of a study's model, on features of so many channels."""
    tf = tf_runtime.start()
    spec = (
        tf.TensorSpec((None, channels), study.model.stored),
        tf.TensorSpec((None,), tf.int32),
    )
    seeds = [
        key_seed(study.seed, "head", model, member) % 2**31 for member in range(study.head.members)
    ]
    head = build_local_head(study.head, channels, seeds)
    seed = key_seed(study.seed, "dropout", model) % 2**31
    return LocalClassifier(spec, head, study.head, study.contours.weight, seed)


def _cross_entropy(labels: Tensor, logits: Tensor) -> Tensor:
    tf = tf_runtime.start()
    return tf.nn.sigmoid_cross_entropy_with_logits(
        tf.broadcast_to(labels, tf.shape(logits)), logits
    )
