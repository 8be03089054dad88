"""mammo train on stored features: what it writes, when it is stopped, and what it refuses."""

import csv
import shutil
from pathlib import Path

import pytest

from jobs import cli
from jobs.artifacts.manifest import read_manifest
from jobs.artifacts.plan import NothingToMake, settled
from jobs.common.errors import (
    ConfigError,
    DataError,
    MissingInputError,
    StoppedError,
    UsageError,
)
from jobs.common.progress import silent
from jobs.config.study import load_study
from jobs.data.dataset import open_dataset
from jobs.data.training_set import select_training_set
from jobs.evaluation.predictions import read_predictions
from jobs.features.extract import Share
from jobs.stages import embed, train
from tests.jobs.stages.small_study import (
    STUDY,
    embed_options,
    features_of,
    files_of,
    stop_at,
    train_model,
    write_config,
)
from tests.processors import needs_int8


def test_a_learning_rate_that_diverges_is_named(root):
    """Exit 78, with the model and the key, instead of a crash where the metrics are computed."""
    text = STUDY.replace("batch: 8", "batch: 8, learning_rate: 1.0e+39")
    with pytest.raises(ConfigError, match=r"train\.learning_rate must let fold0 converge"):
        train_model(root, fold=0, run="steep", text=text)


def test_features_are_shared_by_other_folds_and_heads(root):
    """Another seed of training, head or number of folds needs no new features."""
    changed = STUDY.replace("filters: 2", "filters: 3").replace("epochs: 3", "epochs: 1")
    train_model(root, fold=0, run="other", text=changed)
    assert len(list((root / "features").iterdir())) == 1


def test_missing_features_are_named_with_their_command(root):
    """Exit 69, with the command that makes them."""
    shutil.rmtree(root / "features")
    with pytest.raises(MissingInputError, match="mammo embed"):
        train_model(root, fold=0)


def test_with_embed_missing_features_are_made(embedded, root):
    """After a stopped `mammo embed` no view is made twice, and the bytes are the same."""
    shutil.rmtree(root / "features")
    with pytest.raises(StoppedError):
        cli.call(embed, embed_options(root), stop_at("embed", 20))
    progress = []
    train_model(root, fold=0, embedding_too=True, watch=lambda *step: progress.append(step))
    assert progress[0][0] == "embed: views" and progress[0][1] > 0
    assert features_of(root) == features_of(embedded)


def test_models_share_the_missing_features(root, monkeypatch):
    """With --embed each model begins with its own share of the images."""
    shares = []

    def record(root, study, dataset, share):
        shares.append(share)
        return NothingToMake("they exist")

    monkeypatch.setattr(train, "plan_features", record)
    for fold in (0, 1, None):
        train_model(root, fold=fold, embedding_too=True)
    assert list(dict.fromkeys(shares)) == [Share(worker, 3) for worker in range(3)]


def test_a_refused_call_claims_no_run(root):
    """If the configuration contradicts the dataset, the run's name stays free."""
    changed = STUDY.replace("folds: 2", "folds: 3")
    with pytest.raises(ConfigError):
        train_model(root, fold=0, run="new", text=changed)
    assert not (root / "runs/new").exists()


