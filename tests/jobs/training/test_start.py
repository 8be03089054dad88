"""Models that begin with another run's: which, and that no validation patient was seen before."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import read_manifest
from jobs.common.errors import ConfigError, DataError, MissingInputError
from jobs.config.study import load_study
from jobs.data.dataset import open_dataset
from jobs.evaluation.predictions import read_predictions
from jobs.model.checkpoint import weights_recipe
from jobs.training.start import Start, find_start, open_start
from tests.jobs.training.two_releases import (
    call,
    make_two_releases,
    prepared,
    renamed_patients,
    weights_of,
)
from tests.releases import make_rows, write_release


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two roots of other patients; of the first one a run is trained. Not to be changed."""
    return make_two_releases(tmp_path_factory.mktemp("start"))


def assert_begins_with(found: list[np.ndarray], start: list[np.ndarray]) -> None:
    for one, other in zip(found, start, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.fixture
def second(roots: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of the second root, to train in."""
    return shutil.copytree(roots[1], tmp_path / "second")


def test_another_release_gives_its_all_data_model(roots: tuple[Path, Path], second: Path):
    """Every fold begins with the last weights of `all`, whose key is an input of its own."""
    films = roots[0] / "runs/films"
    call("train --run digital --fold 1", second, f"train.start_from={films}")
    assert_begins_with(weights_of(second, "digital", "fold1"), weights_of(roots[0], "films", "all"))
    manifest, start = read_manifest(second / "runs/digital/fold1"), read_manifest(films / "all")
    assert manifest and start and manifest.inputs["start"] == start.key
    assert manifest.notes["start_from"] == "films/all"
    assert "start_from" not in manifest.configuration["train"]  # no path is in a key


def test_the_same_splits_give_the_same_fold_s_model(roots: tuple[Path, Path], tmp_path: Path):
    """`all` was trained on the validation fold: fold 0 begins with fold 0, and `all` with `all`."""
    root = shutil.copytree(roots[0], tmp_path / "first")
    for argument, model in (("--fold 0", "fold0"), ("--all", "all")):
        call(f"train --run again {argument}", root, "train.start_from=films")
        assert_begins_with(weights_of(root, "again", model), weights_of(root, "films", model))


def test_without_it_models_begin_at_random(roots: tuple[Path, Path], second: Path):
    """And have no such input: keys are what they were before there was the setting."""
    call("train --run alone --fold 1", second)
    films, alone = weights_of(roots[0], "films", "all"), weights_of(second, "alone", "fold1")
    assert not any(map(np.array_equal, films, alone))
    manifest = read_manifest(second / "runs/alone/fold1")
    assert manifest and set(manifest.inputs) == {"dataset", "features"}


def test_views_may_have_another_size_where_the_head_takes_any(roots: tuple[Path, Path], second):
    """Averaged features have one shape at all sizes."""
    size = ("views.size=[96, 80]", f"train.start_from={roots[0]}/runs/films")
    call("embed", second, *size)
    call("train --run larger --all", second, *size)
    assert read_predictions(second / "runs/larger/all/predictions.csv")


def find(root: Path, run: Path | str, *overrides: str, model: str = "fold0") -> Start | None:
    """What a new run's model begins with; the root needs no more than a dataset."""
    study = load_study(root / "study.yaml", [*overrides, f"train.start_from={run}"])
    dataset, own = open_dataset(root, study), Root(root).run("b")
    return find_start(own, study, dataset, model, weights_recipe(study).key)


def test_the_same_patients_in_other_splits_are_refused(roots: tuple[Path, Path], tmp_path: Path):
    """Exit 78: a model that was trained on a validation patient cannot start another."""
    root = prepared(tmp_path, make_rows(patients=12, sick=6), seed=4)
    for model in ("fold0", "all"):
        with pytest.raises(ConfigError, match=r"share no patients with .* or of the same splits"):
            find(root, roots[0] / "runs/films", model=model)


def test_the_same_images_of_patients_with_other_names_are_refused(
    roots: tuple[Path, Path], tmp_path: Path
):
    """A copy of a release may have other hashes for its patients: pixels tell, too."""
    root = prepared(tmp_path, renamed_patients(make_rows(patients=12, sick=6)))
    with pytest.raises(ConfigError, match=r"share no images with"):
        find(root, roots[0] / "runs/films")


def test_models_that_saw_their_validation_images_are_refused(
    roots: tuple[Path, Path], tmp_path: Path
):
    """Exit 78: the figures of a run that begins with them would be inflated, and not say so."""
    root = shutil.copytree(roots[0], tmp_path / "first")
    mixed = ("data.order=augment-first", "views.healthy=2")
    call("embed", root, *mixed)
    for model in ("--fold 0", "--all"):
        call(f"train --run mixed {model}", root, *mixed)
    with pytest.raises(ConfigError, match=r"runs/mixed has augment-first: fold0 was trained on"):
        find(root, "mixed")
    assert find(root, "mixed", model="all")  # it has no validation images
    assert find(root, "mixed", *mixed)  # it says so


def test_a_chain_of_runs_does_not_lead_back(roots: tuple[Path, Path], tmp_path: Path):
    """First release, second, and the first again: `all` of the first one saw every fold."""
    first, second = (shutil.copytree(each, tmp_path / each.parent.name) for each in roots)
    call("train --run digital --all", second, f"train.start_from={first}/runs/films")
    with pytest.raises(ConfigError, match="all was trained on them"):
        find(first, second / "runs/digital")


def test_images_that_joined_a_run_are_not_validated_on(roots: tuple[Path, Path], tmp_path: Path):
    """The first release joins a run on the second, which cannot start one on the first."""
    first, second = (shutil.copytree(each, tmp_path / each.parent.name) for each in roots)
    call("train --run digital --all", second, f"train.join={first}/runs/films")
    with pytest.raises(ConfigError, match=r"they joined the training of .*runs/digital"):
        find(first, second / "runs/digital")


@pytest.mark.parametrize(
    ("was", "now"), [("select: all", "select: cc"), ("layer: mixed0", "layer: mixed1")]
)
def test_whatever_the_joined_run_became_since(
    roots: tuple[Path, Path], tmp_path: Path, was: str, now: str
):
    """All of its dataset's images count: which ones it selected then is not known now."""
    first, second = (shutil.copytree(each, tmp_path / each.parent.name) for each in roots)
    call("train --run digital --all", second, f"train.join={first}/runs/films")
    config = first / "runs/films/study.yaml"
    config.write_text(config.read_text().replace(was, now))
    rows = [row for row in make_rows(patients=12, sick=6) if row.view == "MLO"]
    root = prepared(tmp_path, renamed_patients(rows))
    with pytest.raises(ConfigError, match=r"share no images with .* they joined the training of"):
        find(root, second / "runs/digital")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("head.filters=3", "must have this run's head.filters, 3; it has 2"),
        ("model.layer=mixed1", "must have this run's model.layer, mixed1; it has mixed0"),
        ("model.weights=imagenet", "must have this run's base; its weights have another key"),
    ],
)
def test_another_network_is_refused(roots: tuple[Path, Path], override: str, message: str):
    """Exit 78, with the setting that differs."""
    with pytest.raises(ConfigError, match=message):
        find(roots[1], roots[0] / "runs/films", override)


