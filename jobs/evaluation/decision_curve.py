"""Net benefit: what acting on a model's probabilities is worth, against acting on all or on none.

Vickers and Elkin (2006, Medical Decision Making 26:565): who would act from a probability t on
holds one missed case to be as bad as (1 - t) / t false alarms. The net benefit is the share of true
alarms less the share of false ones, weighted so. It needs probabilities that are calibrated to the
prevalence of those whom it is about.
"""

from typing import Any

import numpy as np

from jobs.common.types import Floats
from jobs.evaluation.bootstrap import Resamples
from jobs.evaluation.estimates import Estimate, plain_estimate
from jobs.evaluation.levels import Cases
from jobs.evaluation.metrics import patients_of_rarer_class

THRESHOLDS = (0.01, 0.02, 0.03, *(percent / 100 for percent in range(5, 100, 5)))
"""The probabilities from which somebody might act."""


def compute_decision_curve(cases: Cases, resamples: Resamples) -> list[dict[str, Any]]:
    """The net benefit at each threshold, with its interval over patients.

    Args:
        cases: N cases, sick ones and healthy ones among them.
        resamples: of the cases' patients, and of others if there are more.

    Returns:
        For each threshold, as metrics.json holds it: `threshold`; `net_benefit`, a value with its
        interval; and `all`, the net benefit of acting on every case. That of acting on none is 0.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Cases, resample_patients
        >>> cases = Cases(
        ...     patient=np.array(["a", "b", "c", "d"]),
        ...     sick=np.array([True, True, False, False]),
        ...     probability=np.array([0.8, 0.3, 0.4, 0.1]),
        ... )
        >>> resamples = resample_patients(dict.fromkeys("abcd", "test"), replicates=100, seed=20)
        >>> curve = compute_decision_curve(cases, resamples)
        >>> [each["net_benefit"]["value"] for each in curve if each["threshold"] == 0.5]
        [0.25]
    """
    once = np.ones((1, len(cases.sick)))
    (values,), replicates = (
        net_benefits(cases, weights) for weights in (once, resamples.weights(cases.patient))
    )
    patients, share = patients_of_rarer_class(cases), float(cases.sick.mean())
    return [
        {
            "threshold": threshold,
            "net_benefit": plain_estimate(
                Estimate(float(values[n]), np.ascontiguousarray(replicates[:, n]), patients)
            ),
            "all": share - (1 - share) * threshold / (1 - threshold),
        }
        for n, threshold in enumerate(THRESHOLDS)
    ]


def net_benefits(cases: Cases, weights: Floats) -> Floats:
    """Net benefits at THRESHOLDS, (R, T), of cases that count by `weights`, (R, N)."""
    thresholds = np.array(THRESHOLDS)
    called = cases.probability[:, None] >= thresholds
    true = weights @ (called & cases.sick[:, None]).astype(float)
    false = weights @ (called & ~cases.sick[:, None]).astype(float)
    return (true - false * thresholds / (1 - thresholds)) / weights.sum(axis=1, keepdims=True)
