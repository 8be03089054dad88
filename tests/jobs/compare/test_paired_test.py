"""Whether two models differ: intervals and p-values over patients."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from jobs.compare.paired_test import estimate_difference, exchange_test, holm
from jobs.compare.pairing import PairedCases
from jobs.evaluation.bootstrap import resample_patients
from jobs.evaluation.levels import Cases

REPLICATES = 100


def cohort(seed, *, patients=40, images=4, second=1.0, spread=1.0):
    """Two models on images of patients with effects of their own; `second`: its signal."""
    rng = np.random.default_rng(seed)
    patient = np.repeat([f"{n:03}" for n in range(patients)], images)
    sick = np.repeat(np.arange(patients) % 3 == 0, images)
    shared = np.repeat(rng.normal(0, spread, patients), images)
    own = [np.repeat(rng.normal(0, spread, patients), images) for _ in range(2)]
    scores = [
        shared + noise + signal * sick + rng.normal(0, 0.5, len(sick))
        for noise, signal in zip(own, (1.0, second), strict=True)
    ]
    cases = [Cases(patient, sick, 1 / (1 + np.exp(-score))) for score in scores]
    return PairedCases(*cases)


def test_the_difference_is_that_of_the_areas():
    """The second run's area less the first's, with an interval around it."""
    part = cohort(1, second=3.0)
    strata = dict.fromkeys(part.first.patient, "test")
    first, second, difference = estimate_difference(
        [part], "auc", resample_patients(strata, REPLICATES, 20)
    )
    areas = [roc_auc_score(each.sick, each.probability) for each in (part.first, part.second)]
    assert (first.value, second.value) == pytest.approx(areas)
    assert difference.value == pytest.approx(areas[1] - areas[0])
    assert 0 < difference.interval.low < difference.value < difference.interval.high


def test_the_same_patients_are_drawn_for_both():
    """A model against itself differs by nothing in every resample."""
    part = cohort(2)
    strata = dict.fromkeys(part.first.patient, "test")
    same = PairedCases(part.first, part.first)
    *_, difference = estimate_difference([same], "auc", resample_patients(strata, REPLICATES, 20))
    assert not difference.replicates.any()
    assert exchange_test([same], REPLICATES, 20) == 1


def test_p_values_respect_patients():
    """Of equal models, about a twentieth of p-values is below 0.05, though images are clustered.

    As if the images were independent, it is far more: a patient's four images count as one here.
    """
    by_patient, by_image = [], []
    for seed in range(60):
        part = cohort(seed, spread=2.0)
        by_patient.append(exchange_test([part], REPLICATES, 20))
        alone = [
            Cases(np.arange(len(each.sick)).astype(str), each.sick, each.probability)
            for each in (part.first, part.second)
        ]
        by_image.append(exchange_test([PairedCases(*alone)], REPLICATES, 20))
    assert (np.array(by_patient) < 0.05).mean() == pytest.approx(0.05, abs=0.06)
    assert (np.array(by_image) < 0.05).mean() > 0.2


def test_a_real_difference_is_found():
    """A better model has a small p-value, and never one of 0."""
    p = exchange_test([cohort(3, patients=120, second=4.0)], REPLICATES, 20)
    assert p == 1 / (REPLICATES + 1)


def test_a_model_s_scale_does_not_matter():
    """Ranks are exchanged: the same ranking on another scale is no difference."""
    part = cohort(4)
    squeezed = Cases(part.first.patient, part.first.sick, part.first.probability**3 / 10)
    assert exchange_test([PairedCases(part.first, squeezed)], REPLICATES, 20) == 1


def test_means_over_models():
    """Of several parts it is the mean of their differences."""
    parts = [cohort(5, second=3.0), cohort(5, second=1.0)]
    strata = dict.fromkeys(parts[0].first.patient, "test")
    resamples = resample_patients(strata, REPLICATES, 20)
    *_, both = estimate_difference(parts, "auc", resamples)
    alone = [estimate_difference([part], "auc", resamples)[2].value for part in parts]
    assert both.value == pytest.approx(np.mean(alone))


def test_holm_by_hand():
    """Three p-values: the least three times, the middle twice, none below the one before it."""
    assert holm([0.01, 0.04, 0.03]) == [0.03, 0.06, 0.06]
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([0.2]) == [0.2]
