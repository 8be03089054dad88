"""Intervals by bootstrap over patients."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from jobs import bootstrap


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
def test_weights_say_what_repeated_cases_say(cases):
    """A case of weight w counts as w copies of it do in scikit-learn."""
    sick, probability, counts = cases
    many, weights = np.repeat(np.arange(len(sick)), counts), counts[None].astype(float)
    (area,) = bootstrap.auc(sick, probability, weights)
    assert area == pytest.approx(roc_auc_score(sick[many], probability[many]))
    (precision,) = bootstrap.average_precision(sick, probability, weights)
    assert precision == pytest.approx(average_precision_score(sick[many], probability[many]))
    (mean,) = bootstrap.mean_of(probability, weights, sick)
    assert mean == pytest.approx(probability[many][sick[many]].mean())


@given(resampled())
def test_the_area_is_mann_whitneys(cases):
    """The share of pairs of a sick and a healthy case in order, a tie counting by half."""
    sick, probability, counts = cases
    many = np.repeat(np.arange(len(sick)), counts)
    ill, well = probability[many][sick[many]], probability[many][~sick[many]]
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in ill for b in well]
    (area,) = bootstrap.auc(sick, probability, counts[None].astype(float))
    assert area == pytest.approx(sum(pairs) / len(pairs))


def test_a_resample_with_one_class_is_undefined():
    """No sick or no healthy case: NaN, which the interval skips and counts."""
    sick, probability = np.array([True, False]), np.array([0.9, 0.1])
    weights = np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 2.0]])
    areas = bootstrap.auc(sick, probability, weights)
    assert areas[0] == 1 and np.isnan(areas[1:]).all()
    found = bootstrap.interval(areas)
    assert (found.low, found.high, found.skipped) == (1.0, 1.0, 2)
    assert bootstrap.interval(areas[1:]) == bootstrap.Interval(None, None, 2)


def test_strata_keep_their_sizes():
    """Each resample draws as many patients from a fold as the fold has."""
    strata = {f"{n:02d}": "fold0" if n < 7 else "test" for n in range(20)}
    drawn = bootstrap.draw(strata, 50, seed=1)
    assert (drawn.counts[:, :7].sum(axis=1) == 7).all()
    assert (drawn.counts[:, 7:].sum(axis=1) == 13).all()


def test_a_stratums_draw_depends_on_nothing_but_the_seed_and_itself():
    """Other folds, and the order of patients, change nothing; another seed does."""
    alone = dict.fromkeys("abcde", "fold0")
    among = {**dict.fromkeys("xyz", "test"), **dict(reversed(alone.items()))}
    one, other = bootstrap.draw(alone, 20, seed=1), bootstrap.draw(among, 20, seed=1)
    assert np.array_equal(one.counts, other.counts[:, :5])
    assert not np.array_equal(one.counts, bootstrap.draw(alone, 20, seed=2).counts)


def test_a_patients_cases_come_and_go_together():
    """The weight of every case is its patient's."""
    drawn = bootstrap.draw({"a": "s", "b": "s", "c": "s"}, 10, seed=0)
    weights = drawn.weights(np.array(["c", "a", "c"]))
    assert np.array_equal(weights[:, 0], weights[:, 2])
    assert np.array_equal(weights[:, 1], drawn.counts[:, 0])


def _clustered(rng, patients):
    """Four images a patient with a shared effect; the true area is that of N(1, 2) over N(0, 2)."""
    patient = np.repeat(np.arange(patients), 4)
    sick = np.repeat(np.arange(patients) % 3 == 0, 4)
    score = np.repeat(rng.normal(size=patients), 4) + rng.normal(size=4 * patients) + sick
    return patient.astype(str), sick, score


def test_intervals_over_patients_cover_and_over_images_do_not():
    """On clustered data the patient interval holds the truth about as often as it says (95 %).

    200 studies of 90 patients: the standard error of a coverage of 0.95 is 0.015. Drawing images
    as if they were independent is too sure of itself: that is why patients are drawn.
    """
    rng, truth = np.random.default_rng(3), 0.6914624612740131  # Phi(1 / sqrt(2 + 2))
    held = {"patient": 0, "image": 0}
    for study in range(200):
        patient, sick, score = _clustered(rng, 90)
        image = np.arange(len(patient)).astype(str)
        for unit, names in (("patient", patient), ("image", image)):
            drawn = bootstrap.draw(dict.fromkeys(names, "all"), 200, seed=study)
            found = bootstrap.interval(bootstrap.auc(sick, score, drawn.weights(names)))
            held[unit] += found.low <= truth <= found.high
    assert 0.90 <= held["patient"] / 200 <= 0.98
    assert held["image"] / 200 < 0.85
