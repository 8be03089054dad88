"""The rank-1 curve: closed forms."""

import numpy as np
import pytest

from jobs.explain.backward import gradient_rule
from jobs.explain.checks.rank_one import rank_one_curve
from jobs.explain.target import ExplainedModel
from jobs.model.graph import Convolution, Mean, Node

WIDE = 64


def target(kernel: np.ndarray) -> ExplainedModel:
    """A view whose pixels become WIDE channels, these become as many by `kernel`."""
    spread = np.eye(WIDE, dtype=np.float32).reshape(8, 8, 1, WIDE)
    nodes = (
        Node("spread", ("",), Convolution(spread, np.ones(WIDE, np.float32), (8, 8))),
        Node("mixed", ("spread",), Convolution(kernel[None, None], np.ones(WIDE, np.float32))),
        Node("head_convolution", ("mixed",), Convolution(np.ones((1, 1, WIDE, 1)), np.ones(1))),
        Node("mean", ("head_convolution",), Mean()),
    )
    return ExplainedModel(nodes)


VIEW = np.ones((8, 8), np.float32)


def test_a_matrix_of_rank_one_forgets_what_was_sent():
    """Whatever is sent back arrives in one direction: the cosine is 1 below it, not above."""
    rank_one = np.outer(np.arange(1, WIDE + 1), np.ones(WIDE)).astype(np.float32)
    found = rank_one_curve(target(rank_one), VIEW, lambda forward: gradient_rule, seed=20)
    assert [each["at"] for each in found] == ["spread", ""]
    assert [each["cosine"] for each in found] == pytest.approx([1, 1], abs=1e-5)


def test_a_rotation_forgets_nothing():
    """Random vectors stay as unlike as they were sent, in 64 dimensions."""
    found = rank_one_curve(
        target(np.eye(WIDE, dtype=np.float32)), VIEW, lambda forward: gradient_rule, seed=20
    )
    assert all(each["cosine"] < 0.3 for each in found)


def test_nothing_that_arrives_has_no_cosine():
    """A layer that sends nothing back: None, no warning."""
    nothing = np.zeros((WIDE, WIDE), np.float32)
    found = rank_one_curve(target(nothing), VIEW, lambda forward: gradient_rule, seed=20)
    assert [each["cosine"] for each in found] == [None, None]
