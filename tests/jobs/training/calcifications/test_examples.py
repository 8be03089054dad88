"""What an epoch of a detector consists of."""

import numpy as np

from jobs.calcifications.candidates import PATCH
from jobs.training.calcifications.examples import Examples


def numbered(first: int, count: int) -> np.ndarray:
    """Patches of one value each, whose middle pixels are lighter in one corner."""
    patches = np.zeros((count, PATCH, PATCH), np.float16)
    patches += np.arange(first, first + count)[:, np.newaxis, np.newaxis]
    patches[:, 0, 1] += 1000
    return patches


EXAMPLES = Examples(numbered(100, 10), numbered(500, 200))


def draw(hard=None, seed=1):
    return EXAMPLES.draw(np.random.default_rng(seed), hard)


def test_an_epoch_has_three_others_for_each_calcification():
    """Each calcification once, each of the others at most once."""
    patches, labels = draw()
    values = patches[:, 5, 5]
    assert sorted(values[labels == 1]) == list(range(100, 110))
    assert len(set(values[labels == 0])) == 30 and values[labels == 0].min() >= 500


def test_half_of_the_others_are_hard_ones():
    """Where an earlier detector found some."""
    patches, labels = draw(hard=np.array([7, 8]))
    values = patches[labels == 0, 5, 5]
    assert np.isin(values, [507, 508]).sum() >= 15


def test_the_hard_ones_are_those_with_the_largest_logits():
    """As many as an epoch has of them."""
    hard = EXAMPLES.find_hard(np.arange(200.0))
    assert sorted(hard) == list(range(170, 200))


def test_patches_come_in_all_eight_orientations():
    """The lighter pixel lies at each of the eight places to which flips and turns carry it."""
    end, last = PATCH - 1, PATCH - 2
    expected = {(0, 1), (1, 0), (0, last), (1, end), (end, 1), (last, 0), (end, last), (last, end)}
    patches, _ = draw()
    assert {np.unravel_index(each.argmax(), each.shape) for each in patches} == expected


def test_the_examples_stay_as_they_are():
    """Drawing changes nothing; the same seed draws the same."""
    before = EXAMPLES.positive.copy()
    first, second = draw()[0], draw()[0]
    assert np.array_equal(first, second) and np.array_equal(EXAMPLES.positive, before)
    assert not np.array_equal(first, draw(seed=2)[0])
