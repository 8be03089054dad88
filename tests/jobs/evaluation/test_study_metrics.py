"""A study's metrics: right, chosen on the right patients, and the same each time."""

import json
from dataclasses import replace

import numpy as np
import pytest

from jobs.evaluation.levels import LEVELS, at_level
from jobs.evaluation.predictions import select
from jobs.evaluation.study_metrics import compute_study_metrics
from jobs.evaluation.thresholds import youden_threshold

REPLICATES = 100
FOLDS = ("fold0", "fold1", "fold2")


def compute(rows, models):
    """The metrics with few replicates."""
    return compute_study_metrics(rows, models, seed=20, replicates=REPLICATES)


@pytest.fixture(scope="module")
def metrics(predictions, models):
    """The metrics of the synthetic study."""
    return compute(predictions, models)


def _mann_whitney(cases):
    sick, healthy = cases.probability[cases.sick], cases.probability[~cases.sick]
    return (np.sign(sick[:, None] - healthy).mean() + 1) / 2


@pytest.mark.parametrize("level", LEVELS)
def test_areas_are_mann_whitneys(metrics, predictions, level):
    """Each fold's, the pooled and the all-data model's area, by hand from the file's rows."""
    found = metrics["levels"][level]
    for fold in ("fold0", "fold1", "fold2"):
        rows = select(predictions, weights="last", split="validation", model=fold)
        area = found["out_of_fold"][fold]["figures"]["auc"]["value"]
        assert area == pytest.approx(_mann_whitney(at_level(rows, level)))
    pooled = at_level(select(predictions, weights="last", split="validation"), level)
    area = found["out_of_fold"]["pooled"]["figures"]["auc"]["value"]
    assert area == pytest.approx(_mann_whitney(pooled))
    tested = at_level(select(predictions, weights="last", split="test", model="all"), level)
    area = found["test"]["all"]["figures"]["auc"]["value"]
    assert area == pytest.approx(_mann_whitney(tested))


@pytest.mark.parametrize("part", ["out_of_fold", "test"])
def test_the_mean_is_over_folds_with_its_spread(metrics, part):
    """Mean, deviation (n - 1), least and most of the folds' areas; `all` is not among them."""
    found = metrics["levels"]["image"][part]
    areas = [found[fold]["figures"]["auc"]["value"] for fold in ("fold0", "fold1", "fold2")]
    mean = found["mean"]["figures"]["auc"]
    assert mean["value"] == pytest.approx(np.mean(areas))
    assert mean["deviation"] == pytest.approx(np.std(areas, ddof=1))
    assert (mean["least"], mean["most"]) == (min(areas), max(areas))
    assert found["mean"]["models"] == 3


def test_every_figure_says_its_weights_and_split(metrics):
    """Out-of-fold metrics are the last epoch's, test metrics the best's; of `all`, the last's."""
    for level in LEVELS:
        for name, entry in metrics["levels"][level]["out_of_fold"].items():
            assert (entry["weights"], entry["split"]) == ("last", "validation"), name
        for name, entry in metrics["levels"][level]["test"].items():
            weights = "last" if name == "all" else "best"
            assert (entry["weights"], entry["split"]) == (weights, "test"), name


def test_thresholds_are_chosen_on_other_patients_than_they_are_tried_on(metrics, predictions):
    """Out-of-fold: on the other folds; test: on the fold model's own fold; all: on all folds."""
    found = metrics["levels"]["image"]
    assert found["out_of_fold"]["fold1"]["threshold"]["models"] == ["fold0", "fold2"]
    assert found["test"]["fold1"]["threshold"]["models"] == ["fold1"]
    assert found["test"]["all"]["threshold"]["models"] == ["fold0", "fold1", "fold2"]
    rows = select(predictions, weights="best", split="validation", model="fold1")
    value = youden_threshold(at_level(rows, "image"))
    assert found["test"]["fold1"]["threshold"]["value"] == value
    assert found["test"]["fold1"]["threshold"]["patients"] == 12


def test_the_test_set_moves_no_threshold(metrics, predictions, models):
    """Whatever the models say of the test set, the thresholds stay."""
    rows = [
        replace(row, probability=1 - row.probability) if row.split == "test" else row
        for row in predictions
    ]
    turned = compute(rows, models)
    for level in LEVELS:
        for part, name in (("test", "fold0"), ("test", "all"), ("out_of_fold", "fold2")):
            before = metrics["levels"][level][part][name]["threshold"]
            assert turned["levels"][level][part][name]["threshold"] == before


