"""All figures of a study."""

import pytest

from jobs.evaluation.levels import LEVELS
from jobs.evaluation.study_metrics import compute_study_metrics
from jobs.plots.figures import make_figures


@pytest.fixture(scope="module")
def metrics(predictions, models):
    """The study's metrics."""
    return compute_study_metrics(predictions, models, seed=20, replicates=100)


@pytest.fixture(scope="module")
def figures(predictions, models, metrics):
    """Its figures."""
    return make_figures(predictions, models, metrics)


def test_all_levels_are_drawn(figures):
    """Areas, curves, calibration and net benefit at each level; four others."""
    curves = ("roc", "precision-recall")
    kinds = (
        *("areas", "calibration", "decision"),
        *(f"{curve}-{part}" for curve in curves for part in ("out-of-fold", "test")),
    )
    assert set(figures) == {f"{kind}-{level}" for kind in kinds for level in LEVELS} | {
        *("categories", "flow", "subgroups-within", "subgroups-against")
    }


def test_roc_curves_and_metrics_agree(figures, metrics):
    """A ROC figure's areas are those of metrics.json."""
    for level, found in metrics["levels"].items():
        for curve in figures[f"roc-out-of-fold-{level}"].folds:
            area = found["out_of_fold"][curve.name]["figures"]["auc"]["value"]
            assert curve.auc == pytest.approx(area)
        test = figures[f"roc-test-{level}"]
        assert test.all_data.auc == pytest.approx(found["test"]["all"]["figures"]["auc"]["value"])
        assert test.mean_auc == pytest.approx(found["test"]["mean"]["figures"]["auc"]["value"])


def test_categories_show_each_image_outside_the_test_set_once(figures, predictions):
    """With the weights of the last epoch, and with the folds' own thresholds."""
    images = {row.image_id for row in predictions if row.split == "validation"}
    assert sum(len(values) for _, _, values in figures["categories"].groups) == len(images)


def test_calibration_is_that_of_all_folds(figures, metrics):
    """The pooled entry's bins."""
    for level, found in metrics["levels"].items():
        bins = found["out_of_fold"]["pooled"]["calibration"]["bins"]
        shares = [each["share_sick"] for each in bins]
        assert [each.share for each in figures[f"calibration-{level}"].bins] == shares


def test_the_chosen_thresholds_are_marked(figures, metrics):
    """Each dot is at the sensitivity and specificity that metrics.json has at the threshold."""
    for level, found in metrics["levels"].items():
        for part in ("out_of_fold", "test"):
            display = figures[f"roc-{part.replace('_', '-')}-{level}"]
            for curve in filter(None, (*display.folds, display.all_data)):
                at = found[part][curve.name]["figures"]
                expected = [1 - at["specificity"]["value"], at["sensitivity"]["value"]]
                assert list(curve.chosen) == pytest.approx(expected)
