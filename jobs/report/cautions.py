"""The cautions of metrics.json in words: a title, what was measured, and the rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.evaluation.cautions import CHANCE_AUC, FOLDS_DIFFER_P, INFLATED
from jobs.report.text import interval, percent, two

_Measured = Mapping[str, Any]


@dataclass(frozen=True)
class CautionText:
    """A caution in words.

    Attributes:
        title: what was noticed.
        subject: what was looked for, in two or three words.
        sentence: what was measured.
        rule: when it is noticed, and who says so.
        untold: why it cannot be told, if it cannot.
    """

    title: str
    subject: str
    sentence: str
    rule: str
    untold: str = ""


def say_cautions(cautions: Sequence[Mapping[str, Any]]) -> dict[str, list[CautionText]]:
    """Those that were `noticed`, those that were `not_noticed`, and those that are `unknown`.

    Args:
        cautions: of metrics.json.
    """
    found: dict[str, list[CautionText]] = {"noticed": [], "not_noticed": [], "unknown": []}
    names = {True: "noticed", False: "not_noticed", None: "unknown"}
    for each in cautions:
        found[names[each["noticed"]]].append(_WORDS[each["name"]](each["measured"]))
    return found


def _chance(measured: _Measured) -> CautionText:
    return CautionText(
        "The main figure may be chance",
        "an AUC that may be chance",
        f"The interval of the AUC, {interval(measured)}, holds {two(CHANCE_AUC)}.",
        f"Noticed if the 95 % interval holds {two(CHANCE_AUC)}.",
        "The AUC has no interval.",
    )


def _inflated(measured: _Measured) -> CautionText:
    return CautionText(
        "All figures out of fold are inflated by design",
        "views of one image in several folds",
        measured["text"],
        "Noticed if data.order is augment-first.",
    )


def _small(measured: _Measured) -> CautionText:
    folds, test, limit = measured["folds"], measured["test"], measured["limit"]
    return CautionText(
        "There are few patients",
        "few patients",
        f"Sick images are of {folds['sick']} patients in the folds and of {test['sick']} in the "
        f"test set, healthy ones of {folds['healthy']} and {test['healthy']}. Intervals are wide, "
        "and small differences mean nothing.",
        f"Noticed below {limit} patients of either class (Collins, Ogundimu and Altman 2016).",
    )


def _folds(measured: _Measured) -> CautionText:
    spread = f"The folds' AUCs lie between {two(measured['least'])} and {two(measured['most'])}"
    q = (
        f"Cochran's Q is {measured['q']:.1f} with {measured['degrees']} degrees of freedom, "
        f"p = {measured['p']:.3f}"
        if "p" in measured
        else "not tested"
    )
    return CautionText(
        "The folds differ by more than chance",
        "folds that differ",
        f"{spread}: {q}. Look at what differs between the folds.",
        f"Noticed if p is below {FOLDS_DIFFER_P}, with each fold's variance over patients (Cochran "
        "1954).",
        f"{spread}. In a fold with so few patients, that cannot be told from chance.",
    )


def _overfitting(measured: _Measured) -> CautionText:
    worst = measured["worst"]
    return CautionText(
        "Training overfits",
        "training that overfits",
        f"In {measured['models']} of {measured['of']} fold models, the loss on the validation fold "
        f"ends more than {percent(measured['limit'])} above its least value, although the training "
        f"loss still fell; the worst ends {percent(worst)} above it.",
        "Noticed if that is so in most fold models (Prechelt 1998, generalisation loss).",
        "No validation loss is known.",
    )


def _calibration(measured: _Measured) -> CautionText:
    intercept, slope = measured["intercept"], measured["slope"]
    return CautionText(
        "Probabilities are not risks",
        "calibration that is off",
        f"Out of fold, the calibration intercept is {two(intercept['value'])} "
        f"({interval(intercept)}) and the slope {two(slope['value'])} ({interval(slope)}); 0 and 1 "
        "would be right.",
        "Noticed if either interval misses that (Van Calster et al. 2019).",
        "Neither the calibration intercept nor the slope has an interval.",
    )


def _epoch(measured: _Measured) -> CautionText:
    return CautionText(
        "A chosen epoch flatters",
        "epochs that flatter",
        f"On the validation folds, the best epoch of each has a mean AUC of "
        f"{two(measured['best'])}, the last one {two(measured['last'])}. The epoch was chosen on "
        "these very patients, so all figures out of fold are those of the last epoch.",
        f"Noticed from a gain of {measured['limit']} on (Cawley and Talbot 2010).",
        "There are no predictions of the best epochs.",
    )


_WORDS: dict[str, Callable[[_Measured], CautionText]] = {
    INFLATED: _inflated,
    "chance": _chance,
    "small": _small,
    "folds": _folds,
    "overfitting": _overfitting,
    "calibration": _calibration,
    "epoch": _epoch,
}
