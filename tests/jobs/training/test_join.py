"""Another release's images join the training, and nothing but the training."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import read_manifest
from jobs.artifacts.run import open_run
from jobs.common.errors import ConfigError, DataError, MammoError, MissingInputError
from jobs.common.progress import silent
from jobs.config.names import TEST
from jobs.config.study import load_study
from jobs.data.dataset import open_dataset
from jobs.evaluation.predictions import read_predictions
from jobs.features.places import PlaceFeatures
from jobs.features.store import feature_files, resolve_features
from jobs.model import tf_runtime
from jobs.training.contour_labels import ContourLabels, PlaceLabels
from jobs.training.distributed.replicas import Replicas
from jobs.training.from_features import FromFeatures
from jobs.training.join import Joined, find_joined
from jobs.views.parameters import View
from tests.jobs.training.two_releases import (
    STUDY,
    call,
    make_two_releases,
    other_patients,
    prepared,
    renamed_patients,
    weights_of,
)
from tests.releases import make_rows


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two roots of other patients; of the first one a run is trained. Not to be changed."""
    return make_two_releases(tmp_path_factory.mktemp("join"))


@pytest.fixture
def second(roots: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of the second root, to train in."""
    return shutil.copytree(roots[1], tmp_path / "second")


def find(root: Path, run: Path | str, *overrides: str) -> Joined | None:
    study = load_study(root / "study.yaml", [*overrides, f"train.join={run}"])
    return find_joined(study, open_dataset(root, study))


def test_a_model_is_trained_on_both_and_scores_its_own_images(
    roots: tuple[Path, Path], second: Path
):
    """Its steps are those of both releases' images; whose they are is in its key, and no path."""
    films = f"train.join={roots[0]}/runs/films"
    for run, overrides in (("alone", ()), ("both", (films,))):
        call(f"train --run {run} --fold 0", second, "train.learning_rate=0.05", *overrides)
    model = second / "runs/both/fold0"
    manifest, theirs = read_manifest(model), open_dataset(roots[0])
    own = open_dataset(second)
    assert manifest and manifest.inputs["joined_dataset"] == theirs.key
    assert set(manifest.inputs) == {"dataset", "features", "joined_dataset", "joined_features"}
    assert "join" not in manifest.configuration["train"]
    trained = [image for image in own.images if image.split not in (TEST, "fold0")]
    trained += [image for image in theirs.images if image.split != TEST]
    views = sum(2 if image.birads[0] in "456" else 1 for image in trained)
    assert len((model / "history.csv").read_text().splitlines()) == 1 + -(-views // 8)
    scored = {row.image_id for row in read_predictions(model / "predictions.csv")}
    assert scored == {*own.splits[TEST], *own.splits["fold0"]}
    one, other = (weights_of(second, run, "fold0") for run in ("alone", "both"))
    assert not any(map(np.array_equal, one, other))


def test_images_have_their_own_run_s_labels_and_not_its_test_set(roots: tuple[Path, Path]):
    """And ids that no image of the study has, should both releases count from 1."""
    joined = find(roots[1], roots[0] / "runs/films")
    assert joined
    mode = FromFeatures(
        Root(roots[1]),
        load_study(roots[1] / "study.yaml", [f"train.join={roots[0]}/runs/films"]),
        open_dataset(roots[1]),
    )
    training_set = mode.training_set("fold0")
    theirs = {image.image_id: image for image in open_dataset(roots[0]).images}
    expected = {f"joined/{one}" for one, image in theirs.items() if image.split != TEST}
    assert set(training_set.joined) == set(joined.images) == expected
    for name in training_set.joined:
        image = theirs[name.removeprefix("joined/")]
        assert training_set.sick[name] == (image.birads[0] in "456")
        assert joined.files[name].name == f"{image.image_id}.npy"
    assert expected.isdisjoint({*training_set.training, *training_set.validation})


@pytest.fixture(scope="module")
def local_roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """As `roots`, for local heads: a release with contours and other views, and one without."""
    folder = tmp_path_factory.mktemp("local")
    study = STUDY.replace("filters: 2, pool: 1", "kind: local, sample: 0.5")
    study = study.replace(", pooling: average", "") + "contours: {weight: 1}"
    drawn = make_rows(patients=12, sick=6)
    bare = [replace(row, rois=()) for row in other_patients(drawn)]
    larger = study.replace("size: [80, 75]", "size: [96, 80]")
    first = prepared(folder / "first", drawn, study=larger)
    second = prepared(folder / "second", bare, study=study)
    for root in (first, second):
        call("weights", root)
        call("embed", root)
    call("train --run films --all", first)
    shutil.copytree(first / "runs/films", first / "runs/analog")
    return first, second


def test_each_release_labels_places_by_its_own_contours(local_roots: tuple[Path, Path]):
    """As in its own run, in each view; one without contours has no labelled places."""
    first, second = local_roots
    study = load_study(second / "study.yaml", [f"train.join={first}/runs/films"])
    mode = FromFeatures(Root(second), study, open_dataset(second, study))
    training_set = mode.training_set("all")
    with mode.open(training_set, Replicas(tf_runtime.strategy()), silent) as inputs:
        found = inputs.source.step.labels
        for name in training_set.training:
            assert len(found(View(name, 0)).rows) == 0
        expected = own_labels(first)
        for name in training_set.joined:
            image_id = name.removeprefix("joined/")
            for number in range(2 if training_set.sick[name] else 1):
                one, other = found(View(name, number)), expected(View(image_id, number))
                assert len(one.rows) > 0
                assert np.array_equal(one.rows, other.rows)
                assert np.array_equal(one.weight, other.weight)
                assert one.sick == other.sick == training_set.sick[name]


def own_labels(root: Path) -> PlaceLabels:
    """The labels of places in a root's own study."""
    study = load_study(root / "study.yaml")
    dataset = open_dataset(root, study)
    folder = resolve_features(Root(root), study, dataset).location.folder
    ids = [image.image_id for image in dataset.images]
    sick = {image.image_id: image.birads[0] in "456" for image in dataset.images}
    features = PlaceFeatures(feature_files(folder, ids))
    return ContourLabels(study, dataset, dataset.select(ids), sick, features)


def test_the_joined_run_s_name_changes_nothing(local_roots: tuple[Path, Path]):
    """It is in no key. Nor does what is drawn of the images depend on it."""
    first, second = local_roots
    models = []
    for name in ("films", "analog"):
        call(f"train --run by_{name} --fold 0", second, f"train.join={first}/runs/{name}")
        models.append(second / f"runs/by_{name}/fold0")
    one, other = map(read_manifest, models)
    assert one and other and one.key == other.key
    for name in ("last.weights.h5", "predictions.csv"):
        assert (models[0] / name).read_bytes() == (models[1] / name).read_bytes()


def test_its_models_say_whose_images_joined(roots: tuple[Path, Path], second: Path):
    """How many images, patients, sick ones and views, and whether a program drew them."""
    call("train --run both --all", second, f"train.join={roots[0]}/runs/films")
    manifest, theirs = read_manifest(second / "runs/both/all"), open_dataset(roots[0])
    assert manifest
    used = [image for image in theirs.images if image.split != TEST]
    sick = sum(image.birads[0] in "456" for image in used)
    assert manifest.notes["joined"] == {
        "run": "films",
        "images": len(used),
        "patients": len(used) // 2,
        "sick": sick,
        "views": len(used) + sick,
        "sick_views": 2 * sick,
        "synthetic": False,
    }


def test_it_is_refused_before_features_are_made(roots: tuple[Path, Path], tmp_path: Path):
    """They may take hours."""
    root = prepared(tmp_path, make_rows(patients=12, sick=6))
    call("weights", root)
    with pytest.raises(ConfigError, match="must share no patients"):
        call("train --run b --all --embed", root, f"train.join={roots[0]}/runs/films")
    assert not (root / "features").exists()


def test_models_of_one_run_were_trained_on_the_same(roots: tuple[Path, Path], tmp_path: Path):
    """Exit 65: figures of models by other joined features are not of one study."""
    first = shutil.copytree(roots[0], tmp_path / "first")
    second = shutil.copytree(roots[1], tmp_path / "second")
    films = f"train.join={first}/runs/films"
    call("train --run mixed --fold 0", second, films)
    shutil.rmtree(first / "runs/films")
    more = "views.sick=3"
    call("embed", first, more)
    call("train --run films --all", first, more)
    for model in ("--fold 1", "--all"):
        call(f"train --run mixed {model}", second, films)
    with pytest.raises(DataError, match="fold1 must have the same joined_features as fold0: rem"):
        open_run(second, "mixed").require_models()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (make_rows(patients=12, sick=6), r"must share no patients with .*; in both: 8; models"),
        (renamed_patients(make_rows(patients=12, sick=6)), "must share no images with"),
    ],
)
def test_what_is_validated_on_is_not_trained_on(
    roots: tuple[Path, Path], tmp_path: Path, rows, message: str
):
    """Exit 78; a copy of a release may have other hashes for its patients: pixels tell, too."""
    root = prepared(tmp_path, rows)
    with pytest.raises(ConfigError, match=message):
        find(root, roots[0] / "runs/films")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("model.layer=mixed1", "must have this run's model.layer, mixed1; it has mixed0"),
        ("model.pooling=none", "must have this run's model.pooling, none; it has average"),
        ("data.sick=[5, 6]", r"must have this run's data.sick, \[5, 6\]; it has \[4, 5, 6\]"),
    ],
)
def test_features_of_another_kind_are_refused(
    roots: tuple[Path, Path], second: Path, override: str, message: str
):
    """Exit 78, with the setting that differs, before an input is waited for."""
    with pytest.raises(ConfigError, match=message):
        call("train --run b --all", second, override, f"train.join={roots[0]}/runs/films")


@pytest.mark.parametrize(
    ("removed", "error", "message"),
    [
        ("runs/films", MissingInputError, r"films/study.yaml is missing: run mammo train"),
        ("dataset", MissingInputError, "mammo prepare"),
        ("features", MissingInputError, "mammo embed"),
    ],
)
def test_what_is_not_there_is_named(
    roots: tuple[Path, Path], tmp_path: Path, removed: str, error: type[MammoError], message: str
):
    """Exit 69, with the command that makes it."""
    first = shutil.copytree(roots[0], tmp_path / "first")
    shutil.rmtree(first / removed)
    with pytest.raises(error, match=message):
        find(roots[1], first / "runs/films")


def test_a_path_that_is_no_run_s_is_refused(roots: tuple[Path, Path], tmp_path: Path):
    """Exit 78, with the rule."""
    with pytest.raises(ConfigError, match=r"train\.join must be none or the path of ROOT"):
        find(roots[1], tmp_path / "films")
    with pytest.raises(ConfigError, match="under another root; got films"):
        find(roots[1], "films")
