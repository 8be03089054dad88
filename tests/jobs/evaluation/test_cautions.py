"""What a careful reader would notice: each rule on both sides of its limit."""

from copy import deepcopy

import pytest

from jobs.evaluation.cautions import find_cautions
from jobs.evaluation.study_metrics import compute_study_metrics


@pytest.fixture(scope="module")
def metrics(make_predictions, models):
    """The metrics of a study of 96 patients, whose training is not known."""
    rows = make_predictions(patients=96)
    return compute_study_metrics(rows, models, seed=20, replicates=100)


def noticed(metrics, **changes):
    """What is noticed where values at dotted places are others."""
    metrics = deepcopy(metrics)
    for place, value in changes.items():
        *path, last = place.split("__")
        inner = metrics
        for name in path:
            inner = inner[name]
        inner[last] = value
    return {caution["name"]: caution["noticed"] for caution in find_cautions(metrics)}


MEAN = "levels__image__out_of_fold__mean"
POOLED = "levels__image__out_of_fold__pooled__figures"
FOLD = {"fell_on": True, "generalisation_loss": 0.06}


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("chance", {f"{MEAN}__figures__auc__low": 0.5}, True),
        ("chance", {f"{MEAN}__figures__auc__low": 0.51}, False),
        ("chance", {f"{MEAN}__figures__auc__low": None}, None),
        ("small", {}, True),
        ("folds", {f"{MEAN}__heterogeneity": {"q": 9, "degrees": 2, "p": 0.049}}, True),
        ("folds", {f"{MEAN}__heterogeneity": {"q": 5, "degrees": 2, "p": 0.05}}, False),
        ("folds", {f"{MEAN}__heterogeneity": None}, None),
        ("overfitting", {"training": {"fold0": FOLD, "fold1": FOLD, "fold2": FOLD}}, True),
        ("overfitting", {"training": {"fold0": FOLD, "fold1": {**FOLD, "fell_on": False}}}, False),
        ("overfitting", {"training": {"fold0": {**FOLD, "generalisation_loss": 0.05}}}, False),
        ("overfitting", {"training": {}}, None),
        ("calibration", {f"{POOLED}__calibration_slope__high": 0.99}, True),
        ("calibration", {f"{POOLED}__calibration_intercept__low": 0.01}, True),
        ("epoch", {"epochs": {"best": 0.72, "last": 0.69}}, True),
        ("epoch", {"epochs": {"best": 0.70, "last": 0.69}}, False),
        ("epoch", {"epochs": {"best": None, "last": 0.69}}, None),
    ],
)
def test_each_rule(metrics, name, changes, expected):
    """Noticed beyond its limit, not noticed within, None where it cannot be told."""
    assert noticed(metrics, **changes)[name] is expected


def test_enough_patients_are_not_few(metrics):
    """A hundred patients of each class in the folds and in the test set."""
    many = {"images": 400, "patients": 100}
    flow = {part: {"sick": many, "healthy": many} for part in ("folds", "test")}
    assert noticed(metrics, flow=flow)["small"] is False


def test_well_calibrated_probabilities_are_not_noticed(metrics):
    """Intervals that hold 0 and 1."""
    right = {
        f"{POOLED}__calibration_{name}__{end}": value
        for name, ends in (("intercept", (-0.1, 0.1)), ("slope", (0.9, 1.1)))
        for end, value in zip(("low", "high"), ends, strict=True)
    }
    assert noticed(metrics, **right)["calibration"] is False


def test_all_rules_are_in_metrics_json(metrics):
    """In their order, with what was measured."""
    names = ["chance", "small", "folds", "overfitting", "calibration", "epoch"]
    assert [caution["name"] for caution in metrics["cautions"]] == names
    assert all(caution["measured"] for caution in metrics["cautions"])
