"""The batches that a model trains on and predicts, loaded before they are needed."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from jobs.common.keyed_rng import rng
from jobs.common.prefetch import Prefetcher
from jobs.common.types import Tensor
from jobs.config.study import Study
from jobs.data.training_set import TrainingSet
from jobs.model import tf_runtime
from jobs.training.distributed.replicas import Replicas
from jobs.training.inputs import InputSource
from jobs.views.parameters import View

_DEPTH = 2  # batches that wait for the step, so that a slow one costs nothing


@dataclass(frozen=True)
class BatchLoader:
    """The global batches that a model trains on."""

    source: InputSource
    study: Study
    training_set: TrainingSet
    replicas: Replicas

    @cached_property
    def steps_per_epoch(self) -> int:
        """How many batches an epoch has; the last may be smaller."""
        views = self._training_views(1)
        return -(-len(views) // self.study.train.batch)

    @contextlib.contextmanager
    def batches(self, epochs: range) -> Iterator[Iterator[Tensor]]:
        """The batches of some epochs, one after another, as the replicas take them.

        Each replica's share is made by a thread of its own, which works ahead, also during an
        epoch's validation.

        Yields:
            for each of this process's replicas: inputs (n, ...), labels as `Classifier.loss` takes
            them, and the weight () float32 of each view in the mean over the global batch.
        """
        with contextlib.ExitStack() as stack:
            shares = [
                stack.enter_context(Prefetcher(self._shares(epochs, replica, number), _DEPTH))
                for replica, number in enumerate(self.replicas.here)
            ]
            yield map(self.replicas.spread, zip(*shares, strict=True))

    @contextlib.contextmanager
    def untouched(self, image_ids: Sequence[str]) -> Iterator[Iterator[Tensor]]:
        """The inputs of the view of each image that is predicted, in their order, made ahead.

        It is view 0, the untouched one, unless the training set holds out others.

        Yields:
            (n, ...) each.
        """
        size = -(-self.study.train.batch // self.replicas.count)  # a replica has room for its share
        views = [
            View(image_id, self.training_set.predicted_view(image_id)) for image_id in image_ids
        ]
        parts = (views[start : start + size] for start in range(0, len(views), size))
        with Prefetcher(self.source.load(part, None) for part in parts) as inputs:
            yield inputs

    def _shares(self, epochs: range, replica: int, number: int) -> Iterator[tuple[Tensor, ...]]:
        """A replica's share of each batch: `replica` is its number here, `number` among all."""
        tf = tf_runtime.start()
        batches = ((epoch, views) for epoch in epochs for views in self._views(epoch))
        for epoch, views in batches:
            own = views[number :: self.replicas.count]
            weight = 1 / len(views) if own else 0.0
            own = own or views[:1]  # not every library takes an empty batch
            sick = [self.training_set.sick[view.image_id] for view in own]
            weights = [self._weights[view.image_id] for view in own]
            inputs, of_places = self.source.load_step(own, weights, epoch, replica)
            labels = {
                "sick": tf.constant(sick, tf.float32),
                "weight": tf.constant(weights, tf.float32),
                **of_places,
            }
            yield inputs, labels, tf.constant(weight, tf.float32)

    @cached_property
    def _weights(self) -> Mapping[str, float]:
        """The weight of a view of each image; their mean over all training views is 1.

        Where classes are balanced, each release's are: otherwise the look of one that has more sick
        images would be learnt as a sign of cancer.
        """
        chosen = self.training_set
        if self.study.train.class_weights == "none":
            return dict.fromkeys((*chosen.training, *chosen.joined), 1.0)
        weights: dict[str, float] = {}
        for ids in filter(None, (chosen.training, chosen.joined)):
            views = self._views_of(ids, 1)
            count = Counter(chosen.sick[view.image_id] for view in views)
            weights |= {each: len(views) / 2 / count[chosen.sick[each]] for each in ids}
        return weights

    def _views(self, epoch: int) -> Iterator[list[View]]:
        """The global batches of an epoch."""
        views = self._training_views(epoch)
        order = rng(self.study.seed, "order", self.training_set.name, epoch).permutation(len(views))
        size = self.study.train.batch
        for start in range(0, len(views), size):
            yield [views[i] for i in order[start : start + size]]

    def _training_views(self, epoch: int) -> list[View]:
        """The views of an epoch, but for those that are held out."""
        return self._views_of((*self.training_set.training, *self.training_set.joined), epoch)

    def _views_of(self, image_ids: Sequence[str], epoch: int) -> list[View]:
        views = self.source.views(image_ids, epoch)
        return [each for each in views if self.training_set.trains_on(each.image_id, each.number)]
