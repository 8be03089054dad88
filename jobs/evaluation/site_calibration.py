"""Calibration to a site: logits divided by a temperature, then shifted, so that risks are right.

It is the logistic recalibration of Cox (1958) with its slope as a temperature: where the share of
the sick is another, the shift makes up for it; where scores are too extreme, the temperature does.
No ranking changes. With few cases a slope is too uncertain, and only the shift is fitted
(Steyerberg et al. 2004, Statistics in Medicine 23:2567).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit

from jobs.common.keyed_rng import rng
from jobs.common.types import Floats
from jobs.evaluation.bootstrap import Resamples
from jobs.evaluation.estimates import Estimate, plain_estimate
from jobs.evaluation.levels import Cases
from jobs.evaluation.logits import logits
from jobs.evaluation.metrics import patients_of_rarer_class
from jobs.evaluation.recalibration import calibration_intercept, fit_line

LEAST_FOR_TEMPERATURE = 20
"""Patients of the rarer class; with fewer, only the shift is fitted."""

FOLDS = 10


@dataclass(frozen=True)
class SiteCalibration:
    """How a probability becomes one of the site: logit / temperature + shift.

    Examples:
        >>> import numpy as np
        >>> lower = SiteCalibration(temperature=2.0, shift=-1.0)
        >>> lower.apply(np.array([0.5, 0.9])).round(2)
        array([0.27, 0.52])
    """

    temperature: float
    shift: float

    def apply(self, probability: Floats) -> Floats:
        """The probabilities at the site, (N,)."""
        return expit(logits(probability) / self.temperature + self.shift)

    def to_prevalence(self, before: float, now: float) -> "SiteCalibration":
        """The same for a site that has another share of the sick (Saerens et al. 2002)."""
        before_logit, now_logit = logits(np.array([before, now]))
        return replace(self, shift=float(self.shift + now_logit - before_logit))


def fit_site(cases: Cases, with_temperature: bool | None = None) -> SiteCalibration:
    """The calibration of the largest likelihood.

    Args:
        cases: N cases, sick ones and healthy ones among them.
        with_temperature: whether the temperature is fitted, too; by default if there are enough
            patients. Where ranks are no better than chance, there is none, and it is left at 1.
    """
    if with_temperature is None:
        with_temperature = patients_of_rarer_class(cases) >= LEAST_FOR_TEMPERATURE
    once = np.ones((1, len(cases.sick)))
    if with_temperature:
        (intercept,), (slope,) = fit_line(cases.sick, cases.probability, once)
        if slope > 0:
            return SiteCalibration(1 / float(slope), float(intercept))
    (shift,) = calibration_intercept(cases.sick, cases.probability, once)
    return SiteCalibration(1.0, float(shift))


def cross_calibrate(cases: Cases, seed: int) -> Cases:
    """The cases with probabilities calibrated on other patients' cases: a fit does not flatter.

    Patients are drawn into ten folds, sick and healthy ones alike; of each fold the others fit.
    """
    folds = _draw_folds(cases, seed)
    probability = np.empty_like(cases.probability)
    with_temperature = patients_of_rarer_class(cases) >= LEAST_FOR_TEMPERATURE
    for fold in np.unique(folds):
        inside = folds == fold
        rest = Cases(cases.patient[~inside], cases.sick[~inside], cases.probability[~inside])
        fitted = fit_site(rest, with_temperature)
        probability[inside] = fitted.apply(cases.probability[inside])
    return replace(cases, probability=probability)


def describe_site(cases: Cases, resamples: Resamples) -> dict[str, Any]:
    """The fitted temperature and shift with intervals over patients, JSON-ready."""
    fitted = fit_site(cases)
    patients, weights = patients_of_rarer_class(cases), resamples.weights(cases.patient)
    if fitted.temperature == 1.0:
        shifts = calibration_intercept(cases.sick, cases.probability, weights)
        temperatures = np.ones(len(shifts))
    else:
        shifts, slopes = fit_line(cases.sick, cases.probability, weights)
        temperatures = np.where(slopes > 0, 1 / slopes, np.nan)
    return {
        "temperature": plain_estimate(Estimate(fitted.temperature, temperatures, patients)),
        "shift": plain_estimate(Estimate(fitted.shift, shifts, patients)),
        "with_temperature": fitted.temperature != 1.0,
    }


def read_site(plain: Mapping[str, Any]) -> SiteCalibration:
    """The `calibration` of a level in calibration.json."""
    return SiteCalibration(float(plain["temperature"]), float(plain["shift"]))


def _draw_folds(cases: Cases, seed: int) -> np.ndarray:
    """The fold of each case, (N,): patients with a sick case and without are dealt out in turn."""
    patients = np.unique(cases.patient)
    with_sick = set(cases.patient[cases.sick].tolist())
    fold_of: dict[str, int] = {}
    for sick in (True, False):
        group = [name for name in patients.tolist() if (name in with_sick) == sick]
        drawn = rng(seed, "site", int(sick)).permutation(len(group))
        fold_of |= {group[place]: turn % FOLDS for turn, place in enumerate(drawn.tolist())}
    return np.array([fold_of[name] for name in cases.patient.tolist()])
