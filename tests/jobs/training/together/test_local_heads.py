"""Many local heads compute what one local classifier does."""

from dataclasses import replace

import numpy as np
import pytest

from jobs.config.sections import ContoursConfig
from jobs.model import tf_runtime
from jobs.model.local_classifier import local_classifier
from jobs.training.together import local_heads
from jobs.training.together.heads import Labels
from jobs.training.together.local_heads import LocalHeads
from tests.jobs.training.together.arrays import CHANNELS, STUDY, make_places, spec

PLACES = make_places()
VIEWS = PLACES.views(PLACES.rows)
WEIGHTED = replace(STUDY, contours=ContoursConfig(weight=0.5))


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Products in float32, as the classifier's."""
    monkeypatch.setattr(local_heads, "fast_dtype", lambda: tf_runtime.start().float32)


class Drawn:
    """Labels of the first place of every view, as contours have them."""

    def __call__(self, views, weights):
        tf = tf_runtime.start()
        ends = np.cumsum(PLACES.lengths(views))
        sick = [float(int(view.image_id) % 2) for view in views]
        return {
            "places": tf.constant(ends - PLACES.lengths(views), tf.int32),
            "place_sick": tf.constant(sick),
            "place_weight": tf.constant(weights, tf.float32),
        }


def test_they_begin_as_mammo_train_does_and_say_the_same():
    """The members' weights are drawn by the same seeds."""
    kind = LocalHeads(STUDY.head, PLACES)
    weights = kind.initial([spec()])
    classifier = local_classifier(STUDY, "fold0", CHANNELS)
    expected = classifier.logits(kind.load(VIEWS)).numpy()
    found = kind.logits(weights, kind.load(VIEWS)).numpy()
    np.testing.assert_allclose(found.mean(axis=1), expected, rtol=1e-5)


@pytest.mark.parametrize("contours", [False, True])
def test_their_loss_and_its_gradient_are_the_classifier_s(contours: bool):
    """With weights of images, and of places inside contours."""
    tf = tf_runtime.start()
    kind = LocalHeads(STUDY.head, PLACES, Drawn() if contours else None)
    study = WEIGHTED if contours else STUDY
    draw = np.random.default_rng(1)
    own = draw.random(len(VIEWS)).astype(np.float32)
    sick = np.arange(len(VIEWS), dtype=np.float32) % 2
    weights = tuple(map(tf.Variable, kind.initial([spec(study)])))
    labels = Labels(
        tf.constant(sick),
        tf.constant(np.repeat(own[:, None], 2, axis=1)),
        kind.place_labels(VIEWS),
        tf.fill((2,), study.contours.weight),
    )
    with tf.GradientTape() as tape:
        loss = kind.loss(weights, kind.load_step(VIEWS, draw), labels, tf.ones((2, CHANNELS)))
    found = tape.gradient(loss, weights)
    classifier = local_classifier(study, "fold0", CHANNELS)
    trained = classifier.trained.trainable_variables
    of_one = {"sick": labels.sick, "weight": tf.constant(own), **Drawn()(VIEWS, own)}
    with tf.GradientTape() as tape:
        expected = classifier.loss(kind.load(VIEWS), of_one, tf.constant(0))
    members = STUDY.head.members  # the classifier's loss is their mean
    np.testing.assert_allclose(loss / members, expected, rtol=1e-5)
    for mine, theirs in zip(found, tape.gradient(expected, trained), strict=True):
        np.testing.assert_allclose(mine / members, tf.reshape(theirs, mine.shape), atol=1e-6)


@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
def test_a_step_looks_at_a_share_of_each_image_s_own_places(share: float):
    """At least one, and never another image's."""
    kind = LocalHeads(STUDY.head, PLACES, share=share)
    _, lengths, rows, counts = kind.load_step(VIEWS, np.random.default_rng(0))
    lengths, rows, counts = lengths.numpy(), rows.numpy(), counts.numpy()
    assert counts.tolist() == [max(1, round(share * length)) for length in lengths]
    starts = np.repeat(np.cumsum(lengths) - lengths, counts)
    assert ((starts <= rows) & (rows < starts + np.repeat(lengths, counts))).all()
    assert len(set(rows.tolist())) == counts.sum()
