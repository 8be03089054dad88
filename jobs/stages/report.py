"""figures -> page. Reads runs/<run>/ and, where it is there, dataset/; writes report.html."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from jobs.artifacts.publish import write_whole
from jobs.artifacts.run import EVALUATION, open_run
from jobs.common.arguments import add_root, add_run
from jobs.common.errors import MissingInputError
from jobs.common.progress import Watch
from jobs.evaluation.predictions import Prediction, read_predictions

PAGE = "report.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo report`; the study is the run's own study.yaml."""
    add_root(parser)
    add_run(parser)


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Writes the run's page, which opens offline."""
    opened = open_run(options.root, options.run)
    models = opened.require_models()
    evaluation = opened.require_evaluation(models)

    from jobs.artifacts.lineage import read_upstream
    from jobs.evaluation.history import read_history
    from jobs.report.page import ReportInputs, build_context
    from jobs.report.render import render

    figures = opened.folder / EVALUATION
    rows = read_predictions(figures / "predictions.csv")
    inputs = ReportInputs(
        run=options.run,
        study=opened.study,
        rows=rows,
        metrics=json.loads((figures / "metrics.json").read_text(encoding="utf-8")),
        figures={path.stem: path.read_text(encoding="utf-8") for path in figures.glob("*.svg")},
        histories={name: read_history(opened.folder / name / "history.csv") for name in models},
        models=models,
        evaluation=evaluation,
        upstream=read_upstream(options.root, models),
        pictures=_pictures(options.root, rows),
    )
    page = opened.folder / PAGE
    write_whole(page, render(build_context(inputs)).encode())
    sys.stdout.write(f"{page}\n")


def _pictures(root: Path, rows: Sequence[Prediction]) -> Mapping[str, bytes] | None:
    """Thumbnails of the hardest images; None if there is no dataset."""
    from jobs.report.page import list_pictured_images
    from jobs.report.thumbnails import draw_thumbnails

    try:
        return draw_thumbnails(root, list_pictured_images(rows))
    except MissingInputError:
        return None  # the page mentions it
