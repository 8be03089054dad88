"""What TFDS says of a synthetic dataset, and of another one."""

import json
from pathlib import Path

import pytest
import tensorflow_datasets as tfds

from mammo_tfds.inbreast.inbreast_dataset_builder import Builder
from mammo_tfds.phantom.generate import make_release
from mammo_tfds.release.release import read_release
from tests.releases import make_rows, write_release


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared phantom's data_dir."""
    folder = tmp_path_factory.mktemp("synthetic")
    make_release(folder / "release", seed=20, patients=12, size=(128, 104))
    release = read_release(folder / "release")
    Builder(data_dir=folder, release=release, folds=2, workers=1).download_and_prepare()
    return folder


def test_a_synthetic_dataset_says_so_with_its_own_counts(synthetic: Path):
    """INbreast's description and citation are not its own."""
    info = Builder(data_dir=synthetic).info
    with (synthetic / "inbreast" / "1.0.0" / "images.csv").open() as file:
        rows = file.read().splitlines()[1:]
    label = tfds.features.ClassLabel(names=["healthy", "sick"])
    examples = tfds.builder("inbreast", data_dir=synthetic).as_data_source()
    sick = sum(
        label.int2str(one["label"]) == "sick" for split in examples.values() for one in split
    )
    assert info.description.startswith("SYNTHETIC. A program drew")
    assert f"{len(rows)} images of 12 made-up patients" in info.description
    assert f"{sick} are sick (BI-RADS 4, 5, 6), {len(rows) - sick} healthy" in info.description
    assert info.citation == ""


def test_it_is_said_to_whoever_reads_the_folder(synthetic: Path):
    """dataset_info.json has it, so it is there without this package."""
    folder = synthetic / "inbreast" / "1.0.0"
    assert json.loads((folder / "dataset_info.json").read_text())["description"].startswith("SYNTH")
    assert tfds.builder_from_directory(folder).info.description.startswith("SYNTHETIC.")


def test_another_dataset_is_described_as_inbreast(tmp_path: Path):
    """Whether before it is prepared or after."""
    release = read_release(write_release(tmp_path / "release", make_rows(patients=12, sick=6)))
    builder = Builder(data_dir=tmp_path, release=release, folds=2, workers=1)
    builder.download_and_prepare()
    for each in (builder, Builder(data_dir=tmp_path)):
        assert each.info.description.startswith("INbreast holds 410")
        assert each.info.citation
