"""mammo explain on models that were really trained: what it writes, shares, and refuses."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from jobs import cli
from jobs.artifacts.plan import Outcome
from jobs.artifacts.run import open_run
from jobs.common.errors import StoppedError, UsageError
from jobs.common.progress import Watch, silent
from jobs.config.names import TEST
from jobs.data.dataset import Dataset, open_dataset
from jobs.explain.maps import ImageLookup
from jobs.explain.methods import METHODS
from jobs.explain.store import read_explanation
from jobs.explain.subjects import read_subjects
from jobs.model.trained import load_trained
from tests.jobs.stages.small_study import stop_at

SETTINGS = "--count 3 --masked-units --option occlusion.patch=0.3 --option image_masking.units=2"


def explain(root: Path, run: str, more: str, watch: Watch = silent) -> Outcome:
    """Calls the stage on fold 0."""
    line = f"explain --root {root} --run {run} --model fold0 {more}"
    options, stage = cli.parse(line.split())
    (result,) = cli.call(stage, options, watch)
    return result.outcome


@pytest.fixture(scope="module")
def root(trained_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the trained runs, with all maps of a model with a local head."""
    copy = shutil.copytree(trained_root, tmp_path_factory.mktemp("explained") / "root")
    assert explain(copy, "local", SETTINGS) == Outcome.MADE
    return copy


def folder_of(root: Path, run: str) -> Path:
    return root / "runs" / run / "explanations" / "fold0"


def dataset_of(root: Path, run: str = "local") -> Dataset:
    return open_dataset(root, open_run(root, run).study)


def test_each_image_has_a_map_by_each_method(root: Path):
    """As an array on the view, all finite, and as a picture that has the image's shape."""
    folder, dataset = folder_of(root, "local"), dataset_of(root)
    with (folder / "explanations.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    images = {row["image_id"] for row in rows}
    assert len(rows) == len(images) * len(METHODS) == 3 * len(METHODS)
    assert images <= set(dataset.splits[TEST])
    for image in dataset.images:
        if image.image_id not in images:
            continue
        found = read_explanation(folder, image.image_id)
        assert set(found.maps) == set(METHODS)
        with Picture.open(folder / f"{image.image_id}.mammogram.png") as picture:
            assert picture.mode == "L"
        for name, values in found.maps.items():
            assert values.shape == found.geometry.size
            assert np.isfinite(values).all()
            with Picture.open(folder / f"{image.image_id}.{name}.png") as picture:
                assert picture.size == (image.columns, image.rows)


def test_the_logit_is_the_models_own(root: Path):
    """What is explained is what the model predicts of that view; features are rounded in it."""
    run, dataset = open_run(root, "local"), dataset_of(root)
    model = load_trained(run, "fold0")
    images = [
        each
        for each in dataset.images
        if (folder_of(root, "local") / f"{each.image_id}.npz").exists()
    ]
    for subject in read_subjects(run.study, dataset, images):
        found = read_explanation(folder_of(root, "local"), subject.image.image_id)
        expected = model.logits(subject.view, subject.breast[None]).item()
        assert found.logit == pytest.approx(expected, abs=2e-3)


def test_a_view_lies_on_the_pixels_that_it_was_made_of(root: Path):
    """Of real views by DALI: a bright pixel of the image is bright where the view is put back.

    Moved by a view's pixel in any direction, the view fits the image much less well. It fits not
    quite, as the image is smaller than the view, and its noise is smoothed between its pixels.
    """
    run, dataset = open_run(root, "local"), dataset_of(root)
    images = [each for each in dataset.images if each.split == TEST][:2]
    for subject in read_subjects(run.study, dataset, images):
        pixels = dataset.pixels(subject.image).astype(float)
        lookup = ImageLookup(subject.geometry, pixels.shape)

        def fit(move: tuple[int, int], subject=subject, lookup=lookup, pixels=pixels) -> float:
            placed = lookup.on_image(np.roll(subject.view[0, ..., 0], move, (0, 1)))
            shown = np.isfinite(placed) & (placed > -1) & (placed < 1)
            return float(np.corrcoef(placed[shown], pixels[shown])[0, 1])

        fits = {(y, x): fit((y, x)) for y in (-1, 0, 1) for x in (-1, 0, 1)}
        assert max(fits, key=fits.__getitem__) == (0, 0)
        *_, second, first = sorted(fits.values())
        assert first > 0.9 and second < first - 0.2


def test_what_is_left_of_the_logit_is_a_table(root: Path):
    """A row for each image and unit, with the share of the view that is shown."""
    with (folder_of(root, "local") / "masked_units.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 2
    assert all(0 < float(row["shown"]) <= 1 and row["node"] == "mixed0" for row in rows)


def test_again_it_is_up_to_date(root: Path):
    """The same request makes nothing; another one is refused by what is there."""
    assert explain(root, "local", SETTINGS) == Outcome.UP_TO_DATE


def test_workers_share_the_images(root: Path):
    """Stopped workers' images are kept, and the last one makes what is left: the same bytes."""
    whole = "--count 4 --methods grad_cam deconvnet"
    with pytest.raises(StoppedError):
        explain(root, "exact", f"{whole} --worker 0 --workers 2", stop_at("explain", 1))
    (work,) = (root / "runs" / "exact" / "explanations").glob(".*.unfinished")
    first = {path.name: path.stat().st_ino for path in work.glob("*.npz")}
    assert first
    assert explain(root, "exact", f"{whole} --worker 1 --workers 2") == Outcome.MADE
    folder = folder_of(root, "exact")
    assert len(list(folder.glob("*.npz"))) == 4
    assert all((folder / name).stat().st_ino == inode for name, inode in first.items())
    shared = {path.name: path.read_bytes() for path in folder.glob("*.npz")}
    shutil.rmtree(folder)
    assert explain(root, "exact", whole) == Outcome.MADE
    assert {path.name: path.read_bytes() for path in folder.glob("*.npz")} == shared


def test_other_heads_have_no_location_map(root: Path):
    """Of a head that is not local, all other methods draw a map."""
    image = dataset_of(root, "averaged").splits[TEST][0]
    explain(root, "averaged", f"--images {image} --option integrated_gradients.steps=2")
    found = read_explanation(folder_of(root, "averaged"), image)
    assert set(found.maps) == set(METHODS) - {"location_map"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--methods deconvnt", "did you mean deconvnet"),
        ("--count 0", "--count must be at least 1; got 0"),
        ("--count -5", "--count must be at least 1; got -5"),
        ("--checked-patients 3", "--checked-patients goes with --checks"),
        ("--checks --checked-patients 0", "--checked-patients must be at least 1; got 0"),
        ("--images 1", "the study's dataset has no image 1"),
        ("--option image_masking.d=1", "options of image_masking are units, c"),
        ("--option image_masking.units=x", "must be a whole number; got 'x'"),
    ],
)
def test_what_is_not_there_is_a_usage_error(root: Path, arguments: str, message: str):
    """Named, before anything is computed."""
    with pytest.raises(UsageError, match=message):
        explain(root, "scratch", arguments)
