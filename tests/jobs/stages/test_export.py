"""mammo export: a run as one file, and what another machine makes of it."""

import json
import shutil
import zipfile
from argparse import Namespace

import numpy as np
import pytest

from jobs import cli
from jobs.artifacts.archive import read_contents, unpack_archive
from jobs.artifacts.run import open_run
from jobs.common.errors import MissingInputError
from jobs.common.progress import silent
from jobs.model.trained import load_trained
from jobs.stages import evaluate, export, report


@pytest.fixture(scope="module")
def root(trained_root, tmp_path_factory):
    """A root with a finished run, first."""
    root = tmp_path_factory.mktemp("exported") / "root"
    for name in ("dataset", "weights", "runs/first"):
        shutil.copytree(trained_root / name, root / name)
    for stage in (evaluate, report):
        cli.call(stage, Namespace(root=root, run="first"), silent)
    return root


@pytest.fixture(scope="module")
def file(root):
    """The exported file."""
    cli.call(export, Namespace(root=root, run="first", images=3), silent)
    return root / "runs/first/export/first.zip"


def test_what_is_in_it(file):
    """Weights, both graphs, configuration, calibration and card; no patient, and no image's row."""
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        card = archive.read("model_card.md").decode()
    assert {
        "contents.json",
        "calibration.json",
        "model.onnx",
        "saved_model/saved_model.pb",
    } <= names
    assert "root/runs/first/study.yaml" in names
    assert "root/runs/first/fold0/best.weights.h5" in names
    assert "root/runs/first/all/last.weights.h5" in names
    assert card.startswith("# Model card: first")
    assert not [name for name in names if name.endswith(".csv") or "events" in name]


def test_its_graphs_were_checked(file):
    """The file says on how many images, and how far they are from the run's predictions."""
    checks = read_contents(file)["checks"]
    assert checks["images"] == 3
    assert all(value <= 1e-3 for value in checks["largest_difference"].values())
    assert set(checks["largest_difference"]) == {"SavedModel", "ONNX model"}


def test_another_machine_predicts_the_same(root, file, tmp_path):
    """The unpacked run's models give the logits of the run's own, bit for bit, with no dataset."""
    there = unpack_archive(file, tmp_path)
    assert not (there.root.path / "dataset").exists()
    views = np.random.default_rng(1).uniform(-1, 1, (2, 80, 75, 1)).astype(np.float32)
    own, other = (load_trained(run, "fold1") for run in (open_run(root, "first"), there))
    assert np.array_equal(own.logits(views), other.logits(views))
    metrics = json.loads((there.folder.evaluation.folder / "metrics.json").read_text())
    assert metrics["levels"]["image"]["test"]["all"]["threshold"]["value"] > 0


def test_a_run_without_a_card(root, tmp_path):
    """Exit 69, with the command that makes it, before anything is made."""
    copy = shutil.copytree(root, tmp_path / "copy", ignore=shutil.ignore_patterns("references"))
    (copy / "runs/first/model_card.md").unlink()
    with pytest.raises(MissingInputError, match="run mammo report --root"):
        cli.call(export, Namespace(root=copy, run="first", images=1), silent)
    assert not (copy / "references").exists()
