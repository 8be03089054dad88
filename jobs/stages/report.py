"""figures -> page and card. Reads runs/<run>/ and, if it exists, dataset/; writes into runs/<run>/.

The page is report.html, the card model_card.md.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.artifacts.layout import HISTORY, METRICS, PREDICTIONS, scores_file
from jobs.artifacts.manifest import Manifest
from jobs.artifacts.plan import Outcome
from jobs.artifacts.run import Run, open_run
from jobs.common.arguments import add_root, add_run, add_wait
from jobs.common.atomic_write import write_atomically
from jobs.common.errors import MissingInputError
from jobs.common.progress import Watch
from jobs.evaluation.predictions import Prediction, read_predictions

if TYPE_CHECKING:
    from jobs.report.page import ReportInputs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo report`; the study is the run's own study.yaml."""
    add_root(parser)
    add_run(parser)
    add_wait(parser)


def plan(options: argparse.Namespace, watch: Watch) -> "PagePlan":
    """The run's page, which opens offline."""
    run = open_run(options.root, options.run)
    models = run.require_models()
    return PagePlan(run, models, run.require_evaluation(models))


@dataclass(frozen=True)
class PagePlan:
    """The plan of a run's page and card. They have no key: they are rendered to see changes."""

    run: Run
    models: Mapping[str, Manifest]
    evaluation: Manifest

    @property
    def target(self) -> Path:
        """The page."""
        return self.run.folder.report

    def is_made(self) -> bool:
        return all(path.is_file() and path.read_bytes() == new for path, new in self._files.items())

    def make(self, watch: Watch) -> Outcome:
        for path, content in self._files.items():
            write_atomically(path, content)
        return Outcome.MADE

    @cached_property
    def _files(self) -> Mapping[Path, bytes]:
        from jobs.report.model_card import render_card
        from jobs.report.page import build_context
        from jobs.report.render import render

        inputs = self._inputs()
        context = build_context(inputs)
        folder = self.run.folder
        return {
            folder.card: render_card(inputs, context).encode(),
            folder.report: render(context).encode(),
        }

    def _inputs(self) -> "ReportInputs":
        from jobs.artifacts.lineage import read_upstream
        from jobs.evaluation.history import read_history
        from jobs.evaluation.rows import NONE, list_contexts
        from jobs.report.explanations import read_explanations
        from jobs.report.page import ReportInputs

        run, figures = self.run, self.run.folder.evaluation.folder
        metrics = json.loads((figures / METRICS).read_text(encoding="utf-8"))
        shown = list_contexts(metrics)[0]
        name = PREDICTIONS if shown == NONE else scores_file(shown)
        rows = read_predictions(figures / name)
        return ReportInputs(
            run=run.folder.name,
            study=run.study,
            rows=rows,
            metrics=metrics,
            figures={path.stem: path.read_text(encoding="utf-8") for path in figures.glob("*.svg")},
            histories={
                name: read_history(run.folder.model(name).folder / HISTORY) for name in self.models
            },
            models=self.models,
            evaluation=self.evaluation,
            upstream=read_upstream(run.root, self.models),
            pictures=_pictures(run.root.path, rows),
            explanations=read_explanations(run.folder, self.models),
        )


def _pictures(root: Path, rows: Sequence[Prediction]) -> Mapping[str, bytes] | None:
    """Thumbnails of the hardest images; None if there is no dataset."""
    from jobs.report.page import list_pictured_images
    from jobs.report.thumbnails import draw_thumbnails

    try:
        return draw_thumbnails(root, list_pictured_images(rows))
    except MissingInputError:
        return None  # the page mentions it
