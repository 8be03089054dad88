"""The entries of one level."""

import numpy as np
import pytest

from jobs.evaluation.bootstrap import resample_patients
from jobs.evaluation.level_metrics import compute_level


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
