"""A page, and what it is made from."""

import json

import pytest

from jobs.artifacts.lineage import NamedManifest
from jobs.artifacts.publish import read_manifest
from jobs.evaluation.history import read_history
from jobs.report.page import ReportInputs, build_context
from jobs.report.render import render
from tests.jobs.report.html_reader import HtmlReader


@pytest.fixture(scope="module")
def inputs(reported, predictions, models, study):
    """What the reported run's page is made from."""
    folder = reported / "evaluation"
    return ReportInputs(
        run="trial",
        study=study,
        rows=predictions,
        metrics=json.loads((folder / "metrics.json").read_text()),
        figures={path.stem: path.read_text() for path in folder.glob("*.svg")},
        histories={model: read_history(reported / model / "history.csv") for model in models},
        models={model: read_manifest(reported / model) for model in models},
        evaluation=read_manifest(folder),
        upstream=[NamedManifest("dataset", None)],
    )


@pytest.fixture(scope="module")
def page(inputs) -> str:
    """The page of the reported run."""
    return render(build_context(inputs))


@pytest.fixture(scope="module")
def read(page) -> HtmlReader:
    """The same page, read."""
    return HtmlReader(page)