def test_figures_at_the_threshold_are_the_confusion_matrix(metrics):
    """Sensitivity, specificity and the predictive values by hand; all cases are in the matrix."""
    for level in LEVELS:
        for part in ("out_of_fold", "test"):
            for name, entry in metrics["levels"][level][part].items():
                if name == "mean":
                    continue
                tn, fp, fn, tp = (entry["confusion"][key] for key in ("tn", "fp", "fn", "tp"))
                value = {key: figure["value"] for key, figure in entry["figures"].items()}
                assert tn + fp + fn + tp == entry["cases"]
                assert tp + fn == entry["sick"]
                assert value["sensitivity"] == pytest.approx(tp / (tp + fn))
                assert value["specificity"] == pytest.approx(tn / (tn + fp))
                assert value["ppv"] == (pytest.approx(tp / (tp + fp)) if tp + fp else None)
                assert value["npv"] == (pytest.approx(tn / (tn + fn)) if tn + fn else None)
                assert value["accuracy"] == pytest.approx((tp + tn) / (tn + fp + fn + tp))
                both = (value["sensitivity"] + value["specificity"]) / 2
                assert value["balanced_accuracy"] == pytest.approx(both)


def test_the_pooled_matrix_is_the_sum_of_the_folds(metrics):
    """Each fold is called at its own threshold; no case is lost or counted twice."""
    found = metrics["levels"]["breast"]["out_of_fold"]
    for cell in ("tn", "fp", "fn", "tp"):
        parts = [found[fold]["confusion"][cell] for fold in ("fold0", "fold1", "fold2")]
        assert found["pooled"]["confusion"][cell] == sum(parts)


def test_intervals_hold_their_values(make_predictions, models):
    """Every interval lies around its figure, and says how many resamples it left out.

    Only a predictive value may be undefined, where a model calls nobody sick, or nobody healthy.
    """
    found = compute(make_predictions(patients=96), models)
    for level in LEVELS:
        for part in ("out_of_fold", "test"):
            for entry in found["levels"][level][part].values():
                for name, figure in entry["figures"].items():
                    if figure["value"] is None:
                        assert name in ("ppv", "npv")
                    if figure["reason"]:
                        assert figure["low"] is figure["high"] is None
                        continue
                    assert figure["low"] <= figure["value"] <= figure["high"]
                    assert 0 <= figure["skipped"] < REPLICATES
                assert entry["figures"]["auc"]["reason"] is None


@pytest.mark.parametrize("level", LEVELS)
def test_few_patients_have_no_interval(metrics, level):
    """Each split has four sick patients, however many images; all folds together have twelve."""
    found = metrics["levels"][level]
    few = [*(found["out_of_fold"][fold] for fold in FOLDS), *found["test"].values()]
    for entry in few:
        for figure in entry["figures"].values():
            assert (figure["low"], figure["high"], figure["reason"]) == (None, None, "few patients")
    for name in ("mean", "pooled"):
        assert found["out_of_fold"][name]["figures"]["auc"]["reason"] is None


def test_a_model_that_calls_everybody_sick_has_no_interval(make_predictions, models):
    """A balanced accuracy of 0.5 in every resample is no certainty of 0.50 to 0.50."""
    rows = [replace(row, probability=0.7) for row in make_predictions(patients=96)]
    found = compute(rows, models)["levels"]["image"]["test"]["all"]["figures"]
    for name in ("auc", "balanced_accuracy", "sensitivity", "specificity"):
        assert (found[name]["low"], found[name]["reason"]) == (None, "no spread")
    assert found["accuracy"]["reason"] is None
    assert found["npv"]["reason"] == "mostly undefined"


def test_skipped_resamples_are_counted(make_predictions, models):
    """With two sick patients in a fold some resamples hold none: said beside the interval."""
    rows = make_predictions(patients=24)
    found = compute(rows, models)["levels"]["patient"]["out_of_fold"]
    assert found["fold0"]["figures"]["auc"]["skipped"] > 0
    assert found["mean"]["figures"]["auc"]["skipped"] >= found["fold0"]["figures"]["auc"]["skipped"]


def test_the_same_rows_give_the_same_bytes(metrics, predictions, models):
    """In any order of rows; the document is plain JSON without NaN or infinity."""
    again = compute(predictions[::-1], models)
    assert json.dumps(again, allow_nan=False) == json.dumps(metrics, allow_nan=False)


def test_golden_figures(metrics):
    """Seed 7's synthetic study and seed 20's resamples: NumPy's Philox and multinomial draws."""
    mean = metrics["levels"]["image"]["out_of_fold"]["mean"]["figures"]["auc"]
    found = [mean[key] for key in ("value", "low", "high", "deviation")]
    assert found == pytest.approx([0.828125, 0.7331431878, 0.9071995863, 0.040625], abs=1e-9)
