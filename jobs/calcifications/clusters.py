"""What an image's best candidates say together: how many, how strong, how close, how spread."""

import numpy as np

from jobs.common.types import Array, Floats

RADII = (5.0, 10.0)
"""Millimetres within which candidates are neighbours."""

MEASURES = (
    "strongest",
    "five_strongest",
    "count",
    "within_5_mm",
    "within_10_mm",
    "share_within_10_mm",
    "spread",
    "contrast",
    "contrast_deviation",
)
"""The measures of an image, in their order."""

_STRONGEST = 5


def measure(logits: Array, contrast: Array, places: Array, pixel: float) -> Floats:
    """Describes an image by its best candidates.

    A candidate counts by its probability p of being a calcification, so that there is no
    threshold. Its neighbours are those around it, itself among them; "the cluster" is the
    neighbourhood within 10 mm that has the most.

    Args:
        logits: (n,) the detector's, the largest first.
        contrast: (n,) in standard deviations.
        places: (n, 2) row and column, in pixels.
        pixel: a pixel's side in mm.

    Returns:
        one value for each of MEASURES: log(1 + e^logit) of the largest logit, and its mean of the
        five largest; log(1 + c) of the counts c in the image and in the densest neighbourhoods of
        both RADII; the cluster's share of the image's count, its root mean square distance from
        its centre in mm, and the mean and deviation of log(1 + contrast) in it. All are 0 of an
        image without candidates.
    """
    if not len(logits):
        return np.zeros(len(MEASURES))
    logits = logits.astype(np.float64)
    weights = 1 / (1 + np.exp(-logits))
    strength = np.logaddexp(0, logits)
    positions = places.astype(np.float64) * pixel
    distances = np.linalg.norm(positions[:, np.newaxis] - positions, axis=2)
    near, far = ((distances <= radius) @ weights for radius in RADII)
    inside = distances[np.argmax(far)] <= RADII[1]
    share = weights[inside] / weights[inside].sum()
    brightness = np.log1p(np.maximum(contrast[inside].astype(np.float64), 0))
    count = weights.sum()
    return np.array(
        [
            strength[0],
            strength[:_STRONGEST].sum() / _STRONGEST,
            np.log1p(count),
            np.log1p(near.max()),
            np.log1p(far.max()),
            far.max() / count,
            np.sqrt((_variance(positions[inside], share)).sum()),
            share @ brightness,
            np.sqrt(_variance(brightness, share)),
        ]
    )


def _variance(values: Floats, share: Floats) -> Floats:
    """The weighted variance of (n,) or (n, k) values, whose weights sum to 1."""
    return share @ (values - share @ values) ** 2
