"""mammo embed and mammo train on a small release: what they leave, again, stopped, refused."""

import csv
import shutil
from argparse import Namespace
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import cli
from jobs.artifacts.manifest import read_manifest
from jobs.artifacts.plan import settled
from jobs.artifacts.publish import Draft
from jobs.common.errors import (
    CannotCreateError,
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
from jobs.features import extract
from jobs.stages import embed, prepare, train, weights
from tests.processors import needs_int8
from tests.releases import make_rows, write_release

STUDY = """
seed: 3
data: {folds: 2, test: 0.25}
views: {size: [80, 75], healthy: 2, sick: 3}
model: {layer: mixed0}
head: {filters: 2}
train: {epochs: 3, batch: 8}
"""


@pytest.fixture(scope="module")
def embedded(tmp_path_factory) -> Path:
    """A root with a dataset of 24 images, random weights and features; not to be changed."""
    folder = tmp_path_factory.mktemp("embedded")
    release = write_release(folder / "release", make_rows(patients=12, sick=6))
    root = folder / "root"
    config = write_config(root)
    cli.call(prepare, Namespace(root=root, config=config, release=release, strict=True), silent)
    cli.call(weights, Namespace(root=root, config=config, url=""), silent)
    cli.call(embed, embed_options(root), silent)
    return root


@pytest.fixture
def root(embedded, tmp_path) -> Path:
    """A copy of `embedded` to change."""
    return shutil.copytree(embedded, tmp_path / "root")


def write_config(root: Path, text: str = STUDY) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "study.yaml").write_text(text)
    return root / "study.yaml"


def embed_options(root: Path, worker: int = 0, workers: int = 1) -> Namespace:
    return Namespace(root=root, config=root / "study.yaml", worker=worker, workers=workers)


def features_of(root: Path) -> dict[str, bytes]:
    """What is published: unfinished work lies in hidden folders."""
    files = (root / "features").glob("[!.]*/*.npy")
    return {path.name: path.read_bytes() for path in files}


def train_model(
    root, *, fold=None, run="first", watch=silent, text=STUDY, embedding_too=False
) -> Path:
    options = Namespace(
        root=root,
        config=write_config(root, text),
        run=run,
        fold=fold,
        all=fold is None,
        embed=embedding_too,
        peers=None,
        worker=None,
    )
    cli.call(train, options, watch)
    return root / "runs" / run / ("all" if fold is None else f"fold{fold}")


def files_of(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if path.is_file()}


def stop_at(what, count):
    """A watch that is interrupted by a SIGTERM when so much is done."""

    def watch(told, done, total):
        if told.startswith(what) and done >= count:
            raise StoppedError("stopped")

    return watch


def test_embed_writes_every_view_of_every_image_once(embedded):
    """One file an image: 2 views of a healthy one, 3 of a sick one, 1 of the test set's."""
    dataset = open_dataset(embedded)
    (folder,) = (embedded / "features").iterdir()
    for image in dataset.images:
        array = np.load(folder / f"{image.image_id}.npy")
        count = 1 if image.split == "test" else 3 if image.birads[0] in "456" else 2
        assert array.shape == (count, 7, 7, 256)
        assert array.dtype == np.float16
    assert len(list(folder.iterdir())) == len(dataset.images) + 1


def test_embed_again_is_up_to_date(root):
    """A second call writes nothing."""
    before = {path: path.stat().st_mtime_ns for path in (root / "features").rglob("*")}
    cli.call(embed, embed_options(root), silent)
    assert {path: path.stat().st_mtime_ns for path in (root / "features").rglob("*")} == before


def test_a_stopped_embed_goes_on_from_the_last_image(embedded, root):
    """Stopped in the middle and called again: the same bytes, and no view made twice."""
    shutil.rmtree(root / "features")
    options = embed_options(root)
    with pytest.raises(StoppedError):
        cli.call(embed, options, stop_at("embed", 20))
    assert not features_of(root)
    seen = []
    cli.call(embed, options, lambda *told: seen.append(told))
    assert seen[0][1] >= 17
    assert features_of(root) == features_of(embedded)
    assert [path.name for path in (root / "features").iterdir() if path.name[0] == "."] == []


