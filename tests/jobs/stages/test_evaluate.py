"""mammo evaluate: predictions -> figures."""

import json
import os
import shutil
import subprocess
import sys
from argparse import Namespace
from dataclasses import replace

import pytest

from jobs import cli
from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import read_manifest
from jobs.artifacts.plan import Outcome, settled
from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe
from jobs.common.errors import ConfigError, DataError, MissingInputError
from jobs.common.progress import silent
from jobs.evaluation.checks import check_predictions
from jobs.evaluation.contexts import score_contexts
from jobs.evaluation.predictions import read_predictions
from jobs.stages import evaluate, report


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
    assert len(list(folder.glob("*.svg"))) == 25
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
    """No stage of the run has begun."""
    with pytest.raises(MissingInputError, match=r"study\.yaml is missing: run mammo train --root"):
        cli.call(evaluate, options, silent)


@pytest.mark.parametrize(("model", "which"), [("fold1", "--fold 1"), ("all", "--all")])
def test_a_missing_model_names_the_command(options, make_run, predictions, model, which):
    """It is the command that trains this model."""
    shutil.rmtree(make_run(options.root, predictions) / model)
    with pytest.raises(MissingInputError, match=f"{model} is missing: run mammo train .*{which}"):
        cli.call(evaluate, options, silent)


def test_damaged_predictions_are_refused(options, make_run, predictions):
    """A file that was changed after it was published is named."""
    path = make_run(options.root, predictions) / "fold0" / "predictions.csv"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"fold0/predictions\.csv is not what was written"):
        cli.call(evaluate, options, silent)


def test_overlapping_splits_leave_nothing(options, make_run, predictions):
    """A patient in two splits is an error before anything is written."""
    patient = next(row.patient for row in predictions if row.split == "test")
    rows = [replace(row, patient=patient) if row.model == "fold0" else row for row in predictions]
    folder = make_run(options.root, rows)
    with pytest.raises(DataError):
        cli.call(evaluate, options, silent)
    assert not (folder / "evaluation").exists()


def test_figures_of_other_models_are_not_overwritten(options, make_run, predictions, reported):
    """The error has both keys, and says what to do."""
    folder = make_run(options.root, predictions)
    shutil.copytree(reported / "evaluation", folder / "evaluation")
    manifest = folder / "all" / "manifest.json"
    document = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**document, "key": "f" * 64}))
    with pytest.raises(ConfigError, match="remove it"):
        cli.call(evaluate, options, silent)


def test_threads_do_not_change_a_bit(reported, study):
    """One BLAS thread, in a new process, gives the same figures from predictions.csv alone."""
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
    found = json.loads(done.stdout)
    of_histories = {"training", "cautions"}
    assert {name: value for name, value in figures.items() if name not in of_histories} == {
        name: value for name, value in found.items() if name not in of_histories
    }


NOTES = {
    "synthetic": True,
    "release": {"images": 200, "patients": 50},
    "left_out": ["1.dcm: cut off"],
    "findings": {"20586908": {"kinds": ["mass"], "extent": 80.5}},
}


@pytest.fixture
def with_dataset(options, make_run, predictions):
    """A trained run whose dataset is there, with notes of its release; the dataset's folder."""
    folder = Root(options.root).dataset.folder
    recipe = Recipe("dataset", {"release": "2" * 64}, {})
    with publish(folder, recipe) as draft:
        draft.notes |= NOTES
    make_run(options.root, predictions, dataset=recipe.key)
    return folder


def metrics_of(options):
    path = options.root / "runs" / "trial" / "evaluation" / "metrics.json"
    return json.loads(path.read_text())


def test_what_the_release_was_is_in_the_metrics(options, with_dataset):
    """Synthetic or not, its counts, what was left out, and kinds of findings."""
    cli.call(evaluate, options, silent)
    metrics = metrics_of(options)
    assert metrics["synthetic"] is True
    assert metrics["flow"]["release"] == NOTES["release"]
    assert metrics["flow"]["left_out"] == [{"reason": "cut off", "images": 1}]
    assert "Kind of finding" in [group["title"] for group in metrics["subgroups"]]


def test_the_dataset_may_be_removed_after_the_evaluation(options, with_dataset, capsys):
    """The figures stay up to date; they do not become those of an unknown release."""
    cli.call(evaluate, options, silent)
    shutil.rmtree(with_dataset)
    result = settled(evaluate.plan(options, silent))
    assert result and result.outcome is Outcome.UP_TO_DATE


def test_another_dataset_s_notes_are_not_taken(options, with_dataset):
    """Only those of the dataset that the models were trained on."""
    manifest = with_dataset / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "key": "f" * 64}))
    cli.call(evaluate, options, silent)
    assert metrics_of(options)["synthetic"] is None


def test_other_notes_are_another_evaluation(options, with_dataset):
    """The notes determine the figures, so they are in the key."""
    cli.call(evaluate, options, silent)
    manifest = with_dataset / "manifest.json"
    document = json.loads(manifest.read_text())
    document["notes"]["findings"] = {}
    manifest.write_text(json.dumps(document))
    with pytest.raises(ConfigError, match="remove it"):
        settled(evaluate.plan(options, silent))


def test_the_exam_and_each_image_alone_are_shown_side_by_side(
    options, make_run, predictions, study
):
    """In metrics.json, in predictions of their own, on every figure, and in the report."""
    with_exam = replace(study, evaluate=replace(study.evaluate, context="exam"))
    folder = make_run(options.root, predictions, study=with_exam)
    cli.call(evaluate, options, silent)
    cli.call(report, options, silent)
    figures = json.loads((folder / "evaluation" / "metrics.json").read_text())
    assert figures["exam"]["levels"].keys() == figures["levels"].keys()
    *_, expected = score_contexts(predictions, with_exam.models(), "exam")
    written = read_predictions(folder / "evaluation" / "predictions-exam.csv")
    assert sorted(map(str, written)) == sorted(map(str, expected.rows))
    for picture in (folder / "evaluation").glob("*.svg"):
        assert ("scores with the exam" in picture.read_text()) == (picture.stem != "flow")
    page = (folder / "report.html").read_text()
    alone = figures["levels"]["image"]["out_of_fold"]["mean"]["figures"]["auc"]["value"]
    joined = figures["exam"]["levels"]["image"]["out_of_fold"]["mean"]["figures"]["auc"]["value"]
    assert f'<p class="number"><span>{joined:.2f}</span>' in page
    assert f"Each image alone: {alone:.2f}" in page
    assert page.count("with the exam, last weights, validation split") == 2
    assert page.count("each image alone, last weights, validation split") == 2
    assert "Weights of the regressions, with the exam" in page
