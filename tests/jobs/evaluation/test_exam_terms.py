"""What an exam says of each of its images."""

import numpy as np
import pytest

from jobs.evaluation.exam_terms import exam_terms, score_names
from tests.jobs.evaluation.exams import image

LOG3 = np.log(3)
EXAM = [
    image(1, side="L", probability=0.75),
    image(2, side="L", probability=0.5),
    image(3, side="L", probability=0.25),
    image(4, side="R", probability=0.75),
    image(5, patient="b", side="R", probability=0.25),
]


def test_terms_by_hand():
    """Own logit, the mean of the breast's others, the mean of the other breast; NaN if none."""
    nan = np.nan
    expected = [
        [LOG3, -LOG3 / 2, LOG3],
        [0, 0, LOG3],
        [-LOG3, LOG3 / 2, LOG3],
        [LOG3, nan, 0],
        [-LOG3, nan, nan],
    ]
    found = exam_terms(EXAM, ["probability"])[:, :, 0]
    assert found == pytest.approx(np.array(expected), nan_ok=True)


def test_each_score_has_its_own_terms():
    """The branch's logits as they are; those of the other score are not mixed in."""
    rows = [image(1, side="L", calcifications=2.0), image(2, side="R", calcifications=-1.0)]
    found = exam_terms(rows, score_names(rows))
    assert found.shape == (2, 3, 2)
    assert found[:, 0, 1].tolist() == [2.0, -1.0]
    assert found[:, 2, 1].tolist() == [-1.0, 2.0]
    assert score_names(EXAM) == ("probability",)


def test_the_order_of_images_moves_no_digit():
    """The terms of each image are the same, bit for bit."""
    rng = np.random.default_rng(0)
    rows = [image(n, side="LR"[n % 2], probability=float(rng.random())) for n in range(9)]
    once, again = exam_terms(rows, ["probability"]), exam_terms(rows[::-1], ["probability"])
    assert np.array_equal(once, again[::-1])
