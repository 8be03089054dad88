"""The whole of metrics.json: what predictions, histories and the dataset's manifest give."""

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.common.progress import Watch, silent
from jobs.evaluation.cautions import find_cautions
from jobs.evaluation.findings import read_findings
from jobs.evaluation.flow import describe_flow
from jobs.evaluation.history import History
from jobs.evaluation.overfitting import describe_training
from jobs.evaluation.predictions import Prediction
from jobs.evaluation.study_metrics import compute_study_metrics


def make_document(
    rows: Sequence[Prediction],
    models: Sequence[str],
    histories: Mapping[str, History],
    notes: Mapping[str, Any],
    *,
    seed: int,
    replicates: int,
    watch: Watch = silent,
) -> dict[str, Any]:
    """What metrics.json holds: JSON-ready.

    Args:
        rows: the predictions of all models, as `check_predictions` accepts them.
        models: fold0, fold1, ..., all.
        histories: of each model, by its name.
        notes: those of the dataset's manifest; {} if it is not known.
        seed: the study's seed.
        replicates: resamples of the bootstrap.
        watch: is called with the number of levels that are done.
    """
    metrics = compute_study_metrics(
        rows,
        models,
        seed=seed,
        replicates=replicates,
        findings=read_findings(notes),
        watch=watch,
    )
    document = {
        **metrics,
        "synthetic": notes.get("synthetic"),
        "flow": describe_flow(rows, models, notes),
        "training": describe_training(histories),
    }
    return {**document, "cautions": find_cautions(document)}
