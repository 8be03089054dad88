"""The prepared dataset as later stages read it."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

from jobs.artifacts.layout import Root
from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe
from jobs.common.errors import DataError, MissingInputError
from jobs.config.sections import ViewsConfig
from jobs.config.study import Study
from jobs.data.dataset import Dataset, _select, open_dataset
from mammo_tfds.inbreast.inbreast_dataset_builder import Builder
from mammo_tfds.pixels.read import read_pixels
from mammo_tfds.release.release import Release, read_release
from tests.releases import make_rows, write_release

RECIPE = Recipe("dataset", {}, {})


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    rows = make_rows(patients=12, sick=6)
    return read_release(write_release(tmp_path_factory.mktemp("release"), rows))


def prepare(release: Release, root: Path, **splits) -> Path:
    with publish(Root(root).dataset.folder, RECIPE) as draft:
        builder = Builder(data_dir=root / "tfds", workers=1, **splits)
        builder.download_and_prepare(
            download_config=tfds.download.DownloadConfig(manual_dir=release.folder)
        )
        for file in Path(builder.data_dir).iterdir():
            file.rename(draft.folder / file.name)
    return root


@pytest.fixture(scope="module")
def root(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(release, tmp_path_factory.mktemp("root"))


@pytest.fixture
def dataset(root: Path) -> Dataset:
    return open_dataset(root)


def test_a_missing_dataset(tmp_path: Path):
    """Where there is none, the error names the command that makes it."""
    with pytest.raises(MissingInputError, match=f"mammo prepare --root {tmp_path} --release"):
        open_dataset(tmp_path)


def test_damaged_pixels(release: Release, tmp_path: Path):
    """A cut file is an error that names it, before an image of it is read."""
    root = prepare(release, tmp_path)
    file = next(Root(root).dataset.folder.glob("inbreast-test*"))
    os.truncate(file, 1000)
    dataset = open_dataset(root)
    with pytest.raises(DataError, match=file.name):
        dataset.pixels(dataset.images[0])


@pytest.mark.parametrize("name", ["folds.json", "images.csv"])
def test_a_damaged_list(release: Release, tmp_path: Path, name: str):
    """A change of the splits or the list of images is found when the dataset is opened."""
    root = prepare(release, tmp_path)
    file = Root(root).dataset.folder / name
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises(DataError, match=name):
        open_dataset(root)


def test_images_are_the_release_s(dataset: Dataset, release: Release):
    """Each image has its record's fields; images are in the order of their ids."""
    assert dataset.key == RECIPE.key
    for image, record in zip(dataset.images, release.records, strict=True):
        for name in ("image_id", "patient", "side", "view", "birads", "density"):
            assert getattr(image, name) == getattr(record, name)


def test_pixels_are_the_file_s(dataset: Dataset, release: Release):
    """`pixels` gives any image with all its bits, read-only."""
    for image, record in reversed(list(zip(dataset.images, release.records, strict=True))):
        pixels = dataset.pixels(image)
        assert (pixels.dtype, pixels.shape) == (np.uint16, (image.rows, image.columns))
        assert not pixels.flags.writeable
        np.testing.assert_array_equal(pixels, read_pixels(record.path))


def test_contours_are_the_release_s(dataset: Dataset, release: Release):
    """`contours` gives what was drawn, and () if nothing was."""
    for image, record in zip(dataset.images, release.records, strict=True):
        assert dataset.contours(image) == record.contours


def test_contours_are_read_without_pixels(release: Release, tmp_path: Path):
    """They need contours.json alone; a change of it is found, and changes no pixels' key."""
    root = prepare(release, tmp_path)
    folder = Root(root).dataset.folder
    for shard in folder.glob("inbreast-*"):
        shard.unlink()
    dataset, records = open_dataset(root), {one.image_id: one for one in release.records}
    assert [dataset.contours(one) for one in dataset.images] == [
        records[one.image_id].contours for one in dataset.images
    ]
    key = dataset.content_key
    (folder / "contours.json").write_text("{}")
    changed = open_dataset(root)
    assert changed.content_key == key
    with pytest.raises(DataError, match=r"contours\.json"):
        changed.contours(changed.images[0])


def test_splits(dataset: Dataset):
    """Splits are those of folds.json, and of the images' rows."""
    stored = json.loads((dataset.folder / "folds.json").read_text())
    assert list(dataset.splits) == ["test", "fold0", "fold1", "fold2", "fold3", "fold4"]
    assert dataset.splits_hash == stored["hash"]
    for name, ids in dataset.splits.items():
        assert list(ids) == stored["splits"][name]
        assert set(ids) == {image.image_id for image in dataset.images if image.split == name}


def test_content_does_not_depend_on_the_splits(dataset: Dataset, release: Release, tmp_path: Path):
    """Another seed moves images between splits, and leaves what features depend on as it was."""
    other = open_dataset(prepare(release, tmp_path, seed=5))
    assert other.splits_hash != dataset.splits_hash
    assert other.content_key == dataset.content_key


def test_content_depends_on_pixels(dataset: Dataset, release: Release, tmp_path: Path):
    """Another image gives another content key."""
    rows = [*make_rows(patients=12, sick=6)[:-1], make_rows(patients=13, sick=6)[-1]]
    changed = read_release(write_release(tmp_path / "release", rows))
    other = open_dataset(prepare(changed, tmp_path / "root"))
    assert other.content_key != dataset.content_key


def test_a_study_s_projection(dataset: Dataset):
    """Images of others are in no split, and change no key of what is made of those that are."""
    selected = _select(dataset, Study(views=ViewsConfig(select="mlo")))
    assert {image.view for image in selected.images} == {"MLO"}
    ids = [image.image_id for image in selected.images]
    assert sorted(one for split in selected.splits.values() for one in split) == ids
    assert selected.content_key != dataset.content_key
    image = selected.images[0]
    np.testing.assert_array_equal(selected.pixels(image), dataset.pixels(image))


def test_it_goes_to_other_processes(dataset: Dataset):
    """A dataset can be pickled, before and after something was read."""
    for _ in range(2):
        other = pickle.loads(pickle.dumps(dataset))
        image = dataset.images[0]
        np.testing.assert_array_equal(other.pixels(image), dataset.pixels(image))


def test_reading_needs_no_tensorflow(root: Path):
    """Neither opening nor reading imports TensorFlow; TFDS is imported for pixels alone."""
    code = f"""
import sys
from pathlib import Path
from jobs.data.dataset import open_dataset
dataset = open_dataset(Path({str(root)!r}))
dataset.contours(dataset.images[0])
assert "tensorflow_datasets" not in sys.modules
dataset.pixels(dataset.images[0])
assert "tensorflow" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
