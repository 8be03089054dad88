"""The losses of a local head, against the same losses with a gradient at every place."""

import numpy as np
import pytest

from jobs.config.sections import ContoursConfig, HeadConfig, ModelConfig
from jobs.config.study import Study
from jobs.model import tf_runtime
from jobs.model.heads.local import channel_mask, image_logits, place_logits
from jobs.model.local_classifier import LocalClassifier, local_classifier

LENGTHS = np.int32([6, 3, 5])
LABELS = {"sick": np.float32([1, 0, 0]), "weight": np.float32([2, 1, 0.5])}
LABELLED = [0, 1, 7, 12]
PLACES = {
    "place_sick": np.float32([1, 1, 0, 0]),
    "place_weight": np.float32([1, 1, 0.5, 0.5]),
}


def classifier(dropout: float = 0.0, contours: float = 0.0) -> LocalClassifier:
    study = Study(
        model=ModelConfig(stored="float32"),
        head=HeadConfig(kind="local", hidden=4, members=2, top=0.4, dropout=dropout),
        contours=ContoursConfig(weight=contours),
    )
    return local_classifier(study, "fold0", channels=5)


def features() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(LENGTHS.sum(), 5)).astype(np.float32)


def reference(local: LocalClassifier, labels: dict[str, np.ndarray], step: int):
    """The loss with all places on the tape."""
    tf = tf_runtime.start()
    entropy = tf.nn.sigmoid_cross_entropy_with_logits
    mask = channel_mask(local.trained, local.head.dropout, local.seed, step)
    logits = place_logits(local.trained, features(), mask)
    scores = image_logits(logits, LENGTHS, local.head.top)
    total = 0.0
    for member in range(local.head.members):
        losses = entropy(labels["sick"], scores[:, member])
        total += tf.reduce_sum(losses * labels["weight"])
        if local.contours:
            own = tf.gather(logits[:, member], LABELLED)
            losses = entropy(labels["place_sick"], own)
            total += local.contours * tf.reduce_sum(losses * labels["place_weight"])
    return total / local.head.members


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("contours", [0.0, 0.7])
def test_only_the_places_that_count_have_a_gradient(dropout: float, contours: float):
    """Loss and gradients are those of the whole network at every place."""
    tf = tf_runtime.start()
    local = classifier(dropout, contours)
    labels = {**LABELS, **(PLACES if contours else {})}
    rows = np.concatenate([features(), features()[LABELLED]])
    results = []
    for loss_of in (
        lambda: local.loss((rows, LENGTHS), labels, 5),
        lambda: reference(local, labels, 5),
    ):
        with tf.GradientTape() as tape:
            loss = loss_of()
        results.append((loss.numpy(), tape.gradient(loss, local.trained.trainable_variables)))
    (loss, gradients), (expected, wanted) = results
    assert loss == pytest.approx(expected, rel=1e-5)
    for one, other in zip(gradients, wanted, strict=True):
        assert np.allclose(one.numpy(), other.numpy(), atol=1e-5)


def test_an_image_of_weight_zero_teaches_nothing():
    """So images of other folds may lie in a batch."""
    tf = tf_runtime.start()
    local = classifier()
    gradients = []
    other = features()
    other[9:] = 7  # the third image
    for given in (features(), other):
        with tf.GradientTape() as tape:
            loss = local.loss((given, LENGTHS), {**LABELS, "weight": np.float32([2, 1, 0])}, 0)
        gradients.append(
            [one.numpy() for one in tape.gradient(loss, local.trained.trainable_variables)]
        )
    for one, other in zip(*gradients, strict=True):
        assert np.allclose(one, other, atol=1e-7)


def test_its_score_is_the_mean_of_the_members():
    """Of their scores, each by its own highest places."""
    local = classifier()
    logits = place_logits(local.trained, features())
    expected = image_logits(logits, LENGTHS, local.head.top).numpy().mean(axis=1)
    assert np.allclose(local.logits((features(), LENGTHS)), expected, atol=1e-6)
    assert np.allclose(local.place_logits((features(), LENGTHS)), logits.numpy().mean(axis=1))
