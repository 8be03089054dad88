"""Many local heads over one reading of the features, compared with one.

    python -m tests.benchmarks.heads [--heads 75] [--images 48] [--places 1900]

Five folds, three seeds of folds and five initialisations are 75 heads: members of one model, each
with its own weight for each image, which is 0 where the image is not in its training folds. An
epoch of all of them is compared with one of a single head, both on the same features in memory, and
taking turns.
"""

import argparse
from collections.abc import Callable

import numpy as np

from jobs.config.sections import HeadConfig
from jobs.config.study import Study
from jobs.model import tf_runtime
from jobs.model.local_classifier import local_classifier
from tests.benchmarks.measure import measure_in_turns, print_machine, print_ratio, print_time

CHANNELS, BATCH = 768, 8


def main() -> None:
    """Prints times and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--heads", type=int, default=75)
    parser.add_argument("--images", type=int, default=48)
    parser.add_argument("--places", type=int, default=1900, help="of each image")
    parser.add_argument("--hidden", type=int, default=32, help="units of each head")
    options = parser.parse_args()
    print_machine()
    rows = options.images * options.places
    features = np.random.default_rng(0).standard_normal((rows, CHANNELS), np.float32)
    features = features.astype(np.float16)
    counts = {"one": 1, "all": options.heads}
    epochs = {
        name: make_epoch(features, options.places, options.hidden, count)
        for name, count in counts.items()
    }
    times = measure_in_turns(epochs, rounds=5)
    print_time("an epoch of one head", times["one"])
    print_time(f"an epoch of {options.heads} heads", times["all"])
    print_ratio(f"{options.heads} heads / one", times["all"], times["one"], "at most 8")


def make_epoch(features: np.ndarray, places: int, hidden: int, heads: int) -> Callable[[], None]:
    """An epoch of so many heads as one model, as `Trainer` steps."""
    tf = tf_runtime.start()
    study = Study(head=HeadConfig(kind="local", hidden=hidden, members=heads, dropout=0.5))
    classifier = local_classifier(study, "fold0", CHANNELS)
    variables = classifier.trained.trainable_variables
    optimizer = tf.keras.optimizers.Adam()
    optimizer.build(variables)
    images = len(features) // places
    weights = np.random.default_rng(1).random((images, heads)) < 0.8
    sick = np.arange(images) % 4 == 0

    @tf.function(reduce_retracing=True, autograph=False)
    def step(rows, lengths, labels):
        with tf.GradientTape() as tape:
            loss = classifier.loss((rows, lengths), labels, optimizer.iterations)
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    def epoch() -> None:
        for first in range(0, images, BATCH):
            own = slice(first, first + BATCH)
            count = len(sick[own])
            labels = {
                "sick": tf.constant(sick[own], tf.float32),
                "weight": tf.constant(weights[own], tf.float32),
            }
            rows = tf.constant(features[first * places : (first + count) * places])
            float(step(rows, tf.fill((count,), places), labels))

    return epoch


if __name__ == "__main__":
    main()
