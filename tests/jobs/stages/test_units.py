"""`mammo units`: what a trained model's units do, as files and for TensorBoard."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from jobs import cli
from jobs.artifacts.plan import Outcome
from jobs.common.errors import UsageError
from jobs.common.progress import silent

FEW = "--units 2 --patches 3 --images 8 --steps 2"


def units(root: Path, run: str, more: str = FEW) -> Outcome:
    """Calls the stage."""
    line = f"units --root {root} --run {run} --model fold0 {more}"
    options, stage = cli.parse(line.split())
    (result,) = cli.call(stage, options, silent)
    return result.outcome


@pytest.fixture(scope="module")
def root(trained_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the trained runs, with the units of two."""
    copy = tmp_path_factory.mktemp("units") / "root"
    shutil.copytree(trained_root, copy)
    for run in ("scratch", "local"):
        assert units(copy, run) == Outcome.MADE
    return copy


def read_rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "units.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("run", "layers", "output"),
    [
        ("scratch", ["conv2d_1", "head_convolution"], "logit"),
        ("local", ["mixed0", "head_hidden"], "place_logits"),
    ],
)
def test_each_unit_has_its_files_and_its_row(root: Path, run: str, layers: list, output: str):
    """Maps, patches, a maximised picture and a histogram; the output has a picture alone."""
    folder = root / "runs" / run / "units" / "fold0"
    rows = read_rows(folder)
    assert [row["node"] for row in rows] == [name for name in layers for _ in (0, 1)] + [output]
    files = {path.name for path in folder.iterdir()}
    assert {"filters.png", "embedding.svg", "units.npz", "tensorboard"} <= files
    for row in rows[:-1]:
        slug = f"{row['node'].replace('_', '-')}-{row['channel']}"
        expected = {f"patches-{slug}.png", f"maximised-{slug}.png", f"activations-{slug}.svg"}
        assert expected <= files
    for layer in layers:
        slug = layer.replace("_", "-")
        assert {f"maps-{slug}-healthy.png", f"maps-{slug}-sick.png"} <= files
    with np.load(folder / "units.npz") as arrays:
        first = f"{rows[0]['node']}/{rows[0]['channel']}"
        assert len(arrays[f"{first}/patches"]) == len(arrays[f"{first}/deconvnet"]) == 3


def test_tensorboard_finds_pictures_labels_and_vectors(root: Path):
    """The projector's files lie in a run of TensorBoard, beside its pictures."""
    folder = root / "runs" / "scratch" / "units" / "fold0" / "tensorboard"
    names = {path.name for path in folder.iterdir()}
    assert {"healthy", "sick", "features.tsv", "labels.tsv", "projector_config.pbtxt"} <= names
    assert any(name.startswith("events.") for name in names)
    assert len((folder / "features.tsv").read_text().splitlines()) == 8


def test_no_image_of_the_test_set_is_shown(root: Path):
    """Nothing is chosen on them, and nothing is learnt from them by eye."""
    from jobs.config.names import TEST
    from jobs.data.dataset import open_dataset

    tested = {image.image_id for image in open_dataset(root).images if image.split == TEST}
    folder = root / "runs" / "scratch" / "units" / "fold0"
    labels = (folder / "tensorboard" / "labels.tsv").read_text().splitlines()[1:]
    shown = {line.split("\t")[-1] for line in labels} | {row["image"] for row in read_rows(folder)}
    assert tested and not shown & tested


def test_the_same_again_makes_nothing(root: Path):
    """It is up to date."""
    assert units(root, "scratch") == Outcome.UP_TO_DATE


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("--layers mixed44", "got 'mixed44'; there are mixed0"),
        ("--images 1", "--images must be at least 2; got 1"),
        ("--units 0", "--units must be at least 1; got 0"),
    ],
)
def test_what_is_no_layer_or_too_few(trained_root: Path, more: str, message: str):
    """Exit 64, with what there is."""
    with pytest.raises(UsageError, match=message):
        units(trained_root, "local", more)
