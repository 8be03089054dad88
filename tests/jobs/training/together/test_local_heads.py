"""Many local heads compute what one local classifier does."""

from dataclasses import replace

import numpy as np
import pytest

from jobs.config.sections import ContoursConfig
from jobs.model import tf_runtime
from jobs.model.local_classifier import local_classifier
from jobs.training.contour_labels import LabelledPlaces
from jobs.training.together import local_heads
from jobs.training.together.heads import Labels
from jobs.training.together.local_heads import LocalHeads
from jobs.views.parameters import View
from tests.jobs.training.together.arrays import CHANNELS, STUDY, make_places, spec

PLACES = make_places()
VIEWS = PLACES.views(PLACES.rows)
WEIGHTED = replace(STUDY, contours=ContoursConfig(weight=0.5))


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Products in float32, as the classifier's."""
    monkeypatch.setattr(local_heads, "fast_dtype", lambda: tf_runtime.start().float32)


def label_some(view: View) -> LabelledPlaces:
    """Labels of the first places of a view, as contours have them: of none, of one or of two."""
    count = int(view.image_id) % 3
    weight = np.linspace(1, 0.5, count)
    return LabelledPlaces(np.arange(count), int(view.image_id) % 2 == 1, weight)


def test_they_begin_as_mammo_train_does_and_say_the_same():
    """The members' weights are drawn by the same seeds."""
    kind = LocalHeads(20, STUDY.head, PLACES)
    weights = kind.initial([spec()])
    classifier = local_classifier(STUDY, "fold0", CHANNELS)
    expected = classifier.logits(kind.load(VIEWS)).numpy()
    found = kind.logits(weights, kind.load(VIEWS)).numpy()
    np.testing.assert_allclose(found.mean(axis=1), expected, rtol=1e-5)


@pytest.mark.parametrize("contours", [False, True])
def test_their_loss_and_its_gradient_are_the_classifier_s(contours: bool):
    """With weights of images, and of places inside contours."""
    tf = tf_runtime.start()
    kind = LocalHeads(20, STUDY.head, PLACES, label_some if contours else None)
    study = WEIGHTED if contours else STUDY
    draw = np.random.default_rng(1)
    own = draw.random(len(VIEWS)).astype(np.float32)
    sick = np.arange(len(VIEWS), dtype=np.float32) % 2
    weights = tuple(map(tf.Variable, kind.initial([spec(study)])))
    inputs, of_places = kind.load_step(VIEWS, 1)
    labels = Labels(
        tf.constant(sick),
        tf.constant(np.repeat(own[:, None], 2, axis=1)),
        of_places,
        tf.fill((2,), study.contours.weight),
    )
    with tf.GradientTape() as tape:
        loss = kind.loss(weights, inputs, labels, tf.ones((2, CHANNELS)))
    found = tape.gradient(loss, weights)
    classifier = local_classifier(study, "fold0", CHANNELS)
    trained = classifier.trained.trainable_variables
    labelled = [label_some(view) for view in VIEWS]
    weights_of_places = [each * one.weight for each, one in zip(own, labelled, strict=True)]
    of_one = {
        "sick": labels.sick,
        "weight": own,
        "place_sick": np.repeat(sick, [len(one.rows) for one in labelled]),
        "place_weight": np.concatenate(weights_of_places).astype(np.float32),
    }
    with tf.GradientTape() as tape:
        expected = classifier.loss(inputs, of_one, tf.constant(0))
    members = STUDY.head.members  # the classifier's loss is their mean
    np.testing.assert_allclose(loss / members, expected, rtol=1e-5)
    for mine, theirs in zip(found, tape.gradient(expected, trained), strict=True):
        np.testing.assert_allclose(mine / members, tf.reshape(theirs, mine.shape), atol=1e-6)
