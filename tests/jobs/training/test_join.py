"""Another release's images join the training, and nothing but the training."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import read_manifest
from jobs.common.errors import ConfigError, MammoError, MissingInputError
from jobs.common.progress import silent
from jobs.config.names import TEST
from jobs.config.study import load_study
from jobs.data.dataset import open_dataset
from jobs.evaluation.predictions import read_predictions
from jobs.features.store import resolve_features
from jobs.model import tf_runtime
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
    dataset = open_dataset(root, study)
    return find_joined(Root(root), study, dataset, resolve_features(Root(root), study, dataset))


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


def test_each_release_labels_places_by_its_own_contours(tmp_path: Path):
    """One without contours has no labelled places, whatever the one that joins it has."""
    drawn = make_rows(patients=12, sick=6)
    rows = [replace(row, rois=()) for row in other_patients(drawn)]
    local = STUDY.replace("filters: 2, pool: 1", "kind: local").replace(", pooling: average", "")
    local += "contours: {weight: 1}"
    first = prepared(tmp_path / "first", drawn, study=local)
    second = prepared(tmp_path / "second", rows, study=local)
    for root in (first, second):
        call("weights", root)
        call("embed", root)
    call("train --run films --all", first)
    study = load_study(second / "study.yaml", [f"train.join={first}/runs/films"])
    mode = FromFeatures(Root(second), study, open_dataset(second, study))
    training_set = mode.training_set("all")
    with mode.open(training_set, Replicas(tf_runtime.strategy()), silent) as inputs:
        labels = inputs.source.step.labels
        for name in training_set.training:
            assert len(labels(View(name, 0)).rows) == 0
        found = {name: labels(View(name, 0)) for name in training_set.joined}
    assert all(len(each.rows) > 0 for each in found.values())
    assert {name: each.sick for name, each in found.items()} == {
        name: training_set.sick[name] for name in training_set.joined
    }


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (make_rows(patients=12, sick=6), "must share no patients with this dataset; 8 are in"),
        (renamed_patients(make_rows(patients=12, sick=6)), "must share no images with this"),
    ],
)
def test_what_is_validated_on_is_not_trained_on(
    roots: tuple[Path, Path], tmp_path: Path, rows, message: str
):
    """Exit 78; a copy of a release may have other hashes for its patients: pixels tell, too."""
    root = prepared(tmp_path, rows)
    call("weights", root)
    call("embed", root)
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
    with pytest.raises(ConfigError, match=r"train\.join must be none, the name of a run under"):
        find(roots[1], tmp_path / "films")
