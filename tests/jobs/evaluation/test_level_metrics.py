"""The entries of one level."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.evaluation.bootstrap import resample_patients
from jobs.evaluation.level_metrics import compute_level
from tests.jobs.conftest import predictions_of

ROWS = predictions_of(patients=24)
MODELS = ("fold0", "fold1", "fold2", "all")
RESAMPLES = resample_patients({row.patient: row.dataset_split for row in ROWS}, 2, seed=20)
LEVEL = compute_level(ROWS, MODELS, "image", RESAMPLES)


@pytest.fixture(scope="module")
def level(make_predictions, models):
    """A level of a study with enough patients for intervals in each fold."""
    rows = make_predictions(patients=96)
    strata = {row.patient: row.dataset_split for row in rows}
    return compute_level(rows, models, "image", resample_patients(strata, 100, seed=20))


def test_folds_are_compared_where_their_patients_differ(level):
    """Out of fold; on the test set all models have the same patients, and are not independent."""
    assert level["out_of_fold"]["mean"]["heterogeneity"]["degrees"] == 2
    assert "heterogeneity" not in level["test"]["mean"]


def test_the_mean_of_each_metric_is_over_the_folds(level):
    """Points on the curve and calibration included."""
    part = level["out_of_fold"]
    for name, figure in part["mean"]["figures"].items():
        values = [part[fold]["figures"][name]["value"] for fold in ("fold0", "fold1", "fold2")]
        assert figure["value"] == pytest.approx(np.mean(values)), name


def redrawn(seed: int, **facts: str) -> dict:
    """The level where all predictions with these facts are drawn anew."""
    random = np.random.default_rng(seed)
    rows = [
        replace(row, probability=float(random.random()))
        if all(getattr(row, name) == value for name, value in facts.items())
        else row
        for row in ROWS
    ]
    return compute_level(rows, MODELS, "image", RESAMPLES)


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=5, deadline=None)
@given(seeds, st.sampled_from(MODELS[:3]))
def test_a_fold_moves_no_threshold_that_it_is_called_at(seed: int, fold: str):
    """Whatever a model says of its fold: out of fold its threshold is that of the other folds."""
    found = redrawn(seed, model=fold, weights="last", split="validation")["out_of_fold"]
    assert found[fold]["threshold"] == LEVEL["out_of_fold"][fold]["threshold"]
    assert found[fold]["figures"] != LEVEL["out_of_fold"][fold]["figures"]


@settings(max_examples=3, deadline=None)
@given(seeds)
def test_no_figure_out_of_fold_is_of_a_chosen_epoch(seed: int):
    """The best weights were chosen on the fold: what they say there moves nothing out of fold."""
    found = redrawn(seed, weights="best", split="validation")
    assert found["out_of_fold"] == LEVEL["out_of_fold"]
    assert found["test"] != LEVEL["test"]  # a fold model's own threshold is chosen by them


@settings(max_examples=3, deadline=None)
@given(seeds)
def test_the_test_set_chooses_nothing(seed: int):
    """Whatever is said of it moves no figure out of fold, and no threshold."""
    found = redrawn(seed, split="test")
    assert found["out_of_fold"] == LEVEL["out_of_fold"]
    for model in MODELS:
        assert found["test"][model]["threshold"] == LEVEL["test"][model]["threshold"]
