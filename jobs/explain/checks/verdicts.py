"""From figures to a verdict a method: what passes, what fails, and what that means for a reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.explain.checks.expectations import (
    FAILS,
    FAITHFUL,
    OPEN,
    OTHER_FOLDS,
    OTHER_SEED,
    PASSES,
    PERMUTED_LABELS,
    POINTING,
    RANDOM_HEAD,
    RANDOM_LAYERS,
    RANK_ONE,
    expected,
)
from jobs.explain.checks.rank_one import FORGETFUL

MARGIN = 0.1
"""How much less alike, in SSIM, a random head's map must be than another learnt head's."""


@dataclass(frozen=True)
class Outcome:
    """What came of a check.

    Attributes:
        verdict: PASSES or FAILS; None if it was not decided.
        value: the figure that decided; None if there is none.
        limit: what it was held against.
        text: both in words, or why nothing was decided.
    """

    verdict: str | None
    value: float | None
    limit: float | None
    text: str


def judge(found: Mapping[str, Any]) -> dict[str, Outcome]:
    """The outcome of each check of a method.

    Args:
        found: the method's figures, as checks.json has them: `null`, `random_layers`,
            `other_models`, `rank_one`, `localisation`, `perturbation`; each may be None.
    """
    null = (found.get("null") or {}).get("ssim")
    layers = found.get("random_layers") or []
    others = found.get("other_models") or {}
    learnt = _mean([one["ssim"] for name, one in others.items() if name != PERMUTED_LABELS])
    limit = null if learnt is None else learnt - MARGIN
    folds = _mean([one["ssim"] for name, one in others.items() if name.startswith("fold")])
    return {
        RANDOM_LAYERS: _below(_ssim(layers[-1:]), null, "all layers random", "different images"),
        RANDOM_HEAD: _below(
            _ssim(layers[:1]), limit, "head random", "other learnt heads, less 0.1"
        ),
        PERMUTED_LABELS: _below(
            _ssim([others[PERMUTED_LABELS]] if PERMUTED_LABELS in others else []),
            limit,
            "labels permuted",
            "other learnt heads, less 0.1",
        ),
        RANK_ONE: _rank_one(found.get("rank_one")),
        OTHER_FOLDS: _above(folds, null, "other folds"),
        OTHER_SEED: _above(
            _ssim([others[OTHER_SEED]] if OTHER_SEED in others else []), null, "other seed"
        ),
        POINTING: _pointing(found.get("localisation")),
        FAITHFUL: _faithful(found.get("perturbation")),
    }


def surprise(method: str, check: str, outcome: Outcome) -> bool:
    """Whether a check came out otherwise than was expected."""
    wanted = expected(method, check)
    if outcome.verdict is None or wanted is None or wanted.verdict == OPEN:
        return False
    return wanted.verdict != outcome.verdict


def say(outcomes: Mapping[str, Outcome]) -> tuple[str, str]:
    """The verdict of a method: one word, and what it means for a reader."""
    failed = {check for check, each in outcomes.items() if each.verdict == FAILS}
    if not any(each.verdict for each in outcomes.values()):
        return "unknown", "Nothing was measured that could say what it is worth."
    if RANDOM_LAYERS in failed:
        return "fails", (
            "It looks much the same when the network is random: it shows the image, and not what "
            "the model has learnt. Do not read it as a reason."
        )
    if failed & {RANDOM_HEAD, PERMUTED_LABELS}:
        return "fails", (
            "It changes no more under a head that learnt nothing than from one learnt head to "
            "another: it shows what the base sees, and not why the model decides."
        )
    if failed & {OTHER_FOLDS, OTHER_SEED}:
        return "fails", (
            "It depends on what was learnt, but another model of the same study draws another "
            "map: one map alone says little."
        )
    if POINTING in failed:
        return "in part", (
            "It depends on what was learnt, and other models agree, but it points at lesions no "
            "more often than a map that knows no model: do not take its peak for a finding."
        )
    if FAITHFUL in failed:
        return "in part", (
            "It depends on what was learnt, but its highest places move the probability no more "
            "than random ones."
        )
    if outcomes[POINTING].verdict == PASSES:
        return "passes", (
            "It depends on what was learnt, and points at lesions more often than any map that "
            "knows no model."
        )
    return "in part", "It depends on what was learnt; whether it finds lesions was not decided."


def _below(value: float | None, limit: float | None, what: str, than: str) -> Outcome:
    return _compared(value, limit, f"SSIM {what}", than, passes_below=True)


def _above(value: float | None, limit: float | None, what: str) -> Outcome:
    return _compared(value, limit, f"SSIM {what}", "different images", passes_below=False)


def _compared(
    value: float | None, limit: float | None, what: str, than: str, *, passes_below: bool
) -> Outcome:
    if value is None or limit is None:
        return Outcome(None, value, limit, "not measured")
    passes = value < limit if passes_below else value > limit
    text = f"{what} {value:.2f}, {than} {limit:.2f}"
    return Outcome(PASSES if passes else FAILS, value, limit, text)


def _rank_one(curve: Any) -> Outcome:
    value = curve[-1]["cosine"] if curve else None
    if value is None:
        return Outcome(None, None, FORGETFUL, "not measured")
    verdict = PASSES if value < FORGETFUL else FAILS
    return Outcome(verdict, value, FORGETFUL, f"cosine of what arrives {value:.2f}")


def _pointing(found: Any) -> Outcome:
    """Better than every baseline, by the lower ends of the differences' intervals."""
    if not found:
        return Outcome(None, None, None, "no contours")
    value = found["pointing"]["value"]
    lows = {name: one["low"] for name, one in found["over"].items()}
    hardest = max(found["over"], key=lambda name: -(found["over"][name]["value"] or 0))
    difference = found["over"][hardest]
    if any(low is None for low in lows.values()):
        reason = next(one["reason"] for one in found["over"].values() if one["low"] is None)
        return Outcome(None, value, None, f"hits {value:.2f}; no interval: {reason}")
    verdict = PASSES if min(lows.values()) > 0 else FAILS
    return Outcome(
        verdict,
        value,
        value - difference["value"],
        f"hits {value:.2f}, best baseline ({hardest.replace('_', ' ')}) "
        f"{value - difference['value']:.2f}",
    )


def _faithful(found: Any) -> Outcome:
    if not found:
        return Outcome(None, None, None, "not measured")
    over = found["over_random"]
    if over["low"] is None:
        return Outcome(None, over["value"], 0.0, f"no interval: {over['reason']}")
    verdict = PASSES if over["low"] > 0 else FAILS
    span = f"{over['low']:.3f} to {over['high']:.3f}"
    return Outcome(verdict, over["value"], 0.0, f"over random {over['value']:.3f} ({span})")


def _ssim(steps: list[Any]) -> float | None:
    return steps[0]["ssim"] if steps else None


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
