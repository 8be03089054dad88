"""The strictly nested variant."""

from dataclasses import replace

import pytest

from jobs.evaluation.contexts import score_contexts
from jobs.evaluation.nested_context import nested_context
from jobs.evaluation.predictions import select
from tests.jobs.evaluation.exams import cohort

ROWS, MODELS = cohort(patients=120, folds=3)
HELD_OUT = {
    fold: select(ROWS, weights="last", split="validation", model=fold) for fold in MODELS[:-1]
}
PAIRS = {(j, k): HELD_OUT[j] for j in HELD_OUT for k in HELD_OUT if j != k}


def test_with_the_same_scores_it_is_the_simple_variant():
    """It differs from the simple one in nothing but the scores that weights are fitted on."""
    *_, simple = score_contexts(ROWS, MODELS, "exam")
    expected = select(simple.rows, weights="last", split="validation")
    found = nested_context(HELD_OUT, PAIRS, "exam")
    key = lambda row: row.image_id  # noqa: E731
    assert sorted(found, key=key) == sorted(expected, key=key)


def test_only_pairs_without_the_fold_move_it():
    """A fold's scores follow from its own model's, and from those pairs that left it out."""
    before = {row.image_id: row for row in nested_context(HELD_OUT, PAIRS, "exam")}
    pair = ("fold1", "fold0")
    worse = tuple(replace(row, probability=1 - row.probability) for row in PAIRS[pair])
    after = nested_context(HELD_OUT, {**PAIRS, pair: worse}, "exam")
    assert {row.model for row in after if row != before[row.image_id]} == {"fold0"}


def test_a_pair_that_is_missing_is_named():
    """So is one that scored other images."""
    for pair in ((), PAIRS["fold1", "fold0"][1:]):
        with pytest.raises(ValueError, match="without fold1 and fold0 must score all images"):
            nested_context(HELD_OUT, {**PAIRS, ("fold1", "fold0"): pair}, "exam")
