"""The same predictions against other labels."""

import pytest
from sklearn.metrics import roc_auc_score

from jobs.config.names import LAST, TEST, VALIDATION
from jobs.evaluation.bootstrap import resample_patients
from jobs.evaluation.other_labels import Labels, relabel, score_other_labels
from jobs.evaluation.predictions import Prediction, select


@pytest.fixture(scope="module")
def scored(predictions, models):
    """Against all definitions, by their titles."""
    strata = {row.patient: row.dataset_split for row in predictions}
    resamples = resample_patients(strata, 100, seed=20)
    return {each["title"]: each for each in score_other_labels(predictions, models, resamples)}


def test_the_study_s_own_labels_are_marked(scored):
    """The synthetic study's are 4 to 6 against 1 to 3."""
    assert [each["own"] for each in scored.values()] == [True, False, False]


def test_categories_are_left_out(scored, predictions):
    """5 and 6 against 1 and 2: others are not counted, and the test figure is by hand the same."""
    level = scored["5 and 6 against 1 and 2, 3 and 4 left out"]["levels"]["image"]
    held_out = select(predictions, weights=LAST, split=VALIDATION)
    assert level["sick"] == sum(row.birads in ("5", "6") for row in held_out)
    assert level["healthy"] == sum(row.birads in ("1", "2") for row in held_out)
    tested = [
        row
        for row in select(predictions, weights=LAST, split=TEST, model="all")
        if row.birads in ("1", "2", "5", "6")
    ]
    area = roc_auc_score([row.birads > "3" for row in tested], [row.probability for row in tested])
    assert level["all"]["value"] == pytest.approx(area)


def test_own_labels_give_the_study_s_own_figures(scored, predictions, models):
    """Value and interval are those of the levels."""
    from jobs.evaluation.study_metrics import compute_study_metrics

    metrics = compute_study_metrics(predictions, models, seed=20, replicates=100)
    own = scored["4 to 6 against 1 to 3"]["levels"]
    for level in ("image", "breast"):
        part = metrics["levels"][level]["out_of_fold"]
        for name in ("mean", "pooled"):
            expected = part[name]["figures"]["auc"]
            assert own[level][name] == {key: expected[key] for key in own[level][name]}


def test_a_breast_has_its_worst_category():
    """A breast with a category that is left out is not healthy by its other image."""
    rows = [
        Prediction(
            "all", LAST, TEST, str(number), f"{patient:016x}", "L", view, birads, 3, False, 0.5
        )
        for number, (patient, view, birads) in enumerate(
            [(1, "CC", "2"), (1, "MLO", "4c"), (2, "CC", "2"), (2, "MLO", "5"), (3, "CC", "1")]
        )
    ]
    labels = Labels("5 and 6 against 1 and 2", (5, 6), (1, 2))
    kept = [(row.image_id, row.sick) for row in relabel(rows, labels, "breast")]
    assert kept == [("2", True), ("3", True), ("4", False)]
    assert [row.image_id for row in relabel(rows, labels, "image")] == ["0", "2", "3", "4"]


def test_a_fold_without_a_class_has_no_mean(predictions, models):
    """There is a reason in its place, and no error."""
    rows = [
        row
        for row in predictions
        if not (row.split == VALIDATION and row.model == "fold0" and row.birads in ("5", "6"))
    ]
    strata = {row.patient: row.dataset_split for row in rows}
    *_, last = score_other_labels(rows, models, resample_patients(strata, 100, seed=20))
    mean = last["levels"]["image"]["mean"]
    assert mean["value"] is None and mean["reason"]
    assert last["levels"]["image"]["pooled"]["value"] is not None
