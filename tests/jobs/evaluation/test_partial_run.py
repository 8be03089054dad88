"""What is there of a run, which need not be finished."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.common.errors import DataError, MissingInputError, UsageError
from jobs.evaluation.partial_run import PartialRun, open_partial_run


@pytest.fixture
def copy(reported: Path, tmp_path: Path) -> Path:
    """A copy of the run `reported`, to change."""
    return shutil.copytree(reported, tmp_path / "runs" / "copy")


def test_a_finished_run(reported: Path):
    """All models and the evaluation are there; nothing is missing."""
    found = open_partial_run(reported)
    assert list(found.models) == ["fold0", "fold1", "fold2", "all"]
    assert list(found.made) == [*found.models, "evaluation"]
    assert found.missing == {}


def test_what_is_missing_is_named_with_its_command(copy: Path):
    """Single folds, or the figures, may be missing; each has the command that makes it."""
    shutil.rmtree(copy / "fold1")
    shutil.rmtree(copy / "evaluation")
    found = open_partial_run(copy)
    assert list(found.made) == ["fold0", "fold2", "all"]
    assert list(found.missing) == ["fold1", "evaluation"]
    assert found.missing["fold1"].command.endswith("--fold 1")
    assert "mammo evaluate --root" in found.missing["evaluation"].command


def test_figures_of_a_model_that_is_gone(copy: Path):
    """They are still those of the other models."""
    shutil.rmtree(copy / "fold1")
    assert "evaluation" in open_partial_run(copy).made


def test_a_run_that_has_only_begun(copy: Path):
    """It has a study, no model, and no inputs that anybody knows."""
    for path in copy.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    found = open_partial_run(copy)
    assert (found.made, found.manifests, found.input_keys) == ({}, {}, {})
    assert list(found.missing) == ["fold0", "fold1", "fold2", "all", "evaluation"]


def test_each_model_has_a_start_of_its_own(reported: Path):
    """Of two runs that have not the same models yet, those are compared that both have."""
    whole = open_partial_run(reported)
    made = {
        name: replace(manifest, inputs={**manifest.inputs, "start": f"key of {name}"})
        for name, manifest in whole.models.items()
    }
    keys = PartialRun(whole.run, made).input_keys
    assert keys["fold0, start"] == "key of fold0" != keys["all, start"]
    assert "start" not in keys and not any("start" in name for name in whole.input_keys)


def test_what_is_no_run(copy: Path, tmp_path: Path):
    """64 for a folder that is none; 69 for one that is not there; 65 for a damaged file."""
    with pytest.raises(UsageError, match="must be named as ROOT/runs/NAME; got"):
        open_partial_run(tmp_path)
    with pytest.raises(MissingInputError, match=r"run mammo train --root .* --run none "):
        open_partial_run(tmp_path / "runs" / "none")
    (copy / "all" / "history.csv").write_text("")
    with pytest.raises(DataError, match=r"all/history\.csv is not what was written"):
        open_partial_run(copy)
