"""Figures from predictions: right, honest about what was chosen on what, and the same each time."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.evaluation import metrics
from jobs.evaluation.levels import LEVELS, Cases, at_level
from jobs.evaluation.predictions import select

REPLICATES = 100
FOLDS = ("fold0", "fold1", "fold2")


def evaluate(rows, models, **options):
    """`metrics.evaluate` with few replicates."""
    return metrics.evaluate(rows, models, **{"seed": 20, "replicates": REPLICATES} | options)


@pytest.fixture(scope="module")
def figures(predictions, models):
    """The figures of the synthetic study."""
    return evaluate(predictions, models)


def _mann_whitney(cases):
    ill, well = cases.probability[cases.sick], cases.probability[~cases.sick]
    return (np.sign(ill[:, None] - well).mean() + 1) / 2


@pytest.mark.parametrize("level", LEVELS)
def test_areas_are_mann_whitneys(figures, predictions, level):
    """Each fold's, the pooled and the all-data model's area, by hand from the file's rows."""
    found = figures["levels"][level]
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
def test_the_mean_is_over_folds_with_its_spread(figures, part):
    """Mean, deviation (n - 1), least and most of the folds' areas; `all` is not among them."""
    found = figures["levels"]["image"][part]
    areas = [found[fold]["figures"]["auc"]["value"] for fold in ("fold0", "fold1", "fold2")]
    mean = found["mean"]["figures"]["auc"]
    assert mean["value"] == pytest.approx(np.mean(areas))
    assert mean["deviation"] == pytest.approx(np.std(areas, ddof=1))
    assert (mean["least"], mean["most"]) == (min(areas), max(areas))
    assert found["mean"]["models"] == 3


def test_every_figure_says_its_weights_and_split(figures):
    """Out-of-fold figures are the last epoch's, test figures the best's; of `all`, the last's."""
    for level in LEVELS:
        for name, entry in figures["levels"][level]["out_of_fold"].items():
            assert (entry["weights"], entry["split"]) == ("last", "validation"), name
        for name, entry in figures["levels"][level]["test"].items():
            weights = "last" if name == "all" else "best"
            assert (entry["weights"], entry["split"]) == (weights, "test"), name


def test_thresholds_are_chosen_on_other_patients_than_they_are_tried_on(figures, predictions):
    """Out-of-fold: on the other folds; test: on the fold model's own fold; all: on all folds."""
    found = figures["levels"]["image"]
    assert found["out_of_fold"]["fold1"]["threshold"]["models"] == ["fold0", "fold2"]
    assert found["test"]["fold1"]["threshold"]["models"] == ["fold1"]
    assert found["test"]["all"]["threshold"]["models"] == ["fold0", "fold1", "fold2"]
    rows = select(predictions, weights="best", split="validation", model="fold1")
    value = metrics.youden(at_level(rows, "image"))
    assert found["test"]["fold1"]["threshold"]["value"] == value
    assert found["test"]["fold1"]["threshold"]["patients"] == 12


def test_the_test_set_moves_no_threshold(figures, predictions, models):
    """Whatever the models say of the test set, the thresholds stay."""
    rows = [
        replace(row, probability=1 - row.probability) if row.split == "test" else row
        for row in predictions
    ]
    turned = evaluate(rows, models)
    for level in LEVELS:
        for part, name in (("test", "fold0"), ("test", "all"), ("out_of_fold", "fold2")):
            before = figures["levels"][level][part][name]["threshold"]
            assert turned["levels"][level][part][name]["threshold"] == before


def test_figures_at_the_threshold_are_the_confusion_matrix(figures):
    """Sensitivity, specificity and the predictive values by hand; all cases are in the matrix."""
    for level in LEVELS:
        for part in ("out_of_fold", "test"):
            for name, entry in figures["levels"][level][part].items():
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


def test_the_pooled_matrix_is_the_sum_of_the_folds(figures):
    """Each fold is called at its own threshold; no case is lost or counted twice."""
    found = figures["levels"]["breast"]["out_of_fold"]
    for cell in ("tn", "fp", "fn", "tp"):
        parts = [found[fold]["confusion"][cell] for fold in ("fold0", "fold1", "fold2")]
        assert found["pooled"]["confusion"][cell] == sum(parts)


