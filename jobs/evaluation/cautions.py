"""What a careful reader would notice about a study's figures, each by a rule with its source.

A caution has a `name`, whether it was `noticed` (None where the rule cannot be applied), and what
was `measured`. The words are the report's.
"""

from collections.abc import Mapping
from typing import Any

from jobs.config.names import TEST
from jobs.evaluation.rows import MEAN, OUT_OF_FOLD, POOLED, levels_in, list_contexts

CHANCE_AUC = 0.5
FOLDS_DIFFER_P = 0.05  # of Cochran's Q
GENERALISATION_LOSS = 0.05  # Prechelt 1998: GL_5, the earliest of his criteria for stopping
FEWEST_OF_A_CLASS = 100  # Collins et al. 2016, Statistics in Medicine 35:214
EPOCH_GAIN = 0.02  # of AUC: about what two seeds of one study differ by

INFLATED = "inflated"
"""The name of the caution about `data.order: augment-first`; also of the note in manifests."""

INFLATED_BY_DESIGN = (
    "The validation figures of this run are inflated by design (data.order: augment-first): views "
    "of one image lie in several folds, so each model was trained on the images that it is "
    "validated on. Only the test set's figures are of patients whom no model has seen."
)

_Metrics = Mapping[str, Any]
_Found = tuple[bool | None, dict[str, Any]]


def find_cautions(metrics: _Metrics) -> list[dict[str, Any]]:
    """All rules, in their order, applied to what metrics.json holds.

    Args:
        metrics: with `levels`, `flow`, `training` and `epochs`; with `order` where it is
            augment-first, and the first caution says so.
    """
    cautions = []
    if "order" in metrics:
        measured = {"order": metrics["order"], "text": INFLATED_BY_DESIGN}
        cautions.append({"name": INFLATED, "noticed": True, "measured": measured})
    for rule in (_chance, _small, _folds, _overfitting, _calibration, _epoch):
        noticed, measured = rule(metrics)
        name = rule.__name__.removeprefix("_")
        cautions.append({"name": name, "noticed": noticed, "measured": measured})
    return cautions


def _chance(metrics: _Metrics) -> _Found:
    """The interval of the main figure holds the AUC of chance."""
    auc = _out_of_fold(metrics)[MEAN]["figures"]["auc"]
    measured = {name: auc[name] for name in ("value", "low", "high", "reason")}
    return (None if auc["low"] is None else auc["low"] <= CHANCE_AUC), measured


def _small(metrics: _Metrics) -> _Found:
    """A class has fewer patients than an external validation should have."""
    found = {
        part: {label: metrics["flow"][part][label]["patients"] for label in ("sick", "healthy")}
        for part in ("folds", TEST)
    }
    fewest = min(min(counts.values()) for counts in found.values())
    return fewest < FEWEST_OF_A_CLASS, {**found, "limit": FEWEST_OF_A_CLASS}


def _folds(metrics: _Metrics) -> _Found:
    """The folds' AUCs differ by more than chance."""
    mean = _out_of_fold(metrics)[MEAN]
    spread = {name: mean["figures"]["auc"][name] for name in ("least", "most")}
    test = mean["heterogeneity"]
    if test is None:
        return None, spread
    return test["p"] < FOLDS_DIFFER_P, {**spread, **test, "limit": FOLDS_DIFFER_P}


def _overfitting(metrics: _Metrics) -> _Found:
    """In most folds the validation loss rose again while the training loss fell on."""
    training = metrics["training"].values()
    rose = [
        each
        for each in training
        if each["fell_on"] and each["generalisation_loss"] > GENERALISATION_LOSS
    ]
    measured = {
        "models": len(rose),
        "of": len(training),
        "worst": max((each["generalisation_loss"] for each in training), default=None),
        "limit": GENERALISATION_LOSS,
    }
    return (2 * len(rose) > len(training) if training else None), measured


def _calibration(metrics: _Metrics) -> _Found:
    """The interval of the intercept does not hold 0, or that of the slope does not hold 1."""
    figures = _out_of_fold(metrics)[POOLED]["figures"]
    measured, off = {}, []
    for name, right in (("intercept", 0.0), ("slope", 1.0)):
        figure = figures[f"calibration_{name}"]
        measured[name] = {key: figure[key] for key in ("value", "low", "high", "reason")}
        if figure["low"] is not None:
            off.append(not figure["low"] <= right <= figure["high"])
    return (any(off) if off else None), measured


def _epoch(metrics: _Metrics) -> _Found:
    """The best epoch, chosen on the validation fold, looks better there than the last one."""
    epochs = metrics["epochs"]
    if epochs["best"] is None:
        return None, {**epochs, "limit": EPOCH_GAIN}
    return epochs["best"] - epochs["last"] >= EPOCH_GAIN, {**epochs, "limit": EPOCH_GAIN}


def _out_of_fold(metrics: _Metrics) -> Any:
    """Of the context that the figures are of."""
    return levels_in(metrics, list_contexts(metrics)[0])["image"][OUT_OF_FOLD]
