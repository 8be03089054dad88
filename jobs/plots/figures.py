"""All figures of a study: which displays, of which predictions and metrics, under which names."""

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.config.names import ALL, LAST, TEST, VALIDATION
from jobs.evaluation.levels import Cases, at_level
from jobs.evaluation.predictions import Prediction, select, weights_on_test
from jobs.evaluation.rows import OUT_OF_FOLD, POOLED, levels_in, list_contexts
from jobs.evaluation.subgroups import AGAINST, WITHIN
from jobs.plots.calibration import CalibrationDisplay
from jobs.plots.categories import CategoriesDisplay
from jobs.plots.decision_curve import DecisionCurveDisplay
from jobs.plots.flow import FlowDisplay
from jobs.plots.forest import ForestDisplay
from jobs.plots.precision_recall import PrecisionRecallDisplay
from jobs.plots.roc import RocDisplay
from jobs.plots.svg import Display


def make_figures(
    rows: Sequence[Prediction], models: Sequence[str], metrics: Mapping[str, Any]
) -> dict[str, Display]:
    """All figures of a study by their names, which are those of the SVG files.

    Args:
        rows: the predictions of all models, in the context that the figures are of.
        models: fold0, fold1, ..., all.
        metrics: what metrics.json holds, computed from the rows.

    Examples:
        A study of two folds, with six patients in each split and one image of each patient:

        >>> from jobs.evaluation import Prediction, compute_study_metrics
        >>> from jobs.plots import make_figures
        >>> def predict(model, weights, split, first):
        ...     for n, score in enumerate([0.1, 0.3, 0.6, 0.4, 0.7, 0.9]):
        ...         yield Prediction(
        ...             *(model, weights, split, str(first + n), f"{first + n:016x}", "L", "CC"),
        ...             *("2" if n < 3 else "5", 3, n >= 3, score),
        ...         )
        >>> rows = [*predict("all", "last", "test", 0)]
        >>> for fold, first in (("fold0", 100), ("fold1", 200)):
        ...     for weights in ("best", "last"):
        ...         rows += predict(fold, weights, "validation", first)
        ...         rows += predict(fold, weights, "test", 0)
        >>> models = ["fold0", "fold1", "all"]
        >>> metrics = compute_study_metrics(rows, models, seed=20, replicates=100)
        >>> figures = make_figures(rows, models, metrics)
        >>> sorted(figures)[:3]
        ['areas-breast', 'areas-image', 'areas-patient']
        >>> figures["roc-test-image"].alt_text().partition(".")[0]
        'ROC curves'
    """
    folds = [model for model in models if model != ALL]
    held_out = select(rows, weights=LAST, split=VALIDATION)
    figures: dict[str, Display] = {}
    levels = levels_in(metrics, list_contexts(metrics)[0])
    for level, found in levels.items():
        outside = {
            fold: at_level(select(held_out, weights=LAST, split=VALIDATION, model=fold), level)
            for fold in folds
        }
        tested = {fold: _tested(rows, fold, level) for fold in folds}
        all_data = _tested(rows, ALL, level)
        figures[f"areas-{level}"] = ForestDisplay.from_metrics(found)
        parts: dict[str, tuple[dict[str, Cases], Cases | None]] = {
            OUT_OF_FOLD: (outside, None),
            TEST: (tested, all_data),
        }
        for part, curves in parts.items():
            name = f"{part.replace('_', '-')}-{level}"
            entries = {model: found[part][model] for model in models if model in found[part]}
            chosen = {model: entry["threshold"]["value"] for model, entry in entries.items()}
            figures[f"roc-{name}"] = RocDisplay.from_predictions(*curves, chosen)
            figures[f"precision-recall-{name}"] = PrecisionRecallDisplay.from_predictions(*curves)
        pooled = found[OUT_OF_FOLD][POOLED]["calibration"]
        figures[f"calibration-{level}"] = CalibrationDisplay.from_metrics(pooled)
        decision = {"model": found[OUT_OF_FOLD][POOLED]["decision_curve"]}
        figures[f"decision-{level}"] = DecisionCurveDisplay.from_metrics(decision)
    of_images = levels["image"]["out_of_fold"]
    thresholds = [of_images[fold]["threshold"]["value"] for fold in folds]
    figures["categories"] = CategoriesDisplay.from_predictions(held_out, thresholds)
    for name, compared in (("subgroups-within", WITHIN), ("subgroups-against", AGAINST)):
        groups = (group for group in metrics["subgroups"] if group["compared"] == compared)
        figures[name] = ForestDisplay.from_subgroups(groups)
    return {**figures, "flow": FlowDisplay.from_metrics(metrics["flow"])}


def _tested(rows: Sequence[Prediction], model: str, level: str) -> Cases:
    return at_level(select(rows, weights=weights_on_test(model), split=TEST, model=model), level)
