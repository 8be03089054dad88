"""Whether probabilities mean what they say: their mean against the share of cases that is sick."""

from typing import Any

import numpy as np

from jobs.common.types import Bools
from jobs.evaluation import bootstrap
from jobs.evaluation.bootstrap import Resamples
from jobs.evaluation.estimates import Estimate, plain_estimate
from jobs.evaluation.levels import Cases

CALIBRATION_BINS = 5  # of equal size; with more, a bin would hold too few sick images to be read


def compute_calibration(cases: Cases, resamples: Resamples) -> dict[str, Any]:
    """Mean probability and share of the sick, over all cases and in bins of equal size.

    Args:
        cases: N cases, sick ones and healthy ones among them.
        resamples: of the cases' patients, and of others if there are more.

    Returns:
        As in metrics.json: `mean_probability` and `share_sick` of all cases, and `bins`, a list
        from the lowest probabilities to the highest. Each bin has the same two numbers, its `cases`
        and how many of them are `sick`, and the `interval` of its share over patients.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Cases, compute_calibration, resample_patients
        >>> cases = Cases(
        ...     patient=np.arange(10).astype(str),
        ...     sick=np.array([0, 0, 0, 0, 0, 1, 0, 1, 1, 1], bool),
        ...     probability=np.linspace(0.05, 0.95, 10),
        ... )
        >>> resamples = resample_patients(dict.fromkeys(cases.patient, "test"), 100, seed=20)
        >>> found = compute_calibration(cases, resamples)
        >>> round(found["mean_probability"], 2), found["share_sick"]
        (0.5, 0.4)
        >>> [(each["cases"], each["sick"]) for each in found["bins"]]
        [(2, 0), (2, 0), (2, 1), (2, 1), (2, 2)]
    """
    # As scikit-learn's calibration_curve, which tells neither how many cases a bin has nor which.
    edges = np.quantile(cases.probability, np.linspace(0, 1, CALIBRATION_BINS + 1)[1:-1])
    of_bin = np.searchsorted(edges, cases.probability)
    return {
        "mean_probability": float(cases.probability.mean()),
        "share_sick": float(cases.sick.mean()),
        "bins": [_bin(cases, of_bin == number, resamples) for number in np.unique(of_bin)],
    }


def _bin(cases: Cases, inside: Bools, resamples: Resamples) -> dict[str, Any]:
    patient, sick = cases.patient[inside], cases.sick[inside]
    shares = bootstrap.weighted_mean(sick.astype(float), resamples.weights(patient))
    rarer = min(len(np.unique(patient[sick == truth])) for truth in (False, True))
    share = plain_estimate(Estimate(float(sick.mean()), shares, rarer))
    return {
        "mean_probability": float(cases.probability[inside].mean()),
        "share_sick": share.pop("value"),
        "cases": len(sick),
        "sick": int(sick.sum()),
        "interval": share,
    }
