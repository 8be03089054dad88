"""Heads that are trained together are what each would be alone."""

from dataclasses import replace

import numpy as np
import pytest

from jobs.model import tf_runtime
from jobs.training.together import local_heads
from tests.jobs.training.together.arrays import (
    STUDY,
    changed,
    logits_of,
    make_heads,
    make_places,
    spec,
)


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Products in float32: in bfloat16 places may change ranks with the size of a product."""
    monkeypatch.setattr(local_heads, "fast_dtype", lambda: tf_runtime.start().float32)


HEADS = (
    spec(changed("train", learning_rate=0.02)),
    spec(changed("head", dropout=0.4), "fold1"),
    spec(changed("train", weight_decay=0.1), "fold2", [1.0] * 5 + [0.0] * 5),
)


def test_a_head_does_not_depend_on_the_others():
    """Whatever their rates, decays, dropout and images are."""
    together = logits_of(make_heads(HEADS))
    alone = [logits_of(make_heads([each]))[:, 0] for each in HEADS]
    np.testing.assert_allclose(together, np.stack(alone, axis=1), atol=1e-4)
    assert np.ptp(together, axis=1).min() > 1e-3, "the heads differ"


def test_heads_go_on_without_those_that_have_ended():
    """As if the others had never been there."""
    heads = make_heads(HEADS)
    logits_of(heads, epochs=1)
    heads.keep([0, 2])
    left = logits_of(heads, epochs=1, first=2)
    np.testing.assert_allclose(left, logits_of(make_heads(HEADS))[:, [0, 2]], atol=1e-4)


def test_an_image_of_weight_zero_teaches_nothing():
    """A fold's head never sees the fold's images."""
    weights = [1.0] * 9 + [0.0]
    before = logits_of(make_heads([spec(weights=weights)]))
    places = make_places()
    places.rows["9"][:] = 7
    after = logits_of(make_heads([spec(weights=weights)], places))
    np.testing.assert_array_equal(before[:9], after[:9])
    assert before[9] != after[9]


def test_the_same_again_is_the_same_bit_for_bit():
    """Also where a step looks at some of the places alone."""
    once, again = (
        logits_of(make_heads(HEADS, head=replace(STUDY.head, sample=0.5))) for _ in range(2)
    )
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, logits_of(make_heads(HEADS)))


def test_they_learn():
    """The sick have higher features, and come to have higher scores."""
    scores = logits_of(make_heads([spec()]), epochs=30)[:, 0]
    assert scores[1::2].min() > scores[::2].max()