def test_workers_share_the_images(embedded, root):
    """Three workers, one after another, each stopped early: together they make the same bytes."""
    shutil.rmtree(root / "features")
    for worker in range(2):
        with pytest.raises(StoppedError):
            cli.call(
                embed, embed_options(root, worker, workers=3), stop_at("embed", 20 * (worker + 1))
            )
    (work,) = (root / "features").glob(".*.unfinished")
    before = {path.name: path.stat().st_ino for path in work.glob("*.npy")}
    assert before
    cli.call(embed, embed_options(root, worker=2, workers=3), silent)
    assert features_of(root) == features_of(embedded)
    (folder,) = (root / "features").iterdir()
    assert all((folder / name).stat().st_ino == inode for name, inode in before.items())


@given(st.integers(0, 40), st.integers(1, 6), st.data())
def test_a_share_is_an_order_of_all_images(count, workers, data):
    """Every worker would do all images alone; no two begin with the same one."""
    images = list(range(count))
    orders = [extract.Share(worker, workers).order(images) for worker in range(workers)]
    assert all(sorted(order) == images for order in orders)
    own = [order[: len(images[worker::workers])] for worker, order in enumerate(orders)]
    assert sorted(one for share in own for one in share) == images


@pytest.mark.parametrize("made", range(6))
def test_a_worker_that_comes_late_does_its_own_share(root, monkeypatch, tmp_path, made):
    """However many images are done by then: the shares are those that the others have."""
    study = load_study(root / "study.yaml")
    dataset = open_dataset(root, study)
    ids = [image.image_id for image in dataset.images]
    for image_id in ids[:made]:
        (tmp_path / f"{image_id}.npy").touch()
    orders = []

    def noted(study, dataset, wanted, gpu):
        orders.append([image.image_id for image, _ in wanted])
        return iter(())

    monkeypatch.setattr("jobs.views.batches.view_batches", noted)
    base = Namespace(output_shape=(1, 1, 1), gpu=None)
    for worker in (0, 1):
        share = extract.Share(worker, 2)
        extract.fill(study, dataset, base, Draft(tmp_path), share, silent)
    for worker, order in enumerate(orders):
        own = [image_id for image_id in ids[worker::2] if image_id not in ids[:made]]
        assert order[: len(own)] == own and sorted(order) == sorted(ids[made:])


def test_a_learning_rate_that_diverges_is_named(root):
    """Exit 78, with the model and the key: no crash of what counts with its figures."""
    text = STUDY.replace("batch: 8", "batch: 8, learning_rate: 1.0e+39")
    with pytest.raises(ConfigError, match=r"train\.learning_rate must let fold0 converge"):
        train_model(root, fold=0, run="steep", text=text)


def test_a_worker_that_is_none_is_a_usage_error(root):
    """--worker counts from 0 to --workers less one."""
    with pytest.raises(UsageError, match="--worker must be from 0 to 1"):
        cli.call(embed, embed_options(root, worker=2, workers=2), silent)


def test_pooled_features_are_the_mean_over_places(embedded, root):
    """model.pooling average stores (views, 1, 1, channels): the mean of what none stores."""
    text = STUDY.replace("layer: mixed0", "layer: mixed0, pooling: average, stored: float32")
    text = text.replace("filters: 2", "filters: 2, pool: 1")
    write_config(root, text)
    shutil.rmtree(root / "features")
    cli.call(embed, embed_options(root), silent)
    whole, pooled = (
        {path.name: np.load(path) for path in (each / "features").glob("*/*.npy")}
        for each in (embedded, root)
    )
    for name, features in whole.items():
        mean = features.astype(np.float32).mean(axis=(1, 2), keepdims=True)
        assert pooled[name].shape == mean.shape
        assert np.allclose(pooled[name], mean, rtol=1e-2, atol=1e-3)  # float16 before the mean


