"""From figures to a verdict a method: what passes, what fails, and what that means for a reader."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jobs.common.types import Floats
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

_OTHER_PATIENTS, _OTHER_HEADS = "other patients' maps", "other learnt heads'"
_Each = Floats | None
"""The SSIM of each image; None if it was not measured."""


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
    null = _each(found.get("null"))
    layers = found.get("random_layers") or [None]
    others = found.get("other_models") or {}
    learnt = _mean([_each(one) for name, one in others.items() if name != PERMUTED_LABELS])
    folds = _mean([_each(one) for name, one in others.items() if name.startswith("fold")])
    permuted, seed = (_each(others.get(name)) for name in (PERMUTED_LABELS, OTHER_SEED))
    return {
        RANDOM_LAYERS: _less(_each(layers[-1]), null, _OTHER_PATIENTS),
        RANDOM_HEAD: _less(_each(layers[0]), learnt, _OTHER_HEADS, MARGIN),
        PERMUTED_LABELS: _less(permuted, learnt, _OTHER_HEADS, MARGIN),
        RANK_ONE: _rank_one(found.get("rank_one")),
        OTHER_FOLDS: _more(folds, null),
        OTHER_SEED: _more(seed, null),
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


def _less(one: _Each, other: _Each, what: str, margin: float = 0.0) -> Outcome:
    """Passes if maps are less alike, by a margin, than others are."""
    return _compared(one, other, what, lambda difference: -difference - margin)


def _more(one: _Each, other: _Each) -> Outcome:
    """Passes if maps are more alike than those of other patients."""
    return _compared(one, other, _OTHER_PATIENTS, lambda difference: difference)


def _compared(one: _Each, other: _Each, what: str, gain_of: Callable[[Floats], Floats]) -> Outcome:
    """Passes where the gain is above 0, fails where it is below, by two standard errors."""
    if one is None or other is None:
        return Outcome(None, None, None, "not measured")
    value, limit = float(one.mean()), float(other.mean())
    text = f"SSIM {value:.2f}; {what} {limit:.2f}"
    gain = gain_of(one - other)
    if len(gain) < 2:
        return Outcome(None, value, limit, f"{text}; one image says nothing")
    error = 2 * float(gain.std(ddof=1)) / math.sqrt(len(gain))
    mean = float(gain.mean())
    if abs(mean) <= error:
        return Outcome(None, value, limit, f"{text}; too near to tell")
    return Outcome(PASSES if mean > 0 else FAILS, value, limit, text)


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


def _each(alike: Mapping[str, Any] | None) -> _Each:
    return np.array(alike["each"]) if alike else None


def _mean(values: Sequence[_Each]) -> _Each:
    """The mean of each image."""
    there = [each for each in values if each is not None]
    return np.mean(there, axis=0) if there else None
