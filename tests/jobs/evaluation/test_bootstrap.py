"""Intervals by bootstrap over patients."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from jobs.evaluation import bootstrap


@st.composite
def resampled(draw):
    """Cases with ties, both classes among them, and counts in one resample."""
    size = draw(st.integers(2, 30))
    sick = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    sick[0], sick[1] = True, False
    ties = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
    probability = draw(st.lists(ties, min_size=size, max_size=size))
    counts = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    counts[0], counts[1] = 1, 2
    return np.array(sick), np.array(probability), np.array(counts)


@given(resampled())
def test_a_weight_is_that_many_copies_of_a_case(cases):
    """A case of weight w counts like w copies of it in scikit-learn."""
    sick, probability, counts = cases
    many, weights = np.repeat(np.arange(len(sick)), counts), counts[None].astype(float)
    (area,) = bootstrap.auc(sick, probability, weights)
    assert area == pytest.approx(roc_auc_score(sick[many], probability[many]))
    (precision,) = bootstrap.average_precision(sick, probability, weights)
    assert precision == pytest.approx(average_precision_score(sick[many], probability[many]))
    (mean,) = bootstrap.weighted_mean(probability, weights, sick)
    assert mean == pytest.approx(probability[many][sick[many]].mean())


@given(resampled())
def test_the_area_is_mann_whitneys(cases):
    """The share of pairs of a sick and a healthy case that are in order, a tie counting half."""
    sick, probability, counts = cases
    many = np.repeat(np.arange(len(sick)), counts)
    positives, negatives = probability[many][sick[many]], probability[many][~sick[many]]
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in positives for b in negatives]
    (area,) = bootstrap.auc(sick, probability, counts[None].astype(float))
    assert area == pytest.approx(sum(pairs) / len(pairs))


def test_a_resample_with_one_class_is_undefined():
    """Without a sick or a healthy case the AUC is NaN, which the interval skips and counts."""
    sick, probability = np.array([True, False]), np.array([0.9, 0.1])
    weights = np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 2.0]])
    areas = bootstrap.auc(sick, probability, weights)
    assert areas[0] == 1 and np.isnan(areas[1:]).all()


MANY = 100  # patients


def test_an_interval_leaves_out_and_counts_what_is_undefined():
    """The percentiles are those of the other resamples."""
    replicates = np.array([np.nan, *range(41), np.nan])
    found = bootstrap.percentile_interval(replicates, MANY)
    assert (found.low, found.high) == pytest.approx((1.0, 39.0))
    assert (found.skipped, found.reason) == (2, None)


@pytest.mark.parametrize(
    ("replicates", "patients", "reason"),
    [
        (np.linspace(0, 1, 100), 4, bootstrap.FEW),
        ([np.nan] * 51 + [0.1, 0.9] * 24, MANY, bootstrap.UNDEFINED),
        ([np.nan] * 100, MANY, bootstrap.UNDEFINED),
        ([0.5] * 100, MANY, bootstrap.EQUAL),
        ([0.4, *[0.5] * 98, 0.6], MANY, bootstrap.EQUAL),
        ([0.1 + 0.2, 0.3] * 50, MANY, bootstrap.EQUAL),
    ],
    ids=[
        "few",
        "mostly undefined",
        "never defined",
        "equal",
        "nearly all equal",
        "but for rounding",
    ],
)
def test_no_interval_rather_than_one_that_misleads(replicates, patients, reason):
    """With few patients, few defined resamples, or no width: None, and the reason."""
    found = bootstrap.percentile_interval(np.array(replicates), patients)
    assert (found.low, found.high, found.reason) == (None, None, reason)
    assert found.skipped == np.isnan(replicates).sum()


def test_strata_keep_their_sizes():
    """Each resample draws as many patients from a fold as the fold has."""
    strata = {f"{n:02d}": "fold0" if n < 7 else "test" for n in range(20)}
    drawn = bootstrap.resample_patients(strata, 50, seed=1)
    assert (drawn.counts[:, :7].sum(axis=1) == 7).all()
    assert (drawn.counts[:, 7:].sum(axis=1) == 13).all()


def test_a_stratums_draw_depends_on_nothing_but_the_seed_and_itself():
    """Other folds, and the order of patients, change nothing; another seed does."""
    alone = dict.fromkeys("abcde", "fold0")
    among = {**dict.fromkeys("xyz", "test"), **dict(reversed(alone.items()))}
    one, other = (
        bootstrap.resample_patients(alone, 20, seed=1),
        bootstrap.resample_patients(among, 20, seed=1),
    )
    assert np.array_equal(one.counts, other.counts[:, :5])
    assert not np.array_equal(one.counts, bootstrap.resample_patients(alone, 20, seed=2).counts)


def test_a_patients_cases_come_and_go_together():
    """The weight of every case is its patient's."""
    drawn = bootstrap.resample_patients({"a": "s", "b": "s", "c": "s"}, 10, seed=0)
    weights = drawn.weights(np.array(["c", "a", "c"]))
    assert np.array_equal(weights[:, 0], weights[:, 2])
    assert np.array_equal(weights[:, 1], drawn.counts[:, 0])