def test_features_are_shared_by_other_folds_and_heads(root):
    """Another seed of training, head or number of folds needs no new features."""
    changed = STUDY.replace("filters: 2", "filters: 3").replace("epochs: 3", "epochs: 1")
    train_model(root, fold=0, run="other", text=changed)
    assert len(list((root / "features").iterdir())) == 1


def test_features_that_do_not_fit_are_refused_before_the_first(root, monkeypatch):
    """The size is held against the free space, and named with what to do."""
    shutil.rmtree(root / "features")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(extract.shutil, "disk_usage", lambda path: usage(1, 1, 1000))
    with pytest.raises(CannotCreateError, match=r"48 views' features.*are free: make room"):
        cli.call(embed, embed_options(root), silent)
    assert not features_of(root)


@pytest.mark.parametrize(
    ("gone", "command"), [("dataset", "mammo prepare"), ("weights", "mammo weights")]
)
def test_embed_names_the_command_that_makes_what_is_missing(root, gone, command):
    """A missing input is exit 69, with the command."""
    shutil.rmtree(root / gone)
    with pytest.raises(MissingInputError, match=command):
        cli.call(embed, embed_options(root), silent)


def test_train_names_embed_where_features_are_missing(root):
    """A missing input is exit 69, with the command."""
    shutil.rmtree(root / "features")
    with pytest.raises(MissingInputError, match="mammo embed"):
        train_model(root, fold=0)


def test_train_makes_what_is_missing_of_the_features(embedded, root):
    """With --embed, after a stopped embed: no view is made twice, and the bytes are embed's."""
    shutil.rmtree(root / "features")
    with pytest.raises(StoppedError):
        cli.call(embed, embed_options(root), stop_at("embed", 20))
    told = []
    train_model(root, fold=0, embedding_too=True, watch=lambda *seen: told.append(seen))
    assert told[0][0] == "embed: views" and told[0][1] > 0
    assert features_of(root) == features_of(embedded)


def test_models_share_what_is_missing(root, monkeypatch):
    """Training with --embed, each model begins with its own share of the images."""
    shares = []

    def plan_features(root, study, dataset, share):
        shares.append(share)
        return extract.plan_features(root, study, dataset, share)

    monkeypatch.setattr(train, "plan_features", plan_features)
    for fold in (0, 1, None):
        train_model(root, fold=fold, embedding_too=True)
    assert list(dict.fromkeys(shares)) == [extract.Share(worker, 3) for worker in range(3)]


def test_a_refused_call_claims_no_run(root):
    """A configuration that does not fit what is there leaves the run's name free."""
    changed = STUDY.replace("folds: 2", "folds: 3")
    with pytest.raises(ConfigError):
        train_model(root, fold=0, run="new", text=changed)
    assert not (root / "runs/new").exists()


def test_train_refuses_damaged_features(root):
    """A file that was changed since is named: exit 65."""
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


def test_no_patient_is_in_training_and_in_what_is_predicted(root):
    """What a model trains on shares no patient with its validation fold or the test set."""
    from jobs.config.study import load_study

    dataset = open_dataset(root)
    patient = {image.image_id: image.patient for image in dataset.images}
    for name in ("fold0", "fold1", "all"):
        training_set = select_training_set(load_study(root / "study.yaml"), dataset, name)
        trained = {patient[image_id] for image_id in training_set.training}
        held_out = {patient[i] for i in (*training_set.validation, *dataset.splits["test"])}
        assert trained and not trained & held_out


def test_the_all_data_model_trains_on_all_folds_and_predicts_the_test_set(root):
    """It has no validation, so no best weights to predict with."""
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
    """Stopped after an epoch and called again: weights, history and predictions are the same."""
    with pytest.raises(StoppedError):
        train_model(root, fold=0, run="stopped", watch=stop_at("train", 2))
    assert not (root / "runs/stopped/fold0").exists()
    resumed, unbroken = (train_model(root, fold=0, run=run) for run in ("stopped", "unbroken"))
    for name in ("predictions.csv", "history.csv", "last.weights.h5", "best.weights.h5"):
        assert (resumed / name).read_bytes() == (unbroken / name).read_bytes()
    assert sorted(path.name for path in resumed.parent.iterdir()) == ["fold0", "study.yaml"]


