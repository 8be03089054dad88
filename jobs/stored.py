"""Training on features that are on disk: what a head sees, and the head."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jobs import tf_runtime
from jobs.config import Study
from jobs.features import Features, View
from jobs.head import build_head
from jobs.lesson import Lesson
from jobs.randomness import key_seed
from jobs.training import Learner


@dataclass(frozen=True)
class StoredInputs:
    """Features as a model's inputs: the same views in every epoch, view 0 among them."""

    features: Features

    def views(self, image_ids: Sequence[str], epoch: int) -> list[View]:
        """Every view of these images."""
        return self.features.views(image_ids)

    def tensor(self, views: Sequence[View], place: int | None) -> Any:
        """(n, h, w, channels), in the dtype that they are stored in."""
        return tf_runtime.start().constant(self.features.batch(views))


def build_learner(study: Study, lesson: Lesson, shape: tuple[int, ...]) -> Learner:
    """A head that learns, on features of `shape` as they are stored."""
    tf = tf_runtime.start()
    return Learner(lambda stored: tf.cast(stored, tf.float32), new_head(study, lesson, shape))


def new_head(study: Study, lesson: Lesson, shape: tuple[int, ...]) -> Any:
    """The head of a lesson's model with its initial weights, on features of `shape`."""
    seed = key_seed(study.seed, "head", lesson.name) % 2**31
    return build_head(study.head, shape, seed)
