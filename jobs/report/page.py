"""What the page shows, from what the run holds: computed here, so the template only places it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from jobs.artifacts.lineage import Made, settings
from jobs.artifacts.publish import Manifest
from jobs.config.names import ALL, spoken
from jobs.config.study import Study
from jobs.evaluation.cohort import Counts, count_images
from jobs.evaluation.hardest import Wrong, most_wrong
from jobs.evaluation.history import Curves, History
from jobs.evaluation.levels import LEVELS
from jobs.evaluation.predictions import Prediction
from jobs.plots.svg import svg

WRONG = 6
RATES = {
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "ppv": "positive predictive value",
    "npv": "negative predictive value",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
}


@dataclass(frozen=True)
class Material:
    """All that a page is made from.

    `figures` are the evaluation's <svg> elements by name, `pictures` PNGs by image id, or None
    where the dataset is not there; `upstream` is what the models were made from.
    """

    run: str
    study: Study
    rows: Sequence[Prediction]
    metrics: Mapping[str, Any]
    figures: Mapping[str, str]
    histories: Mapping[str, History]
    models: Mapping[str, Manifest]
    evaluation: Manifest
    upstream: Sequence[Made]
    pictures: Mapping[str, bytes] | None = None


def wanted_pictures(rows: Sequence[Prediction]) -> list[str]:
    """The ids of the images that the page would show."""
    return [wrong.prediction.image_id for some in most_wrong(rows, WRONG) for wrong in some]


def build_context(material: Material) -> dict[str, Any]:
    """The template's variables."""
    study, metrics = material.study, material.metrics
    counts = count_images(material.rows, study.models())
    healthy, sick = most_wrong(material.rows, WRONG)
    levels = metrics["levels"]
    return {
        "run": material.run,
        "study": study,
        "weights_name": dict(settings(study))["model.weights"],
        "synthetic": _synthetic(material.upstream),
        "folds": [model for model in study.models() if model != ALL],
        "counts": counts,
        "total": _total(counts),
        "levels": levels,
        "main": levels["image"]["out_of_fold"]["mean"]["figures"]["auc"],
        "training_share": _training_share(counts, study),
        "bootstrap": metrics["bootstrap"],
        "areas": [_areas(title, levels, *path) for title, path in _SOURCES.items()],
        "matrices": [_matrix(levels, level, path) for path in _MATRICES for level in LEVELS],
        "rates": RATES,
        "figures": {name: Markup(element) for name, element in _figures(material).items()},
        "epochs": {model: found.best_epoch for model, found in material.histories.items()},
        "wrong": {"healthy": _shown(healthy, material), "sick": _shown(sick, material)},
        "pictures": material.pictures is not None,
        "settings": settings(study),
        "made": _made(material),
        "versions": _versions(material),
        "determinism": dict(next(iter(material.models.values())).determinism),
        "left_out": _left_out(material.upstream),
    }


_SOURCES = {
    "Out of fold, mean of the folds": ("out_of_fold", "mean"),
    "Out of fold, pooled": ("out_of_fold", "pooled"),
    "Test set, mean of the fold models": ("test", "mean"),
    "Test set, all-data model": ("test", ALL),
}
_MATRICES = {
    ("out_of_fold", "pooled"): "out of fold, all folds",
    ("test", ALL): "test set, all-data model",
}


def _areas(title: str, levels: Mapping[str, Any], part: str, name: str) -> dict[str, Any]:
    entries = [levels[level][part][name] for level in LEVELS]
    return {
        "title": title,
        "weights": entries[0]["weights"],
        "split": entries[0]["split"],
        "auc": [entry["figures"]["auc"] for entry in entries],
    }


def _matrix(levels: Mapping[str, Any], level: str, path: tuple[str, str]) -> dict[str, Any]:
    part, name = path
    entry = levels[level][part][name]
    return {"level": level, "title": _MATRICES[path], "key": f"{part}-{level}", **entry}


def _total(counts: Counts) -> dict[str, int]:
    """How many there are in all, and in the test set."""
    found = {}
    for title in ("Patients", "Breasts", "Images"):
        *_, test, everything = counts.of(title, "all")
        found[title.lower()], found[f"test_{title.lower()}"] = everything, test
        found[f"sick_{title.lower()}"] = counts.of(title, "sick")[-1]
    return found


def _training_share(counts: Counts, study: Study) -> float:
    """The share of the sick among the views that the all-data model learns from."""
    *folds, _, _ = zip(counts.of("Images", "all"), counts.of("Images", "sick"), strict=True)
    sick = study.views.sick * sum(ill for _, ill in folds)
    healthy = study.views.healthy * sum(everything - ill for everything, ill in folds)
    return sick / (sick + healthy)


def _figures(material: Material) -> dict[str, str]:
    loss, auc = Curves.of_loss(material.histories), Curves.of_auc(material.histories)
    return {
        **material.figures,
        "curves-loss": svg(loss, "curves-loss"),
        "curves-auc": svg(auc, "curves-auc"),
    }


def _shown(some: Sequence[Wrong], material: Material) -> list[dict[str, Any]]:
    pictures = material.pictures or {}
    return [
        {
            "row": wrong.prediction,
            "beyond": wrong.beyond,
            "model": spoken(wrong.prediction.model),
            "picture": _data_uri(pictures.get(wrong.prediction.image_id)),
        }
        for wrong in some
    ]


def _data_uri(png: bytes | None) -> str | None:
    return None if png is None else f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _made(material: Material) -> list[Made]:
    models = [Made(spoken(model), manifest) for model, manifest in material.models.items()]
    return [*material.upstream, *models, Made("evaluation", material.evaluation)]


def _versions(material: Material) -> dict[str, list[str]]:
    """Each library's versions over all artifacts: more than one is worth seeing."""
    found: dict[str, set[str]] = {}
    for made in _made(material):
        for name, version in (made.manifest.versions if made.manifest else {}).items():
            found.setdefault(name, set()).add(version)
    return {name: sorted(found[name]) for name in sorted(found)}


def _synthetic(upstream: Sequence[Made]) -> bool:
    return any(made.manifest and made.manifest.notes.get("synthetic") for made in upstream)


def _left_out(upstream: Sequence[Made]) -> int:
    """How many images could not be read; their names hold patients, so no more than the number."""
    return sum(len(made.manifest.notes.get("left_out", ())) for made in upstream if made.manifest)
