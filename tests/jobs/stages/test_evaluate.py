"""predictions -> figures."""

import json
import os
import shutil
import subprocess
import sys
from argparse import Namespace
from dataclasses import replace

import pytest

from jobs import cli
from jobs.artifacts.manifest import read_manifest
from jobs.artifacts.plan import settled
from jobs.common.errors import ConfigError, DataError, MissingInputError
from jobs.common.progress import silent
from jobs.evaluation.checks import check_predictions
from jobs.evaluation.predictions import read_predictions
from jobs.stages import evaluate


@pytest.fixture
def options(tmp_path):
    return Namespace(root=tmp_path, run="trial")


def test_figures_and_all_predictions_are_published(reported, predictions, models):
    """metrics.json, an SVG a figure, and the models' predictions in one file that can be read."""
    folder = reported / "evaluation"
    rows = read_predictions(folder / "predictions.csv")
    assert sorted(map(str, rows)) == sorted(map(str, predictions))
    check_predictions(rows, models)
    figures = json.loads((folder / "metrics.json").read_text())
    assert set(figures["levels"]) == {"image", "breast", "patient"}
    assert len(list(folder.glob("*.svg"))) == 13
    manifest = read_manifest(folder)
    assert set(manifest.inputs) == set(models)
    assert manifest.configuration["evaluate"]["bootstrap"] == 100


def test_a_plan_makes_nothing(options, make_run, predictions):
    """It tells that there are figures to make, and makes none."""
    folder = make_run(options.root, predictions)
    assert settled(evaluate.plan(options, silent)) is None
    assert not (folder / "evaluation").exists()


def test_the_same_predictions_give_the_same_bytes(reported, options, make_run, predictions):
    """Another root, the same files."""
    folder = make_run(options.root, predictions) / "evaluation"
    cli.call(evaluate, options, silent)
    for path in (reported / "evaluation").iterdir():
        if path.name != "manifest.json":
            assert (folder / path.name).read_bytes() == path.read_bytes(), path.name
    assert read_manifest(folder).key == read_manifest(reported / "evaluation").key


def test_no_patient_is_in_a_figure(reported, predictions):
    """The predictions name patients by their hashes; metrics and figures do not."""
    patients = {row.patient for row in predictions}
    for path in (reported / "evaluation").iterdir():
        if path.name != "predictions.csv":
            text = path.read_text()
            assert not any(patient in text for patient in patients), path.name


def test_a_second_run_writes_nothing(reported, capsys):
    """The same key and intact files: up to date."""
    manifest = reported / "evaluation" / "manifest.json"
    before = manifest.stat().st_mtime_ns
    assert cli.main(["evaluate", "--root", str(reported.parents[1]), "--run", "trial"]) == 0
    assert manifest.stat().st_mtime_ns == before
    assert capsys.readouterr().out == f"{reported}/evaluation: up to date\n"


def test_a_missing_run_names_the_command(options):
    """No stage of it has begun."""
    with pytest.raises(MissingInputError, match=r"study\.yaml is missing: run mammo train --root"):
        cli.call(evaluate, options, silent)


@pytest.mark.parametrize(("model", "which"), [("fold1", "--fold 1"), ("all", "--all")])
def test_a_missing_model_names_the_command(options, make_run, predictions, model, which):
    """The command that trains just this model."""
    shutil.rmtree(make_run(options.root, predictions) / model)
    with pytest.raises(MissingInputError, match=f"{model} is missing: run mammo train .*{which}"):
        cli.call(evaluate, options, silent)


def test_damaged_predictions_are_refused(options, make_run, predictions):
    """A file that was changed after it was published is named."""
    path = make_run(options.root, predictions) / "fold0" / "predictions.csv"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"fold0/predictions\.csv is not what was written"):
        cli.call(evaluate, options, silent)


def test_predictions_that_do_not_belong_together_leave_nothing(options, make_run, predictions):
    """An overlap is an error before anything is written."""
    patient = next(row.patient for row in predictions if row.split == "test")
    rows = [replace(row, patient=patient) if row.model == "fold0" else row for row in predictions]
    folder = make_run(options.root, rows)
    with pytest.raises(DataError):
        cli.call(evaluate, options, silent)
    assert not (folder / "evaluation").exists()


def test_other_models_under_the_same_figures_are_refused(options, make_run, predictions, reported):
    """Figures of other models are not overwritten: both keys, and what to do."""
    folder = make_run(options.root, predictions)
    shutil.copytree(reported / "evaluation", folder / "evaluation")
    manifest = folder / "all" / "manifest.json"
    document = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**document, "key": "f" * 64}))
    with pytest.raises(ConfigError, match="remove it"):
        cli.call(evaluate, options, silent)


def test_threads_do_not_change_a_bit(reported, study):
    """With one BLAS thread, in a new process, from predictions.csv alone: the same figures."""
    code = (
        "import json, sys; from pathlib import Path;"
        "from jobs.evaluation.study_metrics import compute_study_metrics as compute;"
        "from jobs.evaluation.predictions import read_predictions;"
        "rows = read_predictions(Path(sys.argv[1]));"
        "found = compute(rows, sys.argv[2:], seed=20, replicates=100);"
        "assert 'tensorflow' not in sys.modules;"
        "print(json.dumps(found))"
    )
    path = str(reported / "evaluation" / "predictions.csv")
    one = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, path, *study.models()]
    done = subprocess.run(command, env=one, check=True, capture_output=True)
    figures = json.loads((reported / "evaluation" / "metrics.json").read_text())
    assert json.loads(done.stdout) == figures
