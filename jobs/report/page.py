"""What the page shows, computed from what the run holds; the templates only lay it out."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from jobs.artifacts.layout import MAMMOGRAM
from jobs.artifacts.lineage import NamedManifest, list_settings
from jobs.artifacts.manifest import Manifest
from jobs.artifacts.run import JOINED
from jobs.config.names import ALL, TEST, spoken
from jobs.config.study import Study
from jobs.evaluation.cohort import Counts, count_images
from jobs.evaluation.flow import OTHER_PROJECTION
from jobs.evaluation.hardest import HardImage, find_hardest
from jobs.evaluation.history import History
from jobs.evaluation.levels import LEVELS
from jobs.evaluation.operating_points import FIXED
from jobs.evaluation.predictions import Prediction
from jobs.evaluation.rows import (
    CONTEXTS,
    MEAN,
    OUT_OF_FOLD,
    POOLED,
    SUMMARY_ROWS,
    SummaryRow,
    levels_in,
    list_contexts,
)
from jobs.evaluation.summary import inflation
from jobs.plots.learning_curves import LearningCurvesDisplay
from jobs.plots.svg import to_svg
from jobs.report.cautions import say_cautions
from jobs.report.explanations import Explained
from jobs.report.labels import describe_labels
from jobs.report.other_training import describe_other_training
from jobs.report.provenance import describe_provenance

HARDEST = 6
"""How many images of each class are shown."""

SHOWN_METRICS = {
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "ppv": "positive predictive value",
    "npv": "negative predictive value",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
}
"""The columns of the table of metrics at the threshold: names in metrics.json, and titles."""

_MATRICES = {
    (OUT_OF_FOLD, POOLED): "out of fold, all folds",
    (TEST, ALL): "test set, all-data model",
}
"""The confusion matrices, which are also the rows of that table."""


_CURVES = {
    (OUT_OF_FOLD, MEAN): "out of fold, mean of folds",
    (TEST, ALL): "test set, all-data model",
}
"""The rows of the table of points on the ROC curve."""


@dataclass(frozen=True)
class ReportInputs:
    """All that a page is made from.

    Attributes:
        run: the run's name.
        study: its configuration.
        rows: the predictions of all models, in the context that the figures are of.
        metrics: what metrics.json holds.
        figures: the evaluation's <svg> elements by name.
        histories: of each model, by its name.
        models: the models' manifests, by their names.
        evaluation: the evaluation's manifest.
        upstream: what the models were made of.
        pictures: WebP files by image id; None if there is no dataset.
        explanations: of the models that have any.
    """

    run: str
    study: Study
    rows: Sequence[Prediction]
    metrics: Mapping[str, Any]
    figures: Mapping[str, str]
    histories: Mapping[str, History]
    models: Mapping[str, Manifest]
    evaluation: Manifest
    upstream: Sequence[NamedManifest]
    pictures: Mapping[str, bytes] | None = None
    explanations: Sequence[Explained] = ()


def list_pictured_images(rows: Sequence[Prediction]) -> list[str]:
    """The ids of the images that the page shows pictures of."""
    return [hard.prediction.image_id for images in find_hardest(rows, HARDEST) for hard in images]


def build_context(inputs: ReportInputs) -> dict[str, Any]:
    """The templates' variables."""
    study, metrics = inputs.study, inputs.metrics
    notes = next(iter(inputs.models.values())).notes
    counts = count_images(inputs.rows, study.models())
    healthy, sick = find_hardest(inputs.rows, HARDEST)
    shown, *others = contexts = list_contexts(metrics)
    levels = levels_in(metrics, shown)
    return {
        "run": inputs.run,
        "study": study,
        "notes": notes,
        "other_training": describe_other_training(notes),
        "weights_name": dict(list_settings(study))["model.weights"],
        "labels": describe_labels(study.data.sick),
        "synthetic": metrics["synthetic"],
        "flow": metrics["flow"],
        "inflated": inflation(metrics),
        "cautions": say_cautions(metrics["cautions"]),
        "folds": [model for model in study.models() if model != ALL],
        "counts": counts,
        "total": _total(counts),
        "levels": levels,
        "main": _main(levels),
        "context": shown,
        "context_name": CONTEXTS[shown],
        "beside": [(CONTEXTS[each], _main(levels_in(metrics, each))) for each in others],
        "context_weights": metrics[shown]["weights"] if others else {},
        "temperature": metrics.get("temperature"),
        "training_share": _training_share(counts, study, notes.get(JOINED)),
        "bootstrap": metrics["bootstrap"],
        "areas": [
            (CONTEXTS[each], [_areas(row, levels_in(metrics, each)) for row in SUMMARY_ROWS])
            for each in contexts
        ],
        "matrices": [_matrix(levels, level, path) for path in _MATRICES for level in LEVELS],
        "shown_metrics": SHOWN_METRICS,
        "operating_points": [
            _points(levels, level, path) for path in _CURVES for level in LEVELS[:2]
        ],
        "fixed": [round(100 * share) for share in FIXED],
        "other_labels": metrics["other_labels"],
        "findings": any(group["title"] == "Kind of finding" for group in metrics["subgroups"]),
        "figures": {name: Markup(element) for name, element in _figures(inputs).items()},
        "epochs": {model: found.best_epoch for model, found in inputs.histories.items()},
        "hardest": {"healthy": _shown(healthy, inputs), "sick": _shown(sick, inputs)},
        "pictures": inputs.pictures is not None,
        "explanations": [_explained(one) for one in inputs.explanations],
        "settings": list_settings(study),
        "provenance": describe_provenance(inputs.upstream, inputs.models, inputs.evaluation),
        "determinism": dict(next(iter(inputs.models.values())).determinism),
        "left_out": _unreadable(metrics),
    }


