"""data.order augment-first: one dataset for both orders, and marks wherever its figures stand."""

import dataclasses
import io
import json
from argparse import Namespace
from pathlib import Path

import pytest
from rich.console import Console

from jobs import cli
from jobs.artifacts.manifest import read_manifest
from jobs.common.progress import silent
from jobs.config.sections import DataConfig
from jobs.data.dataset import open_dataset
from jobs.evaluation.cautions import INFLATED_BY_DESIGN
from jobs.evaluation.predictions import read_predictions
from jobs.evaluation.summary import auc_table, inflation
from jobs.stages import evaluate, report
from tests.jobs.stages.small_study import STUDY, train_model

AUGMENT_FIRST = STUDY.replace("folds: 2", "folds: 2, order: augment-first")


@pytest.fixture(scope="module")
def runs(tmp_path_factory, predictions, study, make_run) -> dict[str, Path]:
    """A run of each order with the same predictions, evaluated and reported, in one root."""
    root, folders = tmp_path_factory.mktemp("orders"), {}
    for order in ("split-first", "augment-first"):
        each = dataclasses.replace(study, data=DataConfig(folds=3, order=order))
        folders[order] = make_run(root, predictions, run=order, study=each)
        options = Namespace(root=root, run=order)
        cli.call(evaluate, options, silent)
        cli.call(report, options, silent)
    return folders


def metrics_of(folder: Path) -> dict:
    return json.loads((folder / "evaluation/metrics.json").read_text())


def table_of(metrics: dict) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(auc_table(metrics))
    return console.file.getvalue()


def test_metrics_say_so_first(runs: dict[str, Path]):
    """The first caution, and the order itself; nothing changes where patients are split."""
    marked, plain = metrics_of(runs["augment-first"]), metrics_of(runs["split-first"])
    assert marked["order"] == "augment-first"
    assert marked["cautions"][0]["measured"]["text"] == INFLATED_BY_DESIGN
    assert marked["cautions"][1:] == plain["cautions"] and "order" not in plain
    manifest = read_manifest(runs["augment-first"] / "evaluation")
    assert manifest and manifest.notes["inflated"] == INFLATED_BY_DESIGN


def test_the_table_in_the_terminal_says_so(runs: dict[str, Path]):
    """On each row out of fold, not on the test set's, and in words below."""
    marked, plain = metrics_of(runs["augment-first"]), metrics_of(runs["split-first"])
    assert table_of(marked).count("(INFLATED)") == 2
    assert "INFLATED" not in table_of(plain)
    assert inflation(marked) == INFLATED_BY_DESIGN and inflation(plain) == ""


def test_the_page_says_so_above_all_figures(runs: dict[str, Path]):
    """In a banner of its own, before the first number."""
    page = (runs["augment-first"] / "report.html").read_text()
    banner = page.index('<p class="notice alarm" role="alert"><strong>Inflated by design</strong>')
    assert banner < page.index('<div class="headline">')
    assert (
        "notice alarm" not in (runs["split-first"] / "report.html").read_text().split("<body>")[1]
    )


def test_verify_says_so(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]):
    """With the run's folder."""
    cli.main(["verify", *map(str, runs.values())])
    lines = capsys.readouterr().out.splitlines()
    assert f"{runs['augment-first']}: {INFLATED_BY_DESIGN}" in lines
    assert not any(line.startswith(f"{runs['split-first']}:") for line in lines)


def test_both_orders_share_a_dataset_and_its_features(root: Path):
    """The honest run beside it predicts the same images; the model's manifest is marked."""
    rows = {}
    for run, text in (("honest", STUDY), ("flattering", AUGMENT_FIRST)):
        folder = train_model(root, fold=0, run=run, text=text)
        rows[run] = read_predictions(folder / "predictions.csv")
    honest, flattering = (
        [(row.weights, row.split, row.image_id) for row in rows[run]] for run in rows
    )
    assert honest == flattering
    assert len(list((root / "features").glob("[!.]*"))) == 1
    manifests = [read_manifest(root / "runs" / run / "fold0") for run in rows]
    assert manifests[0] and manifests[1] and manifests[0].key != manifests[1].key
    assert "inflated" not in manifests[0].notes
    assert manifests[1].notes["inflated"] == INFLATED_BY_DESIGN
    assert "order" not in open_dataset(root).manifest.configuration["data"]
