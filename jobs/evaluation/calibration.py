"""Whether probabilities mean what they say: their mean against the share of cases that is sick."""

from typing import Any

from sklearn.calibration import calibration_curve

from jobs.evaluation.levels import Cases

CALIBRATION_BINS = 5  # of equal size; with more, a bin would hold too few sick images to be read


def compute_calibration(cases: Cases) -> dict[str, Any]:
    """Mean probability and share of the sick, over all cases and in bins of equal size.

    Returns:
        As in metrics.json: `mean_probability` and `share_sick` of all cases, and `bins`, a list
        of the same two numbers for each bin, from the lowest probabilities to the highest.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Cases, compute_calibration
        >>> cases = Cases(
        ...     patient=np.arange(10).astype(str),
        ...     sick=np.array([0, 0, 0, 0, 0, 1, 0, 1, 1, 1], bool),
        ...     probability=np.linspace(0.05, 0.95, 10),
        ... )
        >>> found = compute_calibration(cases)
        >>> round(found["mean_probability"], 2), found["share_sick"]
        (0.5, 0.4)
        >>> [each["share_sick"] for each in found["bins"]]
        [0.0, 0.0, 0.5, 0.5, 1.0]
    """
    shares, means = calibration_curve(
        cases.sick, cases.probability, n_bins=CALIBRATION_BINS, strategy="quantile"
    )
    return {
        "mean_probability": float(cases.probability.mean()),
        "share_sick": float(cases.sick.mean()),
        "bins": [
            {"mean_probability": mean, "share_sick": share}
            for mean, share in zip(means.tolist(), shares.tolist(), strict=True)
        ],
    }
