"""`mammo explain --checks`, on a model that was really trained."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from jobs import cli
from jobs.artifacts.manifest import read_manifest
from jobs.common.progress import silent
from jobs.config.names import TEST
from jobs.data.dataset import Image, open_dataset
from jobs.explain.checks import extra
from jobs.explain.checks.baselines import BASELINES
from jobs.explain.checks.extra import make_checks, unseen
from jobs.explain.checks.journal import Journal
from jobs.explain.checks.localisation import read_localisation
from jobs.explain.finished import Finished
from jobs.explain.request import Request
from jobs.stages import explain


def checked(root: Path, run: str, count: int, *methods: str) -> Path:
    """The folder with what --checks wrote of fold 0."""
    line = f"explain --root {root} --run {run} --model fold0 --count {count} --checks"
    line += " --checked-patients 1 --methods"
    options, stage = cli.parse([*line.split(), *methods])
    cli.call(stage, options, silent)
    return root / "runs" / run / "explanations" / "fold0"


@pytest.fixture(scope="module")
def folder(trained_root: Path, tmp_path_factory) -> Path:
    """Checks of two cheap methods on the run `first`, which has all of its models."""
    root = shutil.copytree(trained_root, tmp_path_factory.mktemp("checked") / "root")
    return checked(root, "first", 6, "deconvnet", "grad_cam")


def test_every_check_has_its_figures(folder: Path):
    """Random layers, other folds, other heads, the rank-1 curve, localisation, shortcuts."""
    checks = json.loads((folder / "checks.json").read_text())
    assert (checks["model"], checks["run"], checks["images"]) == ("fold0", "first", 6)
    found = checks["methods"]["deconvnet"]
    assert found["other_models"].keys() == {"fold1", "other_seed", "permuted_labels"}
    assert [step["down_to"] for step in found["random_layers"]] == ["head", "mixed0"]
    assert found["rank_one"][-1]["at"] == ""
    assert {len(step["each"]) for step in found["random_layers"]} == {1}
    assert found["checks"]["random_head"]["expected"]["verdict"] == "fails"
    assert found["perturbation"]["insertion"].keys() == {"black", "blurred"}
    assert checks["shortcuts"]["whole"]["images"] == 6
    assert checks["localisation"].keys() == {"deconvnet", "grad_cam", *BASELINES}
    assert found["meaning"] and found["verdict"]


def test_the_models_that_were_compared_are_inputs(folder: Path):
    """So that checks against a replaced model are known to be old; no journal is left."""
    manifest = read_manifest(folder)
    other = read_manifest(folder.parents[1] / "fold1")
    assert manifest and other and manifest.inputs["fold1"] == other.key
    assert manifest.inputs.keys() == {"model", "dataset", "fold1"}
    assert {"checks.json", "localisation.csv"} <= manifest.files.keys()
    assert not any("partial" in path.name for path in folder.iterdir())


def test_each_map_of_an_image_with_contours_is_a_row(folder: Path):
    """Of each method and baseline, with the chance of that very image."""
    rows = read_localisation(folder / "localisation.csv")
    images = {row.image_id for row in rows}
    assert len(rows) == len(images) * (2 + len(BASELINES))
    assert all(0 < row.chance <= 1 for row in rows)
    assert len({row.chance for row in rows if row.image_id == min(images)}) == 1


def test_the_table_is_told(folder: Path):
    """Each method with its verdict in words; again, when all is up to date."""
    root = folder.parents[3]
    line = f"explain --root {root} --run first --model fold0 --count 6 --checks --methods"
    options, _ = cli.parse([*line.split(), "deconvnet", "grad_cam"])
    told = explain.tell(options)
    assert "Deconvnet" in told and "hits lesions" in told and "an edge filter" in told
    assert "Grad-CAM" in told  # of which one patient decides nothing
    assert "AUC" in told


def test_a_local_head_is_checked_at_its_own_places(trained_root: Path, tmp_path: Path):
    """Its location map, too; folds that are not trained are left out."""
    root = shutil.copytree(trained_root, tmp_path / "root")
    folder = checked(root, "local", 2, "location_map")
    checks = json.loads((folder / "checks.json").read_text())
    found = checks["methods"]["location_map"]
    assert found["other_models"].keys() == {"other_seed", "permuted_labels"}
    assert found["random_layers"]


def test_no_worker_hashes_anothers_journal(tmp_path: Path, monkeypatch):
    """It is hidden: a file that comes and goes would be in the manifest of who publishes first."""
    paths: list[Path] = []

    def check(*arguments) -> tuple[dict, list]:
        journal = next(each for each in arguments if isinstance(each, Journal))
        journal.once("n", lambda: 1)
        paths.extend(tmp_path.iterdir())
        return {}, []

    study = SimpleNamespace(
        seed=1,
        head=SimpleNamespace(top=0.1),
        evaluate=SimpleNamespace(bootstrap=9),
        train=SimpleNamespace(live=True),
    )
    run = SimpleNamespace(study=study, folder=SimpleNamespace(name="trial"))
    monkeypatch.setattr(extra, "check_model", check)
    monkeypatch.setattr(extra, "make_cases", lambda *_: [])
    request = Request("fold0", [], [], {}, ["checks"])
    assert len(list(make_checks(Finished(run, None, request, None, tmp_path, silent, [])))) == 2
    (path,) = paths
    assert path.name.startswith(".") and not path.exists()


def test_images_that_a_model_was_trained_on_are_left_out(trained_root: Path):
    """Fold 0 was validated on its own fold, and trained on fold 1; `all` on both."""
    images: tuple[Image, ...] = open_dataset(trained_root).images
    assert {image.split for image in unseen(images, "fold0")} == {TEST, "fold0"}
    assert {image.split for image in unseen(images, "all")} == {TEST}
