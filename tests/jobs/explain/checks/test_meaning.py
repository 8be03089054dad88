"""What the checks' verdicts mean together."""

import pytest

from jobs.explain.checks.expectations import CHECKS, FAILS, PASSES
from jobs.explain.checks.meaning import say
from jobs.explain.checks.verdicts import Outcome


def outcomes(default: str | None = PASSES, **verdicts: str | None) -> dict[str, Outcome]:
    """Every check with a verdict, SSIM 0.32 against 0.29."""
    return {check: Outcome(verdicts.get(check, default), 0.32, 0.29, "") for check in CHECKS}


def test_all_passed():
    """Everything that a map can be good for is said."""
    assert say(outcomes()) == (
        "passes",
        "It depends on what was learnt, other models of the study agree, and it points at lesions "
        "more often than any map that knows no model.",
    )


def test_pointing_alone_says_little():
    """All others are open, and are named as such."""
    word, text = say(outcomes(None, pointing=PASSES))
    assert word == "unknown"
    assert text == (
        "It points at lesions more often than any map that knows no model. Not decided: whether it "
        "depends on what was learnt, and whether other models of the study agree."
    )


@pytest.mark.parametrize(
    ("open_checks", "word"),
    [
        (("random_layers",), "unknown"),
        (("random_head", "permuted_labels"), "unknown"),
        (("permuted_labels",), "passes"),
        (("other_folds", "other_seed"), "in part"),
        (("other_seed",), "passes"),
        (("pointing",), "in part"),
        (("faithful", "rank_one"), "passes"),
    ],
)
def test_open_is_not_passed(open_checks: tuple[str, ...], word: str):
    """What a map passes for has to be shown, and what is not is named."""
    found, text = say(outcomes(**dict.fromkeys(open_checks)))
    assert found == word
    assert ("Not decided" in text) == (word != "passes")


@pytest.mark.parametrize(
    ("check", "word", "said"),
    [
        ("random_layers", "fails", "no less alike (SSIM 0.32) than maps of different"),
        ("random_head", "fails", "less than 0.1 SSIM more (0.32) than from one learnt"),
        ("permuted_labels", "fails", "less than 0.1 SSIM more (0.32) than from one learnt"),
        ("other_folds", "fails", "no more alike (SSIM 0.32) than maps of different patients"),
        ("other_seed", "fails", "no more alike (SSIM 0.32) than maps of different patients"),
        ("rank_one", "in part", "But what arrives at the image hardly depends"),
        ("pointing", "in part", "less often (0.32) than a map that knows no model (0.29)"),
        ("faithful", "in part", "But its highest places move the probability less"),
    ],
)
def test_each_failure_is_said_with_its_figure(check: str, word: str, said: str):
    """And nothing is called open that has failed."""
    found, text = say(outcomes(**{check: FAILS}))
    assert found == word and said in text
    assert "Not decided" not in text


def test_rank_one_alone_is_enough_if_no_head_was_seen_to_matter():
    """Also where the map points at lesions."""
    word, text = say(outcomes(None, rank_one=FAILS, pointing=PASSES))
    assert word == "fails"
    assert text.startswith("What arrives at the image hardly depends")


def test_a_map_that_points_badly_may_still_be_unknown():
    """No But without something before it."""
    word, text = say(outcomes(None, pointing=FAILS))
    assert word == "unknown"
    assert text.startswith("It points at lesions less often (0.32)")


def test_what_was_measured_and_not_decided_is_named():
    """Of a method all of whose figures are too near to tell."""
    word, text = say(outcomes(None))
    assert word == "unknown" and text.startswith("Not decided: whether")


def test_nothing_at_all_is_unknown():
    """Of a method of which nothing was measured."""
    nothing = dict.fromkeys(CHECKS, Outcome(None, None, None, "not measured"))
    assert say(nothing) == ("unknown", "Nothing was measured that could say what it is worth.")
