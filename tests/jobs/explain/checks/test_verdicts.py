"""From figures to verdicts."""

from copy import deepcopy

import pytest

from jobs.explain.checks.expectations import CHECKS, FAILS, PASSES
from jobs.explain.checks.meaning import say
from jobs.explain.checks.verdicts import Outcome, judge, surprise


def alike(ssim: float) -> dict:
    each = [ssim - 0.01, ssim, ssim + 0.01]
    return {"rank_correlation": ssim, "ssim": ssim, "each": each}


def interval(value: float, low: float | None, high: float = 1, reason: str | None = None) -> dict:
    return {"value": value, "low": low, "high": high, "skipped": 0, "reason": reason}


GOOD = {
    "null": alike(0.3),
    "random_layers": [
        {"down_to": "head", **alike(0.5)},
        {"down_to": "mixed0", **alike(0.1)},
    ],
    "other_models": {
        "fold1": alike(0.8),
        "other_seed": alike(0.8),
        "permuted_labels": alike(0.4),
    },
    "rank_one": [{"at": "mixed6", "cosine": 0.2}, {"at": "", "cosine": 0.4}],
    "localisation": {
        "pointing": interval(0.6, 0.5),
        "over": {"random": interval(0.5, 0.4), "edge_filter": interval(0.2, 0.1)},
    },
    "perturbation": {"over": {"random": interval(0.1, 0.05), "centred_blob": interval(0.05, 0.01)}},
}


def changed(*path: str | int, to: object) -> dict:
    found = deepcopy(GOOD)
    inner = found
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return found


def test_a_good_method_passes_everything():
    """And is said to point at lesions."""
    outcomes = judge(GOOD)
    assert outcomes.keys() == CHECKS.keys()
    assert {each.verdict for each in outcomes.values()} == {PASSES}
    assert say(outcomes)[0] == "passes"


@pytest.mark.parametrize(
    ("check", "found", "verdict"),
    [
        ("random_layers", changed("random_layers", 1, to=alike(0.35)), "fails"),
        ("random_head", changed("random_layers", 0, to=alike(0.75)), "fails"),
        ("permuted_labels", changed("other_models", "permuted_labels", to=alike(0.75)), "fails"),
        ("rank_one", changed("rank_one", 1, "cosine", to=0.96), "in part"),
        ("other_folds", changed("other_models", "fold1", to=alike(0.2)), "fails"),
        ("other_seed", changed("other_models", "other_seed", to=alike(0.2)), "fails"),
        (
            "pointing",
            changed("localisation", "over", "edge_filter", to=interval(-0.1, -0.2, -0.05)),
            "in part",
        ),
        (
            "faithful",
            changed("perturbation", "over", "centred_blob", to=interval(-0.1, -0.2, -0.05)),
            "in part",
        ),
    ],
)
def test_each_figure_decides_its_check(check: str, found: dict, verdict: str):
    """It alone fails, and the method's verdict says what that means."""
    outcomes = judge(found)
    failed = [name for name, each in outcomes.items() if each.verdict == FAILS]
    assert check in failed
    # What a random head is held against falls with another model, too.
    assert len(failed) == 1 or check in ("other_folds", "other_seed")
    assert say(outcomes)[0] == verdict


@pytest.mark.parametrize("name", GOOD)
def test_what_was_not_measured_decides_nothing(name: str):
    """No verdict, and none is made up."""
    outcomes = judge({**GOOD, name: None})
    assert FAILS not in {each.verdict for each in outcomes.values()}
    assert any(each.verdict is None for each in outcomes.values()) or name == "other_models"


def test_nothing_at_all_is_unknown():
    """Of a method of which nothing was measured."""
    assert say(judge({}))[0] == "unknown"


def test_what_is_too_near_is_not_decided():
    """Within the interval, of images that differ."""
    near = {"rank_correlation": 0.3, "ssim": 0.3, "each": [0.1, 0.2, 0.6]}
    outcome = judge(changed("random_layers", 1, to=near))["random_layers"]
    assert outcome.verdict is None
    assert "too near to tell" in outcome.text


def test_without_an_interval_pointing_is_not_decided():
    """Few patients: the reason is given."""
    few = interval(0.5, None, reason="few patients")
    outcome = judge(changed("localisation", "over", "random", to=few))["pointing"]
    assert outcome.verdict is None
    assert "few patients" in outcome.text


def test_the_limit_of_pointing_is_the_best_baseline():
    """The one that the method is least above."""
    outcome = judge(GOOD)["pointing"]
    assert outcome.limit == pytest.approx(0.4)
    assert "edge filter" in outcome.text


def test_four_images_need_more_than_two_standard_errors():
    """Their differences are 2.6 standard errors from zero, and Student's limit is 3.18."""
    each = [0.3 - gain for gain in (0.02, 0.05, 0.08, 0.18)]
    near = {"rank_correlation": 0.2, "ssim": 0.2, "each": each}
    null = {"rank_correlation": 0.3, "ssim": 0.3, "each": [0.3] * 4}
    assert judge({"null": null, "random_layers": [near]})["random_layers"].verdict is None


@pytest.mark.parametrize("check", ["localisation", "perturbation"])
def test_what_is_not_shown_is_no_failure(check: str):
    """An interval around zero: the best baseline is neither beaten nor better."""
    found = changed(check, "over", "random", to=interval(0.0, -0.1, 0.1))
    outcome = judge(found)["pointing" if check == "localisation" else "faithful"]
    assert outcome.verdict is None
    assert "too near to tell" in outcome.text and "random" in outcome.text


@pytest.mark.parametrize(
    ("learnt", "unlearnt", "verdict"),
    [(0.35, 0.3, None), (0.8, 0.75, FAILS), (0.8, 0.5, PASSES), (0.35, 0.1, PASSES)],
)
def test_a_method_that_repeats_badly_fails_no_random_head(learnt, unlearnt, verdict):
    """Learnt heads' maps have to be more alike than other patients', 0.3, by the margin."""
    found = changed("random_layers", 0, to=alike(unlearnt))
    models = {"other_seed": alike(learnt), "permuted_labels": alike(unlearnt)}
    outcomes = judge({**found, "other_models": models})
    assert outcomes["random_head"].verdict == verdict
    assert outcomes["permuted_labels"].verdict == verdict


def test_permuted_labels_are_held_against_the_other_seed():
    """Both heads began with the same weights; those of other folds did not."""
    outcome = judge(changed("other_models", "fold1", to=alike(0.4)))["permuted_labels"]
    assert (outcome.verdict, outcome.limit) == (PASSES, pytest.approx(0.8))


def test_a_surprise_is_what_was_not_expected():
    """Only where something was expected, and something came out."""
    passes, fails, nothing = (Outcome(v, None, None, "") for v in (PASSES, FAILS, None))
    assert surprise("deconvnet", "rank_one", passes)
    assert not surprise("deconvnet", "rank_one", fails)
    assert not surprise("deconvnet", "rank_one", nothing)
    assert not surprise("deconvnet", "pointing", fails)  # open
    assert not surprise("unknown", "rank_one", fails)