def _clustered(rng, sick_patients, healthy_patients, shift=1.0):
    """Four images a patient, with a shared effect: the sick are N(shift, 2), the others N(0, 2)."""
    patients = sick_patients + healthy_patients
    patient = np.repeat(np.arange(patients), 4)
    sick = np.repeat(np.arange(patients) < sick_patients, 4)
    noise = np.repeat(rng.normal(size=patients), 4) + rng.normal(size=4 * patients)
    return patient.astype(str), sick, noise + shift * sick


@pytest.mark.parametrize("shift", [1.0, 2.5])
@pytest.mark.parametrize(
    ("patients", "low", "high"), [(bootstrap.FEWEST_PATIENTS, 0.8, 0.95), (2, 0.5, 0.75)]
)
def test_why_few_patients_have_no_interval(patients, low, high, shift):
    """How often a 95 % interval holds the truth with so few of one class, as the page says.

    400 studies with 15 of the other class: the standard error of a coverage is 0.02 or less.
    """
    rng, held = np.random.default_rng(3), 0
    truth = NormalDist().cdf(shift / 2)
    for study in range(400):
        patient, sick, score = _clustered(rng, patients, 15, shift)
        drawn = bootstrap.resample_patients(dict.fromkeys(patient, "all"), 200, seed=study)
        areas = bootstrap.auc(sick, score, drawn.weights(patient))
        found = bootstrap.percentile_interval(areas, MANY)
        held += found.low is not None and found.low <= truth <= found.high
    assert low < held / 400 < high


def test_intervals_over_patients_cover_and_over_images_do_not():
    """On clustered data the interval over patients holds the truth in about 95 % of studies.

    200 studies of 90 patients: the standard error of a coverage of 0.95 is 0.015. Drawing images
    as if they were independent gives intervals that are too narrow: that is why patients are drawn.
    """
    rng, truth = np.random.default_rng(3), NormalDist().cdf(1 / 2)
    held = {"patient": 0, "image": 0}
    for study in range(200):
        patient, sick, score = _clustered(rng, 30, 60)
        image = np.arange(len(patient)).astype(str)
        for unit, names in (("patient", patient), ("image", image)):
            drawn = bootstrap.resample_patients(dict.fromkeys(names, "all"), 200, seed=study)
            found = bootstrap.percentile_interval(
                bootstrap.auc(sick, score, drawn.weights(names)), 30
            )
            held[unit] += found.low <= truth <= found.high
    assert 0.90 <= held["patient"] / 200 <= 0.98
    assert held["image"] / 200 < 0.85


def test_an_interval_as_metrics_json_holds_it():
    """Read back from its four keys, it is the interval that was written."""
    found = bootstrap.Interval(0.6, 0.8, skipped=3)
    entry = {"value": 0.7, "low": 0.6, "high": 0.8, "skipped": 3, "reason": None}
    assert bootstrap.Interval.from_metrics(entry) == found


def test_an_interval_in_words():
    """Both ends with two decimals, or why there is none."""
    assert str(bootstrap.Interval(0.612, 0.8, skipped=0)) == "0.61 to 0.80"
    assert str(bootstrap.Interval(None, None, 0, bootstrap.FEW)) == "few patients"
