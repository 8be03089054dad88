"""A study's predictions in their contexts, and what their weights are fitted on."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from jobs.evaluation.contexts import score_contexts
from jobs.evaluation.predictions import select
from jobs.evaluation.study_metrics import compute_study_metrics
from tests.jobs.evaluation.exams import cohort


@pytest.fixture(scope="module")
def study():
    """Rows and models."""
    return cohort()


def exam(rows, models):
    """The study with the exam."""
    *_, found = score_contexts(rows, models, "exam")
    return found


def by_image(rows, **which):
    """Probabilities by image id."""
    return {row.image_id: row.probability for row in select(rows, **which)}


def held_out(rows, fold):
    """A fold's out-of-fold probabilities."""
    return by_image(rows, weights="last", split="validation", model=fold)


def area(rows):
    """The AUC of rows."""
    return roc_auc_score([row.sick for row in rows], [row.probability for row in rows])


def test_the_exam_s_gain_is_that_of_the_simulation(study):
    """AUCs follow from the normal distributions that `cohort` draws from.

    An image alone is 2 higher if it is sick, at a variance of 5. A breast's mean less the other
    breast's is 2 higher, at a variance of 1; that of a sick patient's other breast, one in five of
    the healthy ones, is 2 lower.
    """
    rows, models = study
    alone = select(rows, weights="last", split="validation")
    joined = select(exam(rows, models).rows, weights="last", split="validation")
    assert area(alone) == pytest.approx(norm.cdf(2 / 10**0.5), abs=0.025)  # 0.736
    expected = 0.8 * norm.cdf(2 / 2**0.5) + 0.2 * norm.cdf(4 / 2**0.5)  # 0.937
    assert area(joined) == pytest.approx(expected, abs=0.015)


def test_no_row_of_the_test_set_changes_a_weight(study):
    """Whatever is said of the test set, and whoever is sick there."""
    rows, models = study
    turned = [
        replace(row, sick=not row.sick, probability=1 - row.probability)
        if row.split == "test"
        else row
        for row in rows
    ]
    assert exam(turned, models).fitted == exam(rows, models).fitted


@settings(max_examples=2)
@given(seed=st.integers(0, 1000))
def test_a_fold_s_labels_change_nothing_of_its_scores(study, seed):
    """Labels of its patients are permuted: its scores stay, those of other folds move."""
    rows, models = study
    of_fold = [row for row in rows if row.model == "fold1" and row.split == "validation"]
    labels = np.random.default_rng(seed).permutation([row.sick for row in of_fold])
    new = {row.image_id: bool(label) for row, label in zip(of_fold, labels, strict=True)}
    permuted = [replace(row, sick=new.get(row.image_id, row.sick)) for row in rows]
    before, after = exam(rows, models).rows, exam(permuted, models).rows
    assert held_out(before, "fold1") == held_out(after, "fold1")
    assert held_out(before, "fold2") != held_out(after, "fold2")


def test_what_weights_were_fitted_on_is_said(study):
    """A fold's on the other folds, the test set's on all: last weights, validation."""
    rows, models = study
    found = exam(rows, models).fitted["weights"]
    assert found["fold1"]["fitted_on"]["models"] == ["fold0", "fold2", "fold3"]
    assert found["test"]["fitted_on"]["models"] == ["fold0", "fold1", "fold2", "fold3"]
    images = select(rows, weights="last", split="validation")
    assert found["test"]["fitted_on"]["images"] == len(images)
    assert {found["test"]["fitted_on"][key] for key in ("weights", "split")} == {
        "last",
        "validation",
    }


def test_without_context_nothing_changes(study):
    """The rows are those of the file, and nothing was fitted."""
    rows, models = study
    (alone,) = score_contexts(rows, models)
    assert (alone.context, alone.rows, alone.fitted) == ("none", tuple(rows), {})


def test_a_branch_is_joined_also_without_the_exam():
    """A branch that knows more than the model gets its weight; the model alone stays beside it."""
    rows, models = cohort(calcifications=lambda logit, sick: logit / 9 + 3.0 * sick)
    alone, joined = score_contexts(rows, models, "none")
    assert (alone.context, joined.context) == ("none", "branch")
    (only,) = joined.fitted["weights"]["test"]["regressions"].items()
    assert only[0] == "own"
    weights = {name: each["own"] for name, each in only[1]["weights"].items()}
    assert weights["calcifications"] > 2 > abs(weights["probability"])
    outside = [select(each.rows, weights="last", split="validation") for each in (alone, joined)]
    assert area(outside[1]) > 0.99 > 0.8 > area(outside[0])


def test_a_branch_has_all_terms_of_the_exam():
    """Own, same breast, other breast of each score; alone, with the branch, with the exam."""
    rows, models = cohort(calcifications=lambda logit, sick: logit + sick)
    found = score_contexts(rows, models, "exam")
    assert [each.context for each in found] == ["none", "branch", "exam"]
    whole = found[-1].fitted["weights"]["test"]["regressions"]["own+same_breast+other_breast"]
    parts = ["own", "same_breast", "other_breast"]
    assert [list(each) for each in whole["weights"].values()] == [parts, parts]


def test_metrics_have_each_context_beside_the_image_alone():
    """`levels` stays as it is without the exam; what has one place is the exam's."""
    rows, models = cohort(patients=120, folds=2)
    none, found = (
        compute_study_metrics(rows, models, seed=20, replicates=100, context=context)
        for context in ("none", "exam")
    )
    assert "exam" not in none
    assert found["levels"] == none["levels"]
    assert found["epochs"] == none["epochs"]
    joined = found["exam"]["levels"]
    assert joined.keys() == none["levels"].keys()
    assert joined["image"]["test"].keys() == none["levels"]["image"]["test"].keys()
    chance = {each["name"]: each["measured"] for each in found["cautions"]}["chance"]
    main = joined["image"]["out_of_fold"]["mean"]["figures"]["auc"]
    assert chance["value"] == main["value"] > chance["low"] > 0.8
    by_density = found["subgroups"][0]["parts"][0]["auc"]["value"]
    assert by_density > 0.85 > none["subgroups"][0]["parts"][0]["auc"]["value"]


def test_probabilities_with_the_exam_are_calibrated(study):
    """A regression on the label scales by itself: the mean is the share of the sick."""
    rows, models = study
    outside = select(exam(rows, models).rows, weights="last", split="validation")
    mean = np.mean([row.probability for row in outside])
    assert mean == pytest.approx(np.mean([row.sick for row in outside]), abs=0.01)
