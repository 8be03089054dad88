"""Logits of probabilities."""

import numpy as np
import pytest

from jobs.evaluation.logits import logits


def test_logits_are_finite():
    """Also those of 0 and 1, which float32 heads may say; the others are log(p / (1 - p))."""
    assert logits(np.array([0.0, 0.5, 0.75, 1.0])) == pytest.approx(
        [-16.118, 0.0, np.log(3), 16.118], abs=1e-3
    )
