"""mammo train with train.live: what it needs, what it writes, and when it is stopped."""

import csv
import functools
import json
import shutil
import sys
import threading
from pathlib import Path

import pytest

from jobs import cli
from jobs.artifacts.layout import Root
from jobs.artifacts.lineage import read_upstream
from jobs.artifacts.manifest import read_manifest
from jobs.common.errors import MissingInputError, StoppedError
from jobs.common.progress import silent
from jobs.evaluation.predictions import read_predictions
from jobs.views.shared_segment import choose_path
from jobs.views.source_cache import CACHE
from tests.releases import make_rows, write_release

STUDY = """
seed: 3
data: {folds: 2, test: 0.25}
views: {size: [80, 75], healthy: 1, sick: 2}
model: {layer: mixed1}
head: {filters: 2}
train: {epochs: 3, batch: 8, live: true, unfreeze_from: mixed1}
"""
FILES = ("predictions.csv", "history.csv", "last.weights.h5", "best.weights.h5")


def call(line: str, root: Path, watch=silent) -> None:
    """Runs a stage as the command line does."""
    options, stage = cli.parse(f"{line} --root {root} --config {root}/study.yaml".split())
    cli.call(stage, options, watch, report=sys.stdout.write)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A root with a dataset of 24 images and random weights; not to be changed."""
    folder = tmp_path_factory.mktemp("live")
    release = write_release(folder / "release", make_rows(patients=12, sick=6))
    root = folder / "root"
    root.mkdir()
    (root / "study.yaml").write_text(STUDY)
    call(f"prepare --release {release}", root)
    call("weights", root)
    return root


@pytest.fixture
def root(prepared, tmp_path) -> Path:
    """A copy of `prepared` to change."""
    return shutil.copytree(prepared, tmp_path / "root")


def test_a_model_is_trained_from_images_and_weights_alone(root):
    """Features are neither made nor needed; the validation fold and the test set are predicted."""
    call("embed", root)
    assert not (root / "features").exists()
    call("train --run first --fold 0", root)
    folder = root / "runs/first/fold0"
    dataset = json.loads((root / "dataset/inbreast/1.0.0/folds.json").read_text())["splits"]
    rows = read_predictions(folder / "predictions.csv")
    for weights in ("best", "last"):
        for split, name in (("validation", "fold0"), ("test", "test")):
            ids = [row.image_id for row in rows if (row.weights, row.split) == (weights, split)]
            assert sorted(ids) == sorted(dataset[name])
    with (folder / "history.csv").open() as file:
        assert {row["epoch"] for row in csv.DictReader(file)} == {"1", "2", "3"}
    manifest = read_manifest(folder)
    assert set(manifest.inputs) == {"dataset", "weights"}
    assert manifest.configuration["layer"] == "mixed1" and manifest.configuration["views"]
    assert manifest.notes["seconds_waited"] > 0 and manifest.notes["seconds_stepped"] > 0
    assert [each.name for each in read_upstream(Root(root), {"fold0": manifest})] == [
        "dataset",
        "weights",
    ]


def test_embed_is_not_needed(root, capsys):
    """It says so, and needs no dataset to say it."""
    shutil.rmtree(root / "dataset")
    line = ["embed", "--root", str(root), "--config", f"{root}/study.yaml"]
    assert cli.main(line) == 0
    expected = "not needed: train.live makes its views as it trains\n"
    assert capsys.readouterr().out == expected


def test_the_models_of_a_process_decode_the_images_once(root, monkeypatch):
    """The images are decoded for the first model; later ones use them again."""
    # Not in /dev/shm, where another run of this test may have the same images.
    own = functools.partial(choose_path, memory=root)
    monkeypatch.setattr("jobs.views.source_cache.choose_path", own)
    (root / "study.yaml").write_text(STUDY.replace("epochs: 3", "epochs: 1"))
    CACHE.release()
    progress = []
    for model in ("--fold 0", "--all"):
        call(f"train --run first {model}", root, lambda *step: progress.append(step))
    decoded = [step for step in progress if "decode" in step[0]]
    assert decoded == [("train: images decoded", number, 24) for number in range(25)]


def test_a_stopped_training_ends_with_the_same_bytes(root):
    """After a stop no thread is left; another call makes the files of an unbroken training."""

    def stop(what, done, total):
        if what == "train fold0: epochs" and done == 2:
            raise StoppedError("stopped")

    threads = threading.active_count()
    with pytest.raises(StoppedError):
        call("train --run stopped --fold 0", root, stop)
    assert threading.active_count() == threads
    assert not (root / "runs/stopped/fold0").exists()
    for run in ("stopped", "unbroken"):
        call(f"train --run {run} --fold 0", root)
    for name in FILES:
        stopped, unbroken = (root / f"runs/{run}/fold0/{name}" for run in ("stopped", "unbroken"))
        assert stopped.read_bytes() == unbroken.read_bytes()


def test_a_second_call_trains_nothing(root):
    """It decodes no image, either."""
    call("train --run first --all", root)
    progress = []
    call("train --run first --all", root, lambda *step: progress.append(step))
    assert not progress


def test_a_network_from_scratch_needs_no_weights(root, capsys):
    """`mammo weights` says so; stopped and resumed, it is trained to the same bytes."""
    shutil.rmtree(root / "weights")
    text = STUDY.replace("{layer: mixed1}", "{network: conv2}")
    (root / "study.yaml").write_text(text.replace(", unfreeze_from: mixed1", ""))
    call("weights", root)
    assert capsys.readouterr().out == "not needed: conv2 is trained from scratch\n"

    def stop(what, done, total):
        if what == "train fold0: epochs" and done == 1:
            raise StoppedError("stopped")

    with pytest.raises(StoppedError):
        call("train --run stopped --fold 0", root, stop)
    for run in ("stopped", "unbroken"):
        call(f"train --run {run} --fold 0", root)
    for name in FILES:
        stopped, unbroken = (root / f"runs/{run}/fold0/{name}" for run in ("stopped", "unbroken"))
        assert stopped.read_bytes() == unbroken.read_bytes()
    manifest = read_manifest(root / "runs/stopped/fold0")
    assert set(manifest.inputs) == {"dataset"} and manifest.notes["base"]["weights"] == ""
    assert manifest.configuration["network"] == "conv2"
    found = read_upstream(Root(root), {"fold0": manifest})
    assert [each.name for each in found] == ["dataset"]


def test_missing_weights_are_named_with_their_command(root):
    """Exit 69, before anything is decoded."""
    shutil.rmtree(root / "weights")
    with pytest.raises(MissingInputError, match="mammo weights"):
        call("train --run first --fold 0", root)
