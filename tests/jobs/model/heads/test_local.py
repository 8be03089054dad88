"""The local head against NumPy: its logits, its highest places, and what it learns from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.config.sections import HeadConfig
from jobs.model import tf_runtime
from jobs.model.graph import compute
from jobs.model.heads.local import (
    build_local_head,
    channel_mask,
    highest_places,
    image_logits,
    local_network,
    member_logits,
    place_logits,
)
from jobs.model.tensorflow_extractor import apply

HEAD = HeadConfig(kind="local", hidden=4, members=3, top=0.25)


def places(rows: int, channels: int = 5, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, channels)).astype(np.float32)


def test_a_place_passes_one_hidden_layer_of_each_member():
    """relu(x W + b) v + c, written out in NumPy; the Keras model itself says the same."""
    head = build_local_head(HEAD, 5, seeds=[1, 2, 3])
    for weights in head.weights:
        weights.assign(np.random.default_rng(1).normal(size=weights.shape))
    kernel, bias, last, constant = (each.numpy() for each in head.weights)
    given_places = places(7)
    units = np.maximum(np.einsum("pc,mch->pmh", given_places, kernel) + bias, 0)
    expected = np.einsum("pmh,mh->pm", units, last) + constant
    assert np.allclose(place_logits(head, given_places), expected, atol=1e-5)
    assert np.allclose(head(given_places), expected, atol=1e-5)
    each = np.stack([given_places[:2], given_places[2:4], given_places[4:6]])
    own = [expected[:2, 0], expected[2:4, 1], expected[4:6, 2]]
    assert np.allclose(member_logits(head, each), own, atol=1e-5)


def test_a_member_does_not_depend_on_the_others():
    """Its initial weights come from its own seed."""
    three = build_local_head(HEAD, 5, seeds=[1, 2, 3])
    one = build_local_head(HEAD, 5, seeds=[2])
    for many, alone in zip(three.get_weights(), one.get_weights(), strict=True):
        assert np.array_equal(many[1], alone[0])


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    top=st.floats(0.01, 1.0),
    seed=st.integers(0, 99),
)
def test_an_image_scores_the_mean_of_its_highest_places(lengths: list[int], top: float, seed: int):
    """The share `top` of its own places, at least one, whatever other images are in the batch."""
    logits = places(sum(lengths), channels=2, seed=seed)
    scores = image_logits(logits, np.int32(lengths), top).numpy()
    parts = np.split(logits, np.cumsum(lengths)[:-1])
    for score, part in zip(scores, parts, strict=True):
        count = max(1, int(np.rint(np.float32(top) * np.float32(len(part)))))
        assert np.allclose(score, np.sort(part, axis=0)[-count:].mean(axis=0), atol=1e-5)


def test_the_highest_places_are_rows_of_their_own_image():
    """They are what the gradient flows to."""
    logits = np.float32([[1, 5], [3, 4], [2, 0], [9, 9]])
    highest = highest_places(logits, np.int32([3, 1]), top=0.67)
    assert highest.rows[0].numpy().tolist() == [[1, 2], [0, 1]]
    assert highest.rows[1, 0, 0] == 3
    assert highest.share.numpy().tolist() == [[[0.5, 0.5]], [[1.0, 0.0]]]


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4), top=st.floats(0.01, 1.0))
def test_no_row_is_beyond_its_image(lengths: list[int], top: float):
    """Not even where a larger image of the batch has more places among its highest."""
    highest = highest_places(places(sum(lengths), channels=2), np.int32(lengths), top)
    for rows, end, length in zip(highest.rows, np.cumsum(lengths), lengths, strict=True):
        assert ((rows >= end - length) & (rows < end)).numpy().all()


def test_dropout_leaves_out_channels_by_seed_and_step():
    """The same step leaves out the same channels; the mean over steps is 1."""
    head = build_local_head(HEAD, 5, seeds=[1, 2, 3])
    assert channel_mask(head, 0.0, 7, 1) is None
    first, again, other = (channel_mask(head, 0.5, 7, step).numpy() for step in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    masks = [channel_mask(head, 0.25, 7, step).numpy() for step in range(400)]
    assert np.mean(masks) == pytest.approx(1, abs=0.03)


def test_as_plain_operations_it_gives_the_mean_logit_of_each_place():
    """What explanations are built on."""
    tf = tf_runtime.start()
    head = build_local_head(HEAD, 5, seeds=[1, 2, 3])
    features = places(2 * 3 * 4).reshape(2, 3, 4, 5)
    values = compute(local_network(head), tf.constant(features), apply)
    expected = place_logits(head, features.reshape(-1, 5)).numpy().mean(axis=1)
    assert np.allclose(values["place_logits"].numpy().ravel(), expected, atol=1e-6)
