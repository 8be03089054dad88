"""A finished run as comparisons read it: its scores, its figures and what it cost."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.artifacts.layout import METRICS, PREDICTIONS
from jobs.artifacts.lineage import NamedManifest, read_upstream
from jobs.artifacts.manifest import Manifest
from jobs.artifacts.run import Run, open_run
from jobs.common.errors import UsageError
from jobs.evaluation.contexts import score_contexts
from jobs.evaluation.predictions import Prediction, read_predictions


@dataclass(frozen=True)
class ScoredRun:
    """A run with its figures.

    Attributes:
        context: what its scores are made from, a key of CONTEXTS: that of the report's figures.
        rows: all models' predictions in that context.
        metrics: what metrics.json holds.
        models: the models' manifests.
        evaluation: the manifest of the figures.
        upstream: what the models were made of.
    """

    run: Run
    context: str
    rows: tuple[Prediction, ...]
    metrics: Mapping[str, Any]
    models: Mapping[str, Manifest]
    evaluation: Manifest
    upstream: tuple[NamedManifest, ...]

    @property
    def name(self) -> str:
        """The run's name."""
        return self.run.folder.name


def read_scored_run(folder: Path) -> ScoredRun:
    """The run in a folder, ROOT/runs/NAME.

    Raises:
        UsageError: the folder is none of a run.
        MissingInputError: it is not finished; names the command that goes on.
        DataError: files of it are damaged.
    """
    path = folder.resolve()
    if path.parent.name != "runs":
        raise UsageError(f"a run must be a folder ROOT/runs/NAME; got {folder}")
    run = open_run(path.parent.parent, path.name)
    models = run.require_models()
    evaluation = run.require_evaluation(models)
    figures = run.folder.evaluation.folder
    metrics = json.loads((figures / METRICS).read_text(encoding="utf-8"))
    rows, evaluate = read_predictions(figures / PREDICTIONS), run.study.evaluate
    # As `mammo evaluate` does: the files there lack the temperature.
    scores = score_contexts(rows, run.study.models(), evaluate.context, evaluate.temperature)[-1]
    upstream = tuple(read_upstream(run.root, models))
    return ScoredRun(run, scores.context, scores.rows, metrics, models, evaluation, upstream)
