"""Insertion and deletion of the methods' maps, beside those of maps that know no model."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from jobs.common.types import Array, Floats
from jobs.evaluation.bootstrap import resample_patients
from jobs.evaluation.estimates import plain_estimate
from jobs.explain.checks.baselines import BASELINES
from jobs.explain.checks.cases import Case
from jobs.explain.checks.estimates import estimate_mean
from jobs.explain.checks.perturbation import Areas, Scores, fills, perturb


class Perturbed(NamedTuple):
    """What insertion and deletion gave for an image.

    Attributes:
        patient: the patient's 16 hex digits.
        areas: by the fills' names, then by the methods' and the BASELINES'.
    """

    patient: str
    areas: Mapping[str, Mapping[str, Areas]]

    @classmethod
    def read(cls, kept: Any) -> "Perturbed":
        """What JSON made of it, which knows no names of a tuple's parts."""
        patient, areas = kept
        return cls(
            patient,
            {fill: {name: Areas(*each) for name, each in by.items()} for fill, by in areas.items()},
        )


def perturb_case(scores: Scores, case: Case, maps: Mapping[str, Array]) -> Perturbed:
    """Insertion and deletion of an image, by each map and each baseline.

    Args:
        scores: the model's probabilities of sick.
        maps: by the methods' names.
    """
    baselines = {
        name: draw(case.view, case.breast, case.image_id) for name, draw in BASELINES.items()
    }
    areas = {
        name: perturb(scores, case.view, case.breast, {**maps, **baselines}, fill, case.image_id)
        for name, fill in fills(case.view, case.breast).items()
    }
    return Perturbed(case.patient, areas)


def summarise_perturbed(
    found: Sequence[Perturbed], replicates: int, seed: int
) -> dict[str, dict[str, Any]]:
    """Each method's areas, and what it has over baselines: means over images and fills.

    Returns:
        By method: `insertion` and `deletion` by fill, the means; and of a method `over`: by
        baseline, insertion less deletion, less the baseline's, as a plain estimate with its
        interval over patients.
    """
    if not found:
        return {}
    patients = np.array([each.patient for each in found])
    resamples = resample_patients(dict.fromkeys(patients.tolist(), "all"), replicates, seed)
    gains = {name: _gains(found, name) for name in next(iter(found[0].areas.values()))}

    def over(method: str) -> dict[str, Any]:
        return {
            name: plain_estimate(estimate_mean(patients, gains[method] - gains[name], resamples))
            for name in BASELINES
        }

    return {
        method: {
            "insertion": _means(found, method, "insertion"),
            "deletion": _means(found, method, "deletion"),
            **({} if method in BASELINES else {"over": over(method)}),
        }
        for method in gains
    }


def _gains(found: Sequence[Perturbed], method: str) -> Floats:
    """Insertion less deletion, the mean over fills, of each image: (n,)."""
    return np.array(
        [
            np.mean([by[method].insertion - by[method].deletion for by in each.areas.values()])
            for each in found
        ]
    )


def _means(found: Sequence[Perturbed], method: str, area: str) -> dict[str, float]:
    return {
        fill: float(np.mean([getattr(each.areas[fill][method], area) for each in found]))
        for fill in found[0].areas
    }