def _unreadable(metrics: Mapping[str, Any]) -> int:
    left_out = metrics["flow"]["left_out"]
    return sum(each["images"] for each in left_out if each["reason"] != OTHER_PROJECTION)


def _main(levels: Mapping[str, Any]) -> Any:
    return levels["image"][OUT_OF_FOLD][MEAN]["figures"]["auc"]


def _areas(row: SummaryRow, levels: Mapping[str, Any]) -> dict[str, Any]:
    entries = [levels[level][row.part][row.name] for level in LEVELS]
    return {
        "title": row.title,
        "weights": entries[0]["weights"],
        "split": entries[0]["split"],
        "auc": [entry["figures"]["auc"] for entry in entries],
    }


def _matrix(levels: Mapping[str, Any], level: str, path: tuple[str, str]) -> dict[str, Any]:
    part, name = path
    entry = levels[level][part][name]
    return {"level": level, "title": _MATRICES[path], "key": f"{part}-{level}", **entry}


def _points(levels: Mapping[str, Any], level: str, path: tuple[str, str]) -> dict[str, Any]:
    part, name = path
    return {
        "level": level,
        "title": _CURVES[path],
        "figures": levels[level][part][name]["figures"],
    }


def _total(counts: Counts) -> dict[str, int]:
    """How many there are in all, how many are sick, and how many are in the test set."""
    found = {}
    for title in ("Patients", "Breasts", "Images"):
        *_, test, everything = counts.row(title, "all")
        found[title.lower()], found[f"test_{title.lower()}"] = everything, test
        found[f"sick_{title.lower()}"] = counts.row(title, "sick")[-1]
    return found


def _training_share(counts: Counts, study: Study, joined: Mapping[str, int] | None) -> float:
    """The share of sick views among those that the all-data model is trained on.

    Args:
        joined: the note on another release's images, if it is trained on some.
    """
    *folds, _, _ = zip(counts.row("Images", "all"), counts.row("Images", "sick"), strict=True)
    sick = study.views.sick * sum(positives for _, positives in folds)
    healthy = study.views.healthy * sum(images - positives for images, positives in folds)
    if joined:
        sick += joined["sick_views"]
        healthy += joined["views"] - joined["sick_views"]
    return sick / (sick + healthy)


def _figures(inputs: ReportInputs) -> dict[str, str]:
    loss = LearningCurvesDisplay.from_losses(inputs.histories)
    auc = LearningCurvesDisplay.from_validation_aucs(inputs.histories)
    return {
        **inputs.figures,
        "curves-loss": to_svg(loss, "curves-loss"),
        "curves-auc": to_svg(auc, "curves-auc"),
    }


def _shown(images: Sequence[HardImage], inputs: ReportInputs) -> list[dict[str, Any]]:
    pictures = inputs.pictures or {}
    return [
        {
            "row": hard.prediction,
            "misranked": hard.misranked,
            "model": spoken(hard.prediction.model),
            "picture": _data_uri(pictures.get(hard.prediction.image_id)),
        }
        for hard in images
    ]


def _explained(one: Explained) -> dict[str, Any]:
    """A model's checks, and its gallery with the methods' titles."""
    titles = {**one.titles, MAMMOGRAM: "Mammogram"}
    return {
        "model": one.model,
        "checks": one.checks,
        "gallery": [
            {
                "image_id": shown.image_id,
                "sick": shown.sick,
                "logit": shown.logit,
                "pictures": [
                    (titles[name], _data_uri(picture)) for name, picture in shown.pictures.items()
                ],
            }
            for shown in one.gallery
        ],
    }


def _data_uri(webp: bytes | None) -> str | None:
    return None if webp is None else f"data:image/webp;base64,{base64.b64encode(webp).decode()}"
