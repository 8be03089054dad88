"""Calibration intercept and slope: a logistic regression of the label on the model's own logit.

Cox (1958, Biometrika 45:562) proposed the two. With Van Calster et al. (2019, BMC Medicine 17:230)
the intercept is that of a model whose slope is fixed at 1 (calibration in the large): 0 is right,
below 0 probabilities are too high. The slope, with a free intercept, is 1 if probabilities are as
spread out as they should be; below 1 they are too extreme.

All resamples are fitted at once by Newton's method, which scikit-learn cannot do; the tests hold it
against scikit-learn's LogisticRegression. Its steps are shortened, as whole ones overshoot for good
where probabilities are far off: all of 0.02, say, where a quarter of the cases is sick.
"""

import numpy as np
from scipy.special import expit

from jobs.common.types import Bools, Floats
from jobs.evaluation.logits import logits

_ITERATIONS = 60
_LONGEST = 1.0  # by how much a step may change a case's logit: the likelihood rises with each
_CONVERGED = 1e-9
_SMALLEST = 1e-12  # a smaller determinant is that of a singular matrix


def calibration_intercept(sick: Bools, probability: Floats, weights: Floats) -> Floats:
    """The intercept beside a slope of 1, (R,); NaN where all cases are of one class.

    Args:
        sick: (N,)
        probability: (N,)
        weights: (R, N) whole numbers: how often a case counts in each resample.
    """
    return _fit(sick, logits(probability), weights, free_slope=False)[0]


def calibration_slope(sick: Bools, probability: Floats, weights: Floats) -> Floats:
    """The slope beside a free intercept, (R,); NaN where the classes do not overlap."""
    return fit_line(sick, probability, weights)[1]


def fit_line(sick: Bools, probability: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Free intercept and slope, (R,) each; arguments and NaN as `calibration_slope`."""
    return _fit(sick, logits(probability), weights, free_slope=True)


def _fit(sick: Bools, x: Floats, weights: Floats, free_slope: bool) -> tuple[Floats, Floats]:
    """Intercepts and slopes of the largest likelihood, (R,) each; NaN where there is none."""
    intercept = np.zeros(len(weights))
    slope = np.full(len(weights), 0.0 if free_slope else 1.0)
    todo = np.arange(len(weights))
    for _ in range(_ITERATIONS):
        step = _newton_step(sick, x, weights[todo], intercept[todo], slope[todo], free_slope)
        step *= _LONGEST / np.maximum(_LONGEST, _farthest(step, x))
        intercept[todo] += step[0]
        slope[todo] += step[1]
        todo = todo[np.abs(step).max(axis=0) >= _CONVERGED]  # NaN is given up
        if not len(todo):
            break
    intercept[todo] = slope[todo] = np.nan
    return intercept, slope


def _newton_step(
    sick: Bools, x: Floats, weights: Floats, intercept: Floats, slope: Floats, free_slope: bool
) -> Floats:
    """The step of intercepts and slopes, (2, R)."""
    fitted = expit(intercept[:, None] + slope[:, None] * x)
    residual = weights * (sick - fitted)
    curvature = weights * fitted * (1 - fitted)
    g0, h00 = residual.sum(axis=1), curvature.sum(axis=1)
    if not free_slope:
        return np.stack([_over(g0, h00), np.zeros_like(g0)])
    g1, h01, h11 = (
        (residual * x).sum(axis=1),
        (curvature * x).sum(axis=1),
        (curvature * x * x).sum(axis=1),
    )
    determinant = h00 * h11 - h01**2
    return np.stack(
        [_over(h11 * g0 - h01 * g1, determinant), _over(h00 * g1 - h01 * g0, determinant)]
    )


def _farthest(step: Floats, x: Floats) -> Floats:
    """By how much a step changes the logit of the case that it changes most, (R,)."""
    ends = np.array([x.min(), x.max()])
    return np.abs(step[0] + ends[:, None] * step[1]).max(axis=0)


def _over(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > _SMALLEST)