def test_intervals_hold_their_values(make_predictions, models):
    """Every interval lies around its figure, and says how many resamples it left out.

    Only a predictive value may be undefined, where a model calls nobody sick, or nobody healthy.
    """
    found = evaluate(make_predictions(patients=96), models)
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
def test_few_patients_have_no_interval(figures, level):
    """Each split has four sick patients, however many images; all folds together have twelve."""
    found = figures["levels"][level]
    few = [*(found["out_of_fold"][fold] for fold in FOLDS), *found["test"].values()]
    for entry in few:
        for figure in entry["figures"].values():
            assert (figure["low"], figure["high"], figure["reason"]) == (None, None, "few patients")
    for name in ("mean", "pooled"):
        assert found["out_of_fold"][name]["figures"]["auc"]["reason"] is None


def test_a_model_that_calls_everybody_sick_has_no_interval(make_predictions, models):
    """A balanced accuracy of 0.5 in every resample is no certainty of 0.50 to 0.50."""
    rows = [replace(row, probability=0.7) for row in make_predictions(patients=96)]
    found = evaluate(rows, models)["levels"]["image"]["test"]["all"]["figures"]
    for name in ("auc", "balanced_accuracy", "sensitivity", "specificity"):
        assert (found[name]["low"], found[name]["reason"]) == (None, "no spread")
    assert found["accuracy"]["reason"] is None
    assert found["npv"]["reason"] == "mostly undefined"


def test_skipped_resamples_are_counted(make_predictions, models):
    """With two sick patients in a fold some resamples hold none: said beside the interval."""
    rows = make_predictions(patients=24)
    found = evaluate(rows, models)["levels"]["patient"]["out_of_fold"]
    assert found["fold0"]["figures"]["auc"]["skipped"] > 0
    assert found["mean"]["figures"]["auc"]["skipped"] >= found["fold0"]["figures"]["auc"]["skipped"]


def test_a_predictive_value_of_nobody_is_null():
    """Where nobody is called sick there is no positive predictive value, rather than a zero."""
    cases = Cases(np.array(["a", "b"]), np.array([True, False]), np.array([0.2, 0.1]))
    resamples = metrics.bootstrap.draw({"a": "test", "b": "test"}, 10, seed=0)
    found = metrics.measure(cases, np.array([False, False]), resamples)
    assert np.isnan(found["ppv"].value) and found["npv"].value == 0.5


def test_the_same_rows_give_the_same_bytes(figures, predictions, models):
    """In any order of rows; the document is plain JSON without NaN or infinity."""
    again = evaluate(predictions[::-1], models)
    assert json.dumps(again, allow_nan=False) == json.dumps(figures, allow_nan=False)


def test_golden_figures(figures):
    """Seed 7's synthetic study and seed 20's resamples: NumPy's Philox and multinomial draws."""
    mean = figures["levels"]["image"]["out_of_fold"]["mean"]["figures"]["auc"]
    found = [mean[key] for key in ("value", "low", "high", "deviation")]
    assert found == pytest.approx([0.828125, 0.7331431878, 0.9071995863, 0.040625], abs=1e-9)


@st.composite
def _cases(draw):
    sick = [True, False, *draw(st.lists(st.booleans(), max_size=20))]
    values = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])
    probability = draw(st.lists(values, min_size=len(sick), max_size=len(sick)))
    return Cases(np.arange(len(sick)).astype(str), np.array(sick), np.array(probability))


@given(_cases())
def test_youden_is_the_best_of_all_thresholds(cases):
    """No other finite threshold has a larger sensitivity + specificity, and no higher an equal."""

    def index(threshold):
        called = cases.probability >= threshold
        return called[cases.sick].mean() - called[~cases.sick].mean()

    chosen = metrics.youden(cases)
    assert chosen in cases.probability
    for other in np.unique(cases.probability):
        assert index(other) <= index(chosen) + 1e-12
        if other > chosen:
            assert index(other) < index(chosen)


def test_calibration_compares_means_with_shares(figures):
    """Bins of equal size: their mean probabilities rise, and shares are shares."""
    found = figures["levels"]["image"]["out_of_fold"]["pooled"]["calibration"]
    means = [each["mean_probability"] for each in found["bins"]]
    assert means == sorted(means) and len(means) == metrics.CALIBRATION_BINS
    assert all(0 <= each["share_sick"] <= 1 for each in found["bins"])
    assert found["share_sick"] == pytest.approx(24 / 144)
