"""From figures to the verdict of each check of a method: what passes, what fails, what is open."""

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

_CONFIDENCE = 0.95
_OTHER_PATIENTS = "other patients' maps"
_OTHER_HEADS, _OTHER_SEED = "other learnt heads'", "another seed's"
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
        RANDOM_HEAD: _unlearnt(_each(layers[0]), learnt, null, _OTHER_HEADS),
        PERMUTED_LABELS: _unlearnt(permuted, seed, null, _OTHER_SEED),
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


def _less(one: _Each, other: _Each, what: str, margin: float = 0.0) -> Outcome:
    """Passes if maps are less alike, by a margin, than others are."""
    return _compared(one, other, what, lambda difference: -difference - margin)


def _unlearnt(one: _Each, learnt: _Each, null: _Each, what: str) -> Outcome:
    """Passes if maps under a head that learnt nothing are less alike than under one that did.

    Where learnt heads' maps are hardly more alike than other patients', there is no room for the
    margin, and so nothing fails.
    """
    outcome = _less(one, learnt, what, MARGIN)
    if learnt is None or outcome.verdict == PASSES:
        return outcome
    if null is None or float(learnt.mean() - null.mean()) <= MARGIN:
        why = f"{outcome.text}; learnt heads' maps are too little alike to tell"
        return Outcome(None, outcome.value, outcome.limit, why)
    return outcome


def _more(one: _Each, other: _Each) -> Outcome:
    """Passes if maps are more alike than those of other patients."""
    return _compared(one, other, _OTHER_PATIENTS, lambda difference: difference)


def _compared(one: _Each, other: _Each, what: str, gain_of: Callable[[Floats], Floats]) -> Outcome:
    """Passes where the gain is above 0, fails where it is below, by Student's interval."""
    if one is None or other is None:
        return Outcome(None, None, None, "not measured")
    value, limit = float(one.mean()), float(other.mean())
    text = f"SSIM {value:.2f}; {what} {limit:.2f}"
    gain = gain_of(one - other)
    if len(gain) < 2:
        return Outcome(None, value, limit, f"{text}; one image says nothing")
    mean = float(gain.mean())
    if abs(mean) <= _half_width(gain):
        return Outcome(None, value, limit, f"{text}; too near to tell")
    return Outcome(PASSES if mean > 0 else FAILS, value, limit, text)


def _half_width(gain: Floats) -> float:
    """Half of the mean's 95 % interval: of eight images it is 2.4 standard errors, and not 2."""
    from scipy import stats

    quantile = float(stats.t.ppf((1 + _CONFIDENCE) / 2, len(gain) - 1))
    return quantile * float(gain.std(ddof=1)) / math.sqrt(len(gain))


def _rank_one(curve: Any) -> Outcome:
    value = curve[-1]["cosine"] if curve else None
    if value is None:
        return Outcome(None, None, FORGETFUL, "not measured")
    verdict = PASSES if value < FORGETFUL else FAILS
    return Outcome(verdict, value, FORGETFUL, f"cosine of what arrives {value:.2f}")


def _pointing(found: Any) -> Outcome:
    if not found:
        return Outcome(None, None, None, "no contours")
    value = found["pointing"]["value"]
    verdict, hardest, why = _better(found["over"])
    limit = value - (found["over"][hardest]["value"] or 0)
    text = f"hits {value:.2f}, best baseline ({_title(hardest)}) {limit:.2f}"
    return Outcome(verdict, value, limit, text + why)


def _faithful(found: Any) -> Outcome:
    if not found:
        return Outcome(None, None, None, "not measured")
    verdict, hardest, why = _better(found["over"])
    over = found["over"][hardest]
    span = "" if over["low"] is None else f" ({over['low']:.3f} to {over['high']:.3f})"
    text = f"over the best baseline ({_title(hardest)}) {over['value']:.3f}{span}"
    return Outcome(verdict, over["value"], 0.0, text + why)


def _better(over: Mapping[str, Any]) -> tuple[str | None, str, str]:
    """Passes above every baseline, fails below the best one, by the intervals.

    Args:
        over: by baseline: the difference with its interval.

    Returns:
        the verdict; the baseline that the method has least over; why nothing was decided, if so.
    """
    hardest = min(over, key=lambda name: over[name]["value"] or 0)
    reasons = [one["reason"] for one in over.values() if one["low"] is None]
    if reasons:
        return None, hardest, f"; no interval: {reasons[0]}"
    if min(one["low"] for one in over.values()) > 0:
        return PASSES, hardest, ""
    if over[hardest]["high"] < 0:
        return FAILS, hardest, ""
    return None, hardest, "; too near to tell"


def _title(baseline: str) -> str:
    return baseline.replace("_", " ")


def _each(alike: Mapping[str, Any] | None) -> _Each:
    return np.array(alike["each"]) if alike else None


def _mean(values: Sequence[_Each]) -> _Each:
    """The mean of each image."""
    there = [each for each in values if each is not None]
    return np.mean(there, axis=0) if there else None
