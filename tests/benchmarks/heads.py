"""Many local heads over one reading of the features, compared with one.

    python -m tests.benchmarks.heads [--heads 120] [--images 48] [--places 1900]

Five folds, three seeds and eight settings are 120 heads, which `mammo search` trains as one batch.
An epoch of all of them is compared with one of a single head, as `mammo train` steps, both on the
same features in memory, and taking turns.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jobs.config.sections import HeadConfig, TrainConfig
from jobs.config.study import Study
from jobs.model import tf_runtime
from jobs.model.local_classifier import local_classifier
from jobs.training.place_inputs import StepLoader
from jobs.training.together.heads import HeadSpec
from jobs.training.together.local_heads import LocalHeads
from jobs.training.together.loop import Together
from jobs.views.parameters import View
from tests.benchmarks.measure import measure_in_turns, print_machine, print_ratio, print_time

CHANNELS, BATCH = 768, 8


def main() -> None:
    """Prints times and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--heads", type=int, default=120)
    parser.add_argument("--images", type=int, default=48)
    parser.add_argument("--places", type=int, default=1900, help="of each image")
    parser.add_argument("--hidden", type=int, default=32, help="units of each head")
    parser.add_argument("--sample", type=float, default=0.25, help="of the places, looked at")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts")
    options = parser.parse_args()
    print_machine()
    rows = options.images * options.places
    drawn = np.random.default_rng(0).standard_normal((rows, CHANNELS), np.float32)
    features = InMemory(drawn.astype(np.float16), options.places)
    study = Study(
        head=HeadConfig(
            kind="local", hidden=options.hidden, members=1, dropout=0.5, sample=options.sample
        ),
        train=TrainConfig(batch=BATCH),
    )
    epochs = {"one": epoch_of_one(features, study), "all": epoch_of_all(features, study, options)}
    times = measure_in_turns(epochs, options.rounds)
    print_time("an epoch of one head", times["one"])
    print_time(f"an epoch of {options.heads} heads", times["all"])
    print_ratio(f"{options.heads} heads / one", times["all"], times["one"], "at most 10")


@dataclass(frozen=True)
class InMemory:
    """Features of the places of images that all have as many."""

    rows: np.ndarray
    places: int

    channels = CHANNELS

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the rows."""
        return self.rows.dtype

    def all_views(self) -> list[View]:
        """One of each image."""
        return [View(str(number), 0) for number in range(len(self.rows) // self.places)]

    def lengths(self, views: Sequence[View]) -> np.ndarray:
        """How many places each has."""
        return np.full(len(views), self.places, np.int32)

    def features_of(self, view: View) -> np.ndarray:
        """The rows of a view."""
        return self.rows[int(view.image_id) * self.places :][: self.places]


def labels_of(views: Sequence[View]) -> np.ndarray:
    """Every fourth is sick."""
    return np.array([int(view.image_id) % 4 == 0 for view in views])


def epoch_of_all(
    features: InMemory, study: Study, options: argparse.Namespace
) -> Callable[[], None]:
    """An epoch of so many heads as `mammo search` trains them."""
    views = features.all_views()
    weights = np.random.default_rng(1).random((options.heads, len(views))) < 0.8
    specs = [
        HeadSpec(study, f"fold{number}", own.astype(np.float32))
        for number, own in enumerate(weights)
    ]
    kind = LocalHeads(study.seed, study.head, features)
    heads = Together(kind, specs, views, labels_of(views))
    return lambda: heads.train(1)


def epoch_of_one(features: InMemory, study: Study) -> Callable[[], None]:
    """An epoch of one head, as `Trainer` steps."""
    tf = tf_runtime.start()
    study = replace(study, head=replace(study.head, sample=1.0))  # the default
    classifier = local_classifier(study, "fold0", CHANNELS)
    variables = classifier.trained.trainable_variables
    optimizer = tf.keras.optimizers.Adam()
    optimizer.build(variables)
    loader, views = StepLoader(study.seed, features, study.head.sample), features.all_views()

    @tf.function(reduce_retracing=True, autograph=False)
    def step(rows, lengths, labels):
        with tf.GradientTape() as tape:
            loss = classifier.loss((rows, lengths), labels, optimizer.iterations)
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    def epoch() -> None:
        for start in range(0, len(views), BATCH):
            own = views[start : start + BATCH]
            labels = {
                "sick": tf.constant(labels_of(own), tf.float32),
                "weight": tf.ones(len(own)),
            }
            loaded = loader.load(own, 1)
            float(step(loaded.rows, loaded.lengths, labels))

    return epoch


if __name__ == "__main__":
    main()