def test_a_size_that_does_not_fit_is_refused(tmp_path: Path, roots: tuple[Path, Path]):
    """Exit 78: the head's last layer has a weight for each place."""
    first, second = (shutil.copytree(each, tmp_path / each.parent.name) for each in roots)
    unpooled = ("model.pooling=none",)
    call("embed", first, *unpooled)
    call("train --run unpooled --all", first, *unpooled)
    larger = (*unpooled, "views.size=[128, 96]")
    call("embed", second, *larger)
    with pytest.raises(ConfigError, match=r"views of \(80, 75\): set the same views.size"):
        call("train --run b --all", second, *larger, f"train.start_from={first}/runs/unpooled")


def test_what_is_not_there_is_named(roots: tuple[Path, Path], tmp_path: Path):
    """No run, no model, no dataset: exit 69 with the command; a folder that is no run's: 78."""
    for given, error, message in (
        (f"{tmp_path}/runs/none", MissingInputError, "none/study.yaml is missing: run mammo train"),
        (f"{tmp_path}/none", ConfigError, "train.start_from must be none, the name of a run"),
    ):
        with pytest.raises(error, match=message):
            find(roots[1], given)
    first = shutil.copytree(roots[0], tmp_path / "first")
    shutil.rmtree(first / "dataset")
    with pytest.raises(MissingInputError, match="mammo prepare"):
        find(roots[1], first / "runs/films")
    first = shutil.copytree(roots[0], tmp_path / "again")
    shutil.rmtree(first / "runs/films/all")
    with pytest.raises(MissingInputError, match=r"films/all is missing: run mammo train"):
        find(roots[1], first / "runs/films")


def test_a_run_does_not_begin_with_itself(roots: tuple[Path, Path]):
    """Exit 78: its own models are not there yet."""
    study = load_study(roots[0] / "study.yaml", ["train.start_from=films"])
    with pytest.raises(ConfigError, match="must name another run than the one that begins; got f"):
        open_start(Root(roots[0]).run("films"), study)


def test_a_dataset_that_was_made_again_is_refused(roots: tuple[Path, Path], tmp_path: Path):
    """Exit 65: whose images a model was trained on must be known."""
    first = shutil.copytree(roots[0], tmp_path / "first")
    shutil.rmtree(first / "dataset")
    release = write_release(tmp_path / "release", make_rows(patients=11, sick=6))
    call(f"prepare --release {release}", first)
    with pytest.raises(DataError, match=r"is not what .* was trained on"):
        find(roots[1], first / "runs/films")
