"""The loop that trains many heads over one reading of the features."""

from collections.abc import Iterator, Sequence

import numpy as np

from jobs.common.keyed_rng import rng
from jobs.common.prefetch import Prefetcher
from jobs.common.types import Array, Floats, Tensor
from jobs.model import tf_runtime
from jobs.training.together.adam import State, adam
from jobs.training.together.heads import HeadSpec, Kind, Labels
from jobs.views.parameters import View

_DEPTH = 2  # batches that wait for the step


class Together:
    """Heads in training. What becomes of one does not depend on which others there are.

    That is so but for rounding: products of other sizes are summed up in another order.

    Attributes:
        specs: of the heads that are still trained.
    """

    def __init__(
        self, kind: Kind, specs: Sequence[HeadSpec], views: Sequence[View], sick: Sequence[bool]
    ) -> None:
        """`views` are all that any head is trained on, as in its weights, with their labels."""
        tf = tf_runtime.start()
        self.specs, self._kind, self._views = list(specs), kind, list(views)
        self._sick = np.array(sick, np.float32)
        self._steps = 0
        self._study = specs[0].study
        initial = tuple(map(tf.constant, kind.initial(specs)))
        zeros = tuple(map(tf.zeros_like, initial))
        self._state: State = (initial, zeros, zeros)
        self._step = tf.function(self._one_step, reduce_retracing=True, autograph=False)
        self._predict = tf.function(kind.logits, reduce_retracing=True, autograph=False)

    def keep(self, heads: Sequence[int]) -> None:
        """Goes on with some of the heads, by their numbers in `specs`, alone."""
        members = self._members(heads)
        weights, firsts, seconds = (
            tuple(_take(each, members) for each in part) for part in self._state
        )
        self._state = (weights, firsts, seconds)
        self.specs = [self.specs[head] for head in heads]

    def train(self, epoch: int) -> None:
        """One epoch, from 1, of all heads."""
        with Prefetcher(self._batches(epoch), _DEPTH) as batches:
            for inputs, labels, mask in batches:
                self._steps += 1
                step = tf_runtime.start().constant(self._steps)
                self._state = self._step(self._state, inputs, labels, mask, step, *self._rates)

    def logits(self, views: Sequence[View], heads: Sequence[int] | None = None) -> Floats:
        """Each head's mean of its members' logits of some views: (n, heads) float64."""
        heads = range(len(self.specs)) if heads is None else heads
        members = self._members(heads)
        weights = tuple(_take(each, members) for each in self._state[0])
        size = self._study.train.batch
        parts = [views[start : start + size] for start in range(0, len(views), size)]
        with Prefetcher(map(self._kind.load, parts), _DEPTH) as inputs:
            found = [self._predict(weights, each).numpy() for each in inputs]
        whole = np.concatenate(found).astype(float)
        return whole.reshape(len(views), len(heads), self._kind.members).mean(axis=-1)

    def _members(self, heads: Sequence[int]) -> Array:
        count = self._kind.members
        return (np.array(heads)[:, None] * count + np.arange(count)).ravel()

    @property
    def _rates(self) -> tuple[Tensor, Tensor]:
        return self._of_members("learning_rate"), self._of_members("weight_decay")

    def _of_members(self, name: str) -> Tensor:
        values = [getattr(spec.study.train, name) for spec in self.specs]
        return tf_runtime.start().constant(np.repeat(values, self._kind.members), "float32")

    def _one_step(
        self,
        state: State,
        inputs: tuple[Tensor, ...],
        labels: tuple[Tensor, ...],
        mask: Tensor,
        *rates: Tensor,
    ) -> State:
        """`rates`: the step's number, and each member's learning rate and decay."""
        tf = tf_runtime.start()
        weights = state[0]
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss = self._kind.loss(weights, inputs, Labels(*labels), mask)
        return adam(state, tape.gradient(loss, weights), *rates)

    def _batches(self, epoch: int) -> Iterator[tuple[Tensor, ...]]:
        """The inputs, labels and masks of an epoch; its order is the same for all heads."""
        tf = tf_runtime.start()
        members, size = self._kind.members, self._study.train.batch
        order = rng(self._study.seed, "order of all", epoch).permutation(len(self._views))
        contours = np.repeat([each.study.contours.weight for each in self.specs], members)
        weights = np.stack([spec.weights for spec in self.specs], axis=1)
        starts = range(0, len(order), size)
        for start, masks in zip(starts, self._masks(epoch, len(starts)), strict=True):
            own = order[start : start + size]
            views = [self._views[i] for i in own]
            weight = weights[own]
            count = np.maximum(1, np.count_nonzero(weight, axis=0))
            inputs, of_places = self._kind.load_step(views, epoch)
            labels = (
                tf.constant(self._sick[own]),
                tf.constant(np.repeat(weight / count, members, axis=1), tf.float32),
                of_places,
                tf.constant(contours, tf.float32),
            )
            yield inputs, labels, tf.constant(masks)

    def _masks(self, epoch: int, steps: int) -> Iterator[Array]:
        """What each member leaves out of its inputs' channels: (M, channels) float32 a step."""
        channels = self._state[0][0].shape[-2]
        draws = [
            (spec.study.head.dropout, rng(spec.study.seed, "dropout", spec.model, member, epoch))
            for spec in self.specs
            for member in range(self._kind.members)
        ]
        for _ in range(steps):
            yield np.stack(
                [
                    (draw.random(channels, np.float32) >= share).astype(np.float32) / (1 - share)
                    for share, draw in draws
                ]
            )


def _take(values: Tensor, heads: Array) -> Tensor:
    return tf_runtime.start().gather(values, heads)
