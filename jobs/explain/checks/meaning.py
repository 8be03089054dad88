"""From the checks' verdicts to one of the method: a word, and what it means for a reader."""

from collections.abc import Collection, Mapping, Sequence

from jobs.explain.checks.expectations import (
    FAILS,
    FAITHFUL,
    OTHER_FOLDS,
    OTHER_SEED,
    PASSES,
    PERMUTED_LABELS,
    POINTING,
    RANDOM_HEAD,
    RANDOM_LAYERS,
    RANK_ONE,
)
from jobs.explain.checks.verdicts import MARGIN, Outcome

_HEADS = (RANDOM_HEAD, PERMUTED_LABELS)
_MODELS = (OTHER_FOLDS, OTHER_SEED)
_DEPENDS = "it depends on what was learnt"

_CLAIMS: Mapping[str, Sequence[Collection[str]]] = {
    _DEPENDS: ((RANDOM_LAYERS,), _HEADS),
    "other models of the study agree": (_MODELS,),
    "it points at lesions more often than any map that knows no model": ((POINTING,),),
}
"""What can be said of a map, and the checks that have to be passed: one of each group."""

_FATAL: Mapping[str, str] = {
    RANDOM_LAYERS: (
        "With all layers random it is no less alike (SSIM {value:.2f}) than maps of different "
        "patients are ({limit:.2f}): much of it is the image, and not what the model has learnt. "
        "Do not read it as a reason."
    ),
    **dict.fromkeys(
        _HEADS,
        f"Under a head that learnt nothing it changes less than {MARGIN} SSIM more "
        "({value:.2f}) than from one learnt head to another ({limit:.2f}): it shows what the base "
        "sees, and not why the model decides.",
    ),
    RANK_ONE: (
        "What arrives at the image hardly depends on what was sent back (cosine {value:.2f}): it "
        "shows the image, and not why the model decides."
    ),
    **dict.fromkeys(
        _MODELS,
        "Another model of the same study draws a map that is no more alike (SSIM {value:.2f}) than "
        "maps of different patients are ({limit:.2f}): one map alone says little.",
    ),
}
"""What it means that a check failed, where that alone is enough to fail the method."""

_WARNINGS: Mapping[str, str] = {
    RANK_ONE: (
        "But what arrives at the image hardly depends on what was sent back (cosine {value:.2f})."
    ),
    POINTING: (
        "But it points at lesions less often ({value:.2f}) than a map that knows no model "
        "({limit:.2f}): do not take its peak for a finding."
    ),
    FAITHFUL: (
        "But its highest places move the probability less ({value:.3f}) than those of a map that "
        "knows no model."
    ),
}
"""What else a failed check means."""


def say(outcomes: Mapping[str, Outcome]) -> tuple[str, str]:
    """The verdict of a method: one word, and what it means for a reader.

    A check that was not decided is no passed one: what is open is named.
    """
    passed = {check for check, each in outcomes.items() if each.verdict == PASSES}
    failed = {check for check, each in outcomes.items() if each.verdict == FAILS}
    if all(each.value is None for each in outcomes.values()):
        return "unknown", "Nothing was measured that could say what it is worth."
    for check, text in _FATAL.items():
        if check in failed and not (check == RANK_ONE and passed & set(_HEADS)):
            return "fails", _filled(text, outcomes[check])
    shown = [claim for claim, groups in _CLAIMS.items() if all(passed & set(g) for g in groups)]
    undecided = [
        claim
        for claim, groups in _CLAIMS.items()
        if claim not in shown and not any(failed & set(group) for group in groups)
    ]
    warnings = [
        _filled(text, outcomes[check]) for check, text in _WARNINGS.items() if check in failed
    ]
    return _word(shown, warnings), _sentences(shown, warnings, undecided)


def _filled(text: str, outcome: Outcome) -> str:
    return text.format(value=outcome.value, limit=outcome.limit)


def _word(shown: Collection[str], warnings: Collection[str]) -> str:
    """Nothing else matters of a map that is not shown to depend on what was learnt."""
    if _DEPENDS not in shown:
        return "unknown"
    return "passes" if len(shown) == len(_CLAIMS) and not warnings else "in part"


def _sentences(shown: Sequence[str], warnings: Sequence[str], undecided: Sequence[str]) -> str:
    """What is shown, what speaks against it, and what is open."""
    parts = [f"{_listed(shown)}."] if shown else []
    parts.extend(warnings if shown else [text.removeprefix("But ") for text in warnings])
    if undecided:
        parts.append(f"not decided: whether {_listed(undecided, 'whether ')}.")
    return " ".join(part[0].upper() + part[1:] for part in parts)


def _listed(items: Sequence[str], again: str = "") -> str:
    *before, last = items
    return ", and ".join([f", {again}".join(before), again + last] if before else [last])
