"""What comparison.json holds: runs beside each other, and each against the first."""

from collections.abc import Sequence
from typing import Any

from jobs.artifacts.lineage import settings
from jobs.common.progress import Watch, silent, track
from jobs.compare.cost import describe_cost
from jobs.compare.disagreements import PairedImage, count_agreement, plain_image
from jobs.compare.paired_test import estimate_difference, exchange_test, holm
from jobs.compare.pairing import PairedCases, pair_rows, pair_summary
from jobs.compare.scored_run import ScoredRun
from jobs.config.difference import setting_text
from jobs.config.names import LAST, VALIDATION
from jobs.evaluation.bootstrap import CONFIDENCE, Resamples, resample_patients
from jobs.evaluation.estimates import plain_estimate
from jobs.evaluation.levels import LEVELS
from jobs.evaluation.predictions import select
from jobs.evaluation.rows import SUMMARY_ROWS, SummaryRow

METRICS = ("auc", "average_precision", "brier", "sensitivity_at_90", "specificity_at_90")
"""What runs are compared in; a p-value is of the area alone."""

SHOWN_IMAGES = 12
"""How many of the images that two runs rank most differently the page names."""


def compare_runs(
    runs: Sequence[ScoredRun],
    images: Sequence[Sequence[PairedImage]],
    watch: Watch = silent,
) -> dict[str, Any]:
    """Compares the first run with each other one: JSON-ready.

    Args:
        runs: two or more.
        images: `pair_images` of the first run with each other one.
        watch: is called with the number of pairs that are done.

    Raises:
        DataError: the runs have other labels, or no image that both scored.
    """
    first, *others = runs
    study = first.run.study
    pairs = [
        _compare(first, other, paired)
        for other, paired in track("runs", list(zip(others, images, strict=True)), watch)
    ]
    _adjust(pairs)
    return {
        "format": 1,
        "bootstrap": {
            "unit": "patient",
            "replicates": study.evaluate.bootstrap,
            "seed": study.seed,
            "confidence": CONFIDENCE,
        },
        "runs": [_describe(run) for run in runs],
        "pairs": pairs,
    }


def _describe(run: ScoredRun) -> dict[str, Any]:
    return {
        "name": run.name,
        "evaluation": run.evaluation.key,
        "context": run.context,
        "order": run.metrics.get("order", "split-first"),
        "synthetic": run.metrics["synthetic"],
        "cost": describe_cost(run),
    }


def _compare(first: ScoredRun, other: ScoredRun, images: Sequence[PairedImage]) -> dict[str, Any]:
    study = first.run.study
    splits = {row.patient: row.dataset_split for row in first.rows}
    resamples = resample_patients(splits, study.evaluate.bootstrap, study.seed)
    rows = [
        entry
        for level in LEVELS
        for row in SUMMARY_ROWS
        for entry in _entries(first, other, level, row, resamples)
    ]
    return {
        "run": other.name,
        "against": first.name,
        "images": _count_images(first, other),
        "rows": rows,
        "settings": _settings(first, other),
        "agreement": count_agreement(images),
        "most_different": [plain_image(each) for each in images[:SHOWN_IMAGES]],
    }


def _entries(
    first: ScoredRun, other: ScoredRun, level: str, row: SummaryRow, resamples: Resamples
) -> list[dict[str, Any]]:
    """The metrics of one row of the table; none where it has no meaning for the two."""
    parts = [part.at_level(level) for part in pair_summary(first.rows, other.rows, row)]
    if not parts or not all(part.has_both_classes for part in parts):
        return []
    about = {"level": level, "part": row.part, "name": row.name, **_size(parts)}
    entries = []
    for metric in METRICS:
        one, two, difference = estimate_difference(parts, metric, resamples)
        entry = {
            "metric": metric,
            "first": plain_estimate(one),
            "second": plain_estimate(two),
            "difference": plain_estimate(difference),
        }
        entries.append({**about, **entry})
    study = first.run.study
    entries[0]["p"] = exchange_test(parts, study.evaluate.bootstrap, study.seed)
    return entries


def _size(parts: Sequence[PairedCases]) -> dict[str, int]:
    """Of how many cases and patients; each once, though several models may score it."""
    cases = parts[0].first if _same_cases(parts) else None
    every = [cases] if cases else [part.first for part in parts]
    return {
        "cases": sum(len(each.sick) for each in every),
        "sick": sum(int(each.sick.sum()) for each in every),
        "patients": len({name for each in every for name in each.patient.tolist()}),
    }


def _same_cases(parts: Sequence[PairedCases]) -> bool:
    """Whether all parts are of the same patients: models of one test set, not folds."""
    patients = [set(part.first.patient.tolist()) for part in parts]
    return len(parts) > 1 and all(each == patients[0] for each in patients)


def _count_images(first: ScoredRun, other: ScoredRun) -> dict[str, int]:
    held_out = [select(run.rows, weights=LAST, split=VALIDATION) for run in (first, other)]
    both = len(pair_rows(*held_out).first)
    return {
        "both": both,
        "only_first": len(held_out[0]) - both,
        "only_second": len(held_out[1]) - both,
    }


def _settings(first: ScoredRun, other: ScoredRun) -> list[dict[str, str]]:
    one, two = settings(first.run.study), settings(other.run.study)
    return [
        {"name": name, "first": setting_text(one[name]), "second": setting_text(two[name])}
        for name in one
        if one[name] != two[name]
    ]


def _adjust(pairs: Sequence[dict[str, Any]]) -> None:
    """Adjusts the p-values of a row for how many runs are compared in it."""
    rows: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for pair in pairs:
        for entry in pair["rows"]:
            if "p" in entry:
                rows.setdefault((entry["level"], entry["part"], entry["name"]), []).append(entry)
    for entries in rows.values():
        for entry, p in zip(entries, holm([each["p"] for each in entries]), strict=True):
            entry["p_adjusted"] = p
