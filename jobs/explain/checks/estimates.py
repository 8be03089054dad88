"""localisation.csv -> figures with intervals over patients, of each method and part."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from jobs.common.types import Floats
from jobs.evaluation.bootstrap import Resamples, resample_patients, weighted_mean
from jobs.evaluation.estimates import Estimate, plain_estimate
from jobs.explain.checks.baselines import BASELINES
from jobs.explain.checks.localisation import Localisation

_Rows = Sequence[Localisation]

FIGURES: Mapping[str, Callable[[Localisation], float]] = {
    "pointing": lambda row: row.hit,
    "chance": lambda row: row.chance,
    "inside": lambda row: row.inside,
    "inside_over_chance": lambda row: row.inside - row.lesion_share,
    "outside": lambda row: row.outside,
}
"""The means over images that are given, by their names in checks.json."""


def resample(rows: _Rows, replicates: int, seed: int) -> Resamples:
    """Resamples of the patients of some rows, within each model's images."""
    return resample_patients({row.patient: row.model for row in rows}, replicates, seed)


def mean_of(rows: _Rows, figure: Callable[[Localisation], float], resamples: Resamples) -> Estimate:
    """The mean of a figure over the images where it is defined, with its resamples."""
    return estimate_mean(
        np.array([row.patient for row in rows]),
        np.array([figure(row) for row in rows], np.float64),
        resamples,
    )


def estimate_mean(patients: Any, values: Floats, resamples: Resamples) -> Estimate:
    """The mean of values, (n,), of images of some patients, (n,); NaN values do not count."""
    there = ~np.isnan(values)
    patients, values = patients[there], values[there]
    if not len(values):
        return Estimate(float("nan"), np.full(len(resamples.counts), np.nan), 0)
    weights = resamples.weights(patients)
    return Estimate(float(values.mean()), weighted_mean(values, weights), len(np.unique(patients)))


def summarise(rows: _Rows, resamples: Resamples) -> dict[str, dict[str, Any]]:
    """Each method's figures over some images, and how much more often it hits than baselines.

    Args:
        rows: of the methods and all baselines, each with the same images.
        resamples: of their patients.

    Returns:
        By method: `images`, `patients`, the FIGURES, each as a plain estimate, and of a method
        `over`: by baseline, the difference of `pointing`, paired by image.
    """
    by_method = _by_method(rows)
    return {
        method: {
            "images": len(own),
            "patients": len({row.patient for row in own}),
            **{
                name: plain_estimate(mean_of(own, figure, resamples))
                for name, figure in FIGURES.items()
            },
            **({} if method in BASELINES else {"over": _over(own, by_method, resamples)}),
        }
        for method, own in by_method.items()
    }


def parts_of(rows: _Rows) -> list[tuple[str, list[Localisation]]]:
    """The rows of the images with each kind of lesion, and of each third by the lesions' extent.

    An image with several kinds is in several parts, with all that is drawn in it: a hit counts
    wherever it is.
    """
    kinds = sorted({kind for row in rows for kind in row.kinds.split("+")})
    parts = [
        (f"images with {kind}", [row for row in rows if kind in row.kinds.split("+")])
        for kind in kinds
    ]
    extents = {row.image_id: row.extent for row in rows}
    low, high = np.quantile(list(extents.values()) or [0.0], [1 / 3, 2 / 3])
    names = [
        f"up to {low:.0%} of the breast's side",
        f"up to {high:.0%}",
        f"over {high:.0%}",
    ]
    thirds = [
        (name, [r for r in rows if _third(r, low, high) == k]) for k, name in enumerate(names)
    ]
    return [(name, part) for name, part in [*parts, *thirds] if part]


def _third(row: Localisation, low: float, high: float) -> int:
    return int(row.extent > low) + int(row.extent > high)


def _by_method(rows: _Rows) -> dict[str, list[Localisation]]:
    found: dict[str, list[Localisation]] = {}
    for row in rows:
        found.setdefault(row.method, []).append(row)
    return found


def _over(
    own: _Rows, by_method: Mapping[str, _Rows], resamples: Resamples
) -> dict[str, dict[str, Any]]:
    """By baseline: how much more often a method hits, on the images that both have."""
    found = {}
    for baseline in BASELINES:
        hits = {(row.model, row.image_id): row.hit for row in by_method.get(baseline, ())}
        both = [row for row in own if (row.model, row.image_id) in hits]
        difference = np.array([row.hit - hits[row.model, row.image_id] for row in both])
        patients = np.array([row.patient for row in both])
        found[baseline] = plain_estimate(estimate_mean(patients, difference, resamples))
    return found