def test_no_folder_is_open_while_a_model_is_trained(root):
    """Others would take it for abandoned after a day, and training may take longer."""
    seen = []
    run = root / "runs" / "first"
    train_model(root, fold=0, watch=lambda *told: seen.append(list(run.glob(".*writing-*"))))
    assert seen and not any(seen)


def test_what_a_training_was_kept_for_is_removed(root):
    """Also where a call was ended between publishing and clearing up."""
    run = train_model(root, fold=0).parent
    key = read_manifest(run / "fold0").key
    (run / f".fold0.{key[:16]}.unfinished").mkdir()
    train_model(root, fold=0)
    assert sorted(path.name for path in run.iterdir()) == ["fold0", "study.yaml"]


def test_trained_again_is_up_to_date(root):
    """A second call of the same run trains nothing."""
    inode = train_model(root, fold=0).stat().st_ino
    seen = []
    assert train_model(root, fold=0, watch=lambda *told: seen.append(told)).stat().st_ino == inode
    assert not seen


def test_a_runs_name_with_another_configuration_is_refused(root):
    """Exit 78, and the way out is another --run."""
    train_model(root, fold=0)
    with pytest.raises(ConfigError, match=r"another configuration.*--run"):
        train_model(root, fold=1, text=STUDY.replace("filters: 2", "filters: 3"))


@pytest.mark.parametrize("fold", [-1, 2])
def test_a_fold_that_is_none_is_a_usage_error(root, fold):
    """--fold outside data.folds names the range."""
    with pytest.raises(UsageError, match="from 0 to 1"):
        train_model(root, fold=fold)


def test_history_is_readable_by_others(root):
    """history.csv parses with the standard library and has as many epochs as asked."""
    with (train_model(root, fold=0) / "history.csv").open() as file:
        assert {row["epoch"] for row in csv.DictReader(file)} == {"1", "2", "3"}


@pytest.mark.parametrize("change", [("folds: 2", "folds: 3"), ("test: 0.25", "test: 0.3")])
def test_a_dataset_prepared_for_another_study_is_refused(root, change):
    """Splits that are not the study's are exit 78 in every stage, not other results in silence."""
    write_config(root, STUDY.replace(*change))
    with pytest.raises(ConfigError, match=r"was prepared with .* the study says"):
        cli.call(embed, embed_options(root), silent)
    with pytest.raises(ConfigError, match="name another --root"):
        train_model(root, fold=0, text=STUDY.replace(*change))


def test_two_that_embed_at_once_are_both_content(embedded, root):
    """The first wins; the second, in the middle of an image then, finds it and is content."""
    shutil.rmtree(root / "features")
    options = embed_options(root)
    finished = []

    def overtake(told, done, total):
        if done >= 20 and not finished:
            finished.append(True)
            cli.call(embed, options, silent)

    cli.call(embed, options, overtake)
    assert finished
    assert features_of(root) == features_of(embedded)


def test_two_that_train_at_once_are_both_content(root):
    """The first wins; the second's next checkpoint has nowhere to go, and that is well."""
    finished = []

    def overtake(told, done, total):
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
def test_a_plan_is_only_asked(
    root: Path, monkeypatch: pytest.MonkeyPatch, line: str, text: str, unmade: bool
):
    """It tells whether there is something to make; makes nothing, and starts no TensorFlow."""

    def never() -> None:
        raise AssertionError

    monkeypatch.setattr("jobs.model.tf_runtime.import_tensorflow", never)
    monkeypatch.setattr("jobs.model.tf_runtime.start", never)
    options, stage = cli.parse([*line.split(), "--root", str(root), "--config", "study.yaml"])
    options.config = write_config(root, text)
    before = files_of(root)
    assert (settled(stage.plan(options, silent)) is None) == unmade
    assert files_of(root) - before <= set(root.glob("runs/new/study.yaml"))