def test_train_refuses_damaged_features(root):
    """Exit 65; the error names the file that was changed."""
    path = min((root / "features").glob("*/*.npy"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(DataError, match=path.name):
        train_model(root, fold=0)


def test_a_fold_model_predicts_its_fold_and_the_test_set(root):
    """Validation and test, each image once, with its best and its last weights."""
    dataset = open_dataset(root)
    rows = read_predictions(train_model(root, fold=1) / "predictions.csv")
    for kind in ("best", "last"):
        for split, name in (("validation", "fold1"), ("test", "test")):
            ids = [r.image_id for r in rows if (r.weights, r.split) == (kind, split)]
            assert sorted(ids) == sorted(dataset.splits[name])


def test_no_patient_is_both_trained_on_and_predicted(root):
    """A model's training images share no patient with its validation fold or the test set."""
    dataset = open_dataset(root)
    patient = {image.image_id: image.patient for image in dataset.images}
    for name in ("fold0", "fold1", "all"):
        training_set = select_training_set(load_study(root / "study.yaml"), dataset, name)
        trained = {patient[image_id] for image_id in training_set.training}
        held_out = {patient[i] for i in (*training_set.validation, *dataset.splits["test"])}
        assert trained and not trained & held_out


def test_the_all_data_model_trains_on_all_folds_and_predicts_the_test_set(root):
    """It has no validation fold, and so no best weights to predict with."""
    rows = read_predictions(train_model(root) / "predictions.csv")
    assert {(row.model, row.weights, row.split) for row in rows} == {("all", "last", "test")}


def test_a_model_is_the_same_alone_and_after_others(embedded, tmp_path):
    """Fold 1 trained first in a process equals fold 1 trained after fold 0, byte for byte."""
    names = ("predictions.csv", "history.csv", "last.weights.h5", "best.weights.h5")
    contents = []
    for first in (1, 0):
        root = shutil.copytree(embedded, tmp_path / str(first))
        folders = {fold: train_model(root, fold=fold) for fold in (first, 1 - first)}
        contents.append([(folders[1] / name).read_bytes() for name in names])
    assert contents[0] == contents[1]


def test_a_stopped_training_ends_with_the_same_bytes(root):
    """If it is stopped after an epoch and called again, its files are the same."""
    with pytest.raises(StoppedError):
        train_model(root, fold=0, run="stopped", watch=stop_at("train", 2))
    assert not (root / "runs/stopped/fold0").exists()
    resumed, unbroken = (train_model(root, fold=0, run=run) for run in ("stopped", "unbroken"))
    for name in ("predictions.csv", "history.csv", "last.weights.h5", "best.weights.h5"):
        assert (resumed / name).read_bytes() == (unbroken / name).read_bytes()
    assert sorted(path.name for path in resumed.parent.iterdir()) == ["fold0", "study.yaml"]


def test_no_temporary_folder_exists_while_a_model_is_trained(root):
    """Others would take it for abandoned after a day, and training may take longer."""
    folders = []
    run = root / "runs" / "first"
    train_model(root, fold=0, watch=lambda *step: folders.append(list(run.glob(".*writing-*"))))
    assert folders and not any(folders)


def test_the_workspace_of_a_finished_training_is_removed(root):
    """Also if a call was killed between publishing and removing it."""
    run = train_model(root, fold=0).parent
    key = read_manifest(run / "fold0").key
    (run / f".fold0.{key[:16]}.unfinished").mkdir()
    train_model(root, fold=0)
    assert sorted(path.name for path in run.iterdir()) == ["fold0", "study.yaml"]


def test_a_second_call_trains_nothing(root):
    """The model is up to date."""
    inode = train_model(root, fold=0).stat().st_ino
    progress = []
    folder = train_model(root, fold=0, watch=lambda *step: progress.append(step))
    assert folder.stat().st_ino == inode
    assert not progress


def test_another_configuration_needs_another_run(root):
    """Exit 78, and the error says to name another --run."""
    train_model(root, fold=0)
    with pytest.raises(ConfigError, match=r"another configuration.*--run"):
        train_model(root, fold=1, text=STUDY.replace("filters: 2", "filters: 3"))


@pytest.mark.parametrize("fold", [-1, 2])
def test_a_fold_out_of_range_is_a_usage_error(root, fold):
    """The error has the range that data.folds allows."""
    with pytest.raises(UsageError, match="from 0 to 1"):
        train_model(root, fold=fold)


def test_the_history_has_every_epoch(root):
    """history.csv can be read with the standard library."""
    with (train_model(root, fold=0) / "history.csv").open() as file:
        assert {row["epoch"] for row in csv.DictReader(file)} == {"1", "2", "3"}


def test_two_processes_that_train_the_same_model_both_succeed(root):
    """If one publishes while the other trains, the other accepts its model."""
    finished = []

    def overtake(step, done, total):
        if not finished:
            finished.append(train_model(root, fold=0))

    folder = train_model(root, fold=0, watch=overtake)
    assert finished == [folder]
    assert sorted(path.name for path in folder.parent.iterdir()) == ["fold0", "study.yaml"]


@pytest.mark.parametrize(
    ("line", "text", "unmade"),
    [
        ("weights", STUDY, False),
        ("weights", STUDY.replace("seed: 3", "seed: 4"), True),
        ("engine", STUDY, False),
        ("engine", STUDY.replace("layer", "precision: auto, layer"), True),
        pytest.param(
            "engine", STUDY.replace("layer", "precision: int8, layer"), True, marks=needs_int8
        ),
        ("embed", STUDY, False),
        ("embed", STUDY.replace("sick: 3", "sick: 4"), True),
        ("embed", STUDY.replace("epochs", "live: true, epochs"), False),
        ("train --run new --fold 0", STUDY, True),
        ("train --run new --fold 0 --embed", STUDY.replace("sick: 3", "sick: 4"), True),
        ("train --run new --all", STUDY.replace("epochs", "live: true, epochs"), True),
    ],
)
def test_a_plan_can_be_asked_without_making_anything(
    root: Path, monkeypatch: pytest.MonkeyPatch, line: str, text: str, unmade: bool
):
    """It says whether there is something to make; it writes nothing and starts no TensorFlow."""

    def fail() -> None:
        raise AssertionError

    monkeypatch.setattr("jobs.model.tf_runtime.import_tensorflow", fail)
    monkeypatch.setattr("jobs.model.tf_runtime.start", fail)
    options, stage = cli.parse([*line.split(), "--root", str(root), "--config", "study.yaml"])
    options.config = write_config(root, text)
    before = files_of(root)
    assert (settled(stage.plan(options, silent)) is None) == unmade
    assert files_of(root) - before <= set(root.glob("runs/new/study.yaml"))
