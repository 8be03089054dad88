"""What probabilities are worth at a site, before and after they are calibrated to it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from jobs.common.progress import Watch, silent, track
from jobs.evaluation.bootstrap import CONFIDENCE, Resamples, resample_patients
from jobs.evaluation.calibration import compute_calibration
from jobs.evaluation.decision_curve import compute_decision_curve
from jobs.evaluation.estimates import plain_estimate
from jobs.evaluation.levels import Cases
from jobs.evaluation.metrics import estimate_metrics
from jobs.evaluation.operating_points import FIXED
from jobs.evaluation.site_calibration import (
    SiteCalibration,
    cross_calibrate,
    describe_site,
    fit_site,
)
from jobs.evaluation.site_cases import SiteCases

SHOWN = (
    "auc",
    "brier",
    "calibration_intercept",
    "calibration_slope",
    *(f"sensitivity_at_{100 * share:.0f}" for share in FIXED),
    *(f"specificity_at_{100 * share:.0f}" for share in FIXED),
)
"""The metrics of a site."""

WIDEST = ("exam", "patient", "breast", "image")
"""Levels, of which the first that there is has the share of the sick that is asked for."""


def compute_site_figures(
    cases: SiteCases,
    prevalence: float | None,
    *,
    replicates: int,
    seed: int,
    watch: Watch = silent,
) -> dict[str, Any]:
    """What calibration.json holds of the cases: JSON-ready.

    Args:
        prevalence: the share of the sick where the model will be used, of exams (else of the widest
            level there is); None: that of the cases. The odds of the other levels change by the
            same factor.
        replicates: resamples of the bootstrap.
        seed: of the resamples, and of the folds that `after` is computed in.
        watch: is called with the number of levels that are done.

    Returns:
        `prevalence_of`: the level that `prevalence` holds at.
        `levels`, each with its `calibration` (temperature and shift: what is to be used), the
        `fit` of the cases with intervals, and the figures `before` and `after`. Those after are of
        ten-fold cross-validation by patient, at the prevalence of the cases.
    """
    widest = next((each for each in WIDEST if each in cases.levels), next(iter(cases.levels)))
    share = float(cases.levels[widest].sick.mean())
    offset = (
        0.0 if prevalence is None else SiteCalibration(1, 0).to_prevalence(share, prevalence).shift
    )
    levels = {}
    for level, found in track("levels", list(cases.levels.items()), watch):
        strata = dict.fromkeys(found.patient.tolist(), "site")
        levels[level] = _level(found, offset, resample_patients(strata, replicates, seed), seed)
    bootstrap = {"replicates": replicates, "seed": seed, "confidence": CONFIDENCE}
    return {"levels": levels, "prevalence_of": widest, "bootstrap": bootstrap}


def _level(cases: Cases, offset: float, resamples: Resamples, seed: int) -> dict[str, Any]:
    """Args: offset: how much more than as fitted the shift is."""
    fitted = fit_site(cases)
    used = replace(fitted, shift=fitted.shift + offset)
    calibrated = cross_calibrate(cases, seed)
    return {
        "cases": len(cases.sick),
        "sick": int(cases.sick.sum()),
        "patients": len(np.unique(cases.patient)),
        "share_sick": float(cases.sick.mean()),
        "calibration": {"temperature": used.temperature, "shift": used.shift},
        "fit": describe_site(cases, resamples),
        "before": _figures(cases, resamples),
        "after": _figures(calibrated, resamples),
        "thresholds": _thresholds(cases, used),
    }


def _figures(cases: Cases, resamples: Resamples) -> dict[str, Any]:
    found = estimate_metrics(cases, np.zeros(len(cases.sick), bool), resamples)
    return {
        "figures": {name: plain_estimate(found[name]) for name in SHOWN},
        "calibration": compute_calibration(cases, resamples),
        "decision_curve": compute_decision_curve(cases, resamples),
    }


def _thresholds(cases: Cases, used: SiteCalibration) -> list[dict[str, float]]:
    """The calibrated probability from which on cases are called sick, for each fixed specificity.

    It is read off the curve of these cases: on others the specificity will be a little different.
    """
    calibrated = replace(cases, probability=used.apply(cases.probability))
    return [_threshold(calibrated, share) for share in FIXED]


def _threshold(cases: Cases, specificity: float) -> dict[str, float]:
    healthy = np.sort(cases.probability[~cases.sick])
    candidates: Sequence[float] = np.unique(cases.probability).tolist()
    enough = (t for t in candidates if (healthy < t).mean() >= specificity - 1e-9)
    threshold = next(enough, float(np.nextafter(cases.probability.max(), 2)))
    sensitivity = float((cases.probability[cases.sick] >= threshold).mean())
    return {"specificity": specificity, "threshold": threshold, "sensitivity": sensitivity}
