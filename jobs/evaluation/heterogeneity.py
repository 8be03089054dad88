"""Whether a metric differs between folds by more than chance."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import chi2

from jobs.evaluation.estimates import Estimate


def cochran_q(estimates: Sequence[Estimate]) -> dict[str, Any] | None:
    """Cochran's Q over folds, whose patients are not the same (Cochran 1954, Biometrics 10:101).

    Each fold's variance is that of its resamples. If the folds had one value in common, Q would
    follow a chi-squared distribution with one degree of freedom fewer than there are folds.

    Returns:
        `q`, `degrees`, and `p`: how often chance alone gives a Q as large. None where a fold has
        no interval: too few patients, or no spread.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation.heterogeneity import cochran_q
        >>> from jobs.evaluation.estimates import Estimate
        >>> spread = np.linspace(-0.1, 0.1, 101)
        >>> alike = [Estimate(value, value + spread, patients=20) for value in (0.70, 0.72)]
        >>> round(cochran_q(alike)["p"], 2)
        0.81
    """
    if any(estimate.interval.reason for estimate in estimates):
        return None
    values = np.array([estimate.value for estimate in estimates])
    variances = np.array([np.nanvar(estimate.replicates, ddof=1) for estimate in estimates])
    weights = 1 / variances
    q = float((weights * (values - np.average(values, weights=weights)) ** 2).sum())
    degrees = len(values) - 1
    return {"q": q, "degrees": degrees, "p": float(chi2.sf(q, degrees))}
