"""The TFDS builder, tested by TFDS's own test case and by ours."""

import pickle
import shutil
import socket
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow_datasets as tfds

import mammo_tfds  # noqa: F401 (registers the builder)
from mammo_tfds.inbreast import inbreast_dataset_builder
from mammo_tfds.inbreast.inbreast_dataset_builder import Builder
from mammo_tfds.inbreast.tables import FOLDS, Image, SplitConfig, read_folds, read_images
from mammo_tfds.pixels.read import read_pixels
from mammo_tfds.pixels.types import Window
from mammo_tfds.release.release import ReleaseError, read_release
from mammo_tfds.release.splits import SplitError, assign_splits
from tests.releases import RowSpec, make_pixels, make_rows, write_dicom, write_release

ROWS = make_rows(patients=24, sick=12)
SPLITS = ("test", "fold0", "fold1", "fold2", "fold3", "fold4")
Prepare = Callable[..., Builder]


class InbreastTest(tfds.testing.DatasetBuilderTestCase):
    """TFDS's own: registered, documented, prepared, read by tf.data, disjoint splits."""

    DATASET_CLASS = Builder
    SPLITS = dict.fromkeys(SPLITS, 8)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.EXAMPLE_DIR = tempfile.mkdtemp()
        write_release(Path(cls.EXAMPLE_DIR), ROWS)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.EXAMPLE_DIR)
        super().tearDownClass()

    def _make_builder(self, config=None):
        return Builder(data_dir=self.tmp_dir, config=config, workers=1)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a network connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return write_release(tmp_path / "release", ROWS)


@pytest.fixture
def prepare(tmp_path: Path, release: Path, no_network: None) -> Prepare:
    def prepare(**kwargs: Any) -> Builder:
        builder = Builder(**{"data_dir": tmp_path / "data", "workers": 1, **kwargs})
        builder.download_and_prepare(
            download_config=tfds.download.DownloadConfig(manual_dir=release)
        )
        return builder

    return prepare


def image_path(release: Path, row: RowSpec) -> Path:
    return release / "AllDICOMs" / f"{row.stem}.dcm"


def read_rows(builder: Builder) -> tuple[Image, ...]:
    return read_images(Path(builder.data_dir))


def contents(builder: Builder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(builder.data_dir).iterdir()}


def test_every_image_is_there(prepare: Prepare, release: Path):
    """Each record is in one split, with its pixels, category and contours."""
    sources = prepare().as_data_source()
    records = {record.image_id: record for record in read_release(release).records}
    seen = set()
    for source in sources.values():
        for example in source:
            record = records[example["image_id"].decode()]
            seen.add(record.image_id)
            np.testing.assert_array_equal(example["image"][..., 0], read_pixels(record.path))
            assert example["birads"].decode() == record.birads
            assert len(example["contours"]["kind"]) == len(record.contours)
    assert len(seen) == sum(map(len, sources.values())) == len(ROWS)


def test_splits_are_those_of_the_seed(prepare: Prepare, release: Path):
    """The splits are those of `assign_splits` with the builder's arguments, also in folds.json."""
    builder = prepare(seed=3, folds=3, test=0.25, sick=[6, 5])
    folds = read_folds(Path(builder.data_dir))
    assert folds.config == SplitConfig(seed=3, folds=3, test=0.25, sick=(5, 6))
    expected = assign_splits(read_release(release).records, seed=3, folds=3, test=0.25, sick=(5, 6))
    assert folds.splits == expected
    for name, ids in expected.items():
        assert [e["image_id"].decode() for e in builder.as_data_source(name)] == list(ids)


def test_patients_are_in_one_split(prepare: Prepare):
    """No patient is in two splits."""
    where: dict[str, set[str]] = {}
    for image in read_rows(prepare()):
        where.setdefault(image.patient, set()).add(image.split)
    assert all(len(splits) == 1 for splits in where.values())


def test_images_csv_says_where_an_image_is(prepare: Prepare):
    """An image's split and index lead to its example, also in a split of several files."""
    builder = prepare(folds=2, test=0.1)
    sources = builder.as_data_source()
    assert builder.info.splits["fold0"].num_shards == 2
    images = read_rows(builder)
    assert [image.image_id for image in images] == sorted(row.image_id for row in ROWS)
    for image in images:
        example = sources[image.split][image.index]
        assert example["image_id"].decode() == image.image_id
        assert example["image"].shape == (image.rows, image.columns, 1)


def test_two_preparations_are_equal(prepare: Prepare, tmp_path: Path):
    """The same release and seed give the same files, byte by byte."""
    one, two = (contents(prepare(data_dir=tmp_path / name)) for name in ("one", "two"))
    assert one == two


def test_a_given_release_is_not_read_again(
    prepare: Prepare, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """With a release and splits, nothing is read or assigned again, and no manual_dir is needed.

    What is written is the release as it was read, though its table has changed since.
    """
    expected = contents(prepare(data_dir=tmp_path / "expected"))
    given = read_release(release)
    splits = assign_splits(given.records, **vars(SplitConfig()))
    splits["fold1"] = splits["fold1"][::-1]  # the order of ids does not matter
    write_release(release, [replace(row, birads="1", rois=()) for row in ROWS[:4]])
    for name in ("read_release", "assign_splits"):
        monkeypatch.setattr(inbreast_dataset_builder, name, pytest.fail)
    builder = Builder(data_dir=tmp_path / "data", workers=1, release=given, splits=splits)
    builder.download_and_prepare()
    assert contents(builder) == expected


def test_a_given_release_is_split_by_the_arguments(release: Path, tmp_path: Path):
    """Without splits, the builder assigns them by its own arguments."""
    given = read_release(release)
    builder = Builder(data_dir=tmp_path / "data", workers=1, release=given, seed=3)
    builder.download_and_prepare()
    expected = assign_splits(given.records, **vars(SplitConfig(seed=3)))
    assert read_folds(Path(builder.data_dir)).splits == expected


def test_a_given_release_must_be_usable(release: Path, tmp_path: Path):
    """A given release with a fatal problem is an error."""
    (release / "INbreast.csv").unlink()
    builder = Builder(data_dir=tmp_path / "data", workers=1, release=read_release(release))
    with pytest.raises(ReleaseError, match=r"must have one INbreast\.csv"):
        builder.download_and_prepare()


def test_given_splits_must_be_of_the_release(prepare: Prepare, release: Path):
    """Splits of another release are an error, and no files are left behind."""
    splits = assign_splits(read_release(release).records, **vars(SplitConfig()))
    splits["fold0"] = (*splits["fold0"][1:], "1")
    with pytest.raises(SplitError, match="2 are wrong, the first is 1:"):
        prepare(splits=splits)
    assert not list((release.parent / "data" / "inbreast").iterdir())


def test_a_release_is_not_pickled(release: Path, tmp_path: Path):
    """A pickled builder holds neither the release nor the splits, which name patients."""
    given = read_release(release)
    splits = assign_splits(given.records, **vars(SplitConfig(seed=3)))
    builder = Builder(data_dir=tmp_path / "data", release=given, splits=splits, seed=3)
    pickled = pickle.dumps(builder)
    assert ROWS[0].patient.encode() not in pickled
    assert ROWS[0].image_id.encode() not in pickled
    assert pickle.loads(pickled).split_config == SplitConfig(seed=3)


def test_a_builder_knows_the_prepared_splits(prepare: Prepare, tmp_path: Path):
    """A builder of a prepared dataset has the dataset's split configuration, also when pickled."""
    builder = prepare(seed=3)
    assert Builder(data_dir=tmp_path / "data").split_config == SplitConfig(seed=3)
    assert pickle.loads(pickle.dumps(builder)).split_config == SplitConfig(seed=3)


def test_other_splits_than_the_prepared(prepare: Prepare, tmp_path: Path):
    """Asking for splits other than the prepared ones is an error."""
    prepare(seed=3)
    with pytest.raises(ValueError, match=r"seed=3.*seed=4.*name another data_dir"):
        tfds.load("inbreast", data_dir=tmp_path / "data", builder_kwargs={"seed": 4})


WINDOWS = {"WindowCenter": [2000, 1000, 1500], "WindowWidth": [0, 800, 2000]}


@pytest.mark.parametrize(("window", "used"), [(None, 2), ("widest", 3), (3, 3), ("none", "none")])
def test_the_window_is_chosen(prepare: Prepare, release: Path, window: Window, used: Window):
    """By an argument; the first that can be used by default. A faulty one is a warning."""
    write_dicom(image_path(release, ROWS[0]), make_pixels(ROWS[0]), **WINDOWS)
    lines: list[str] = []
    builder = prepare(window=window, warn=lines.append)
    [example] = (
        example
        for source in builder.as_data_source().values()
        for example in source
        if example["image_id"].decode() == ROWS[0].image_id
    )
    expected = read_pixels(image_path(release, ROWS[0]), used)
    np.testing.assert_array_equal(example["image"][..., 0], expected)
    assert [line.partition(" cannot")[0] for line in lines] == (
        [f"{image_path(release, ROWS[0]).name}: window 1"] if window is None else []
    )


def test_the_window_of_a_prepared_dataset(prepare: Prepare, tmp_path: Path):
    """It is remembered, also when pickled; asking for another one is an error."""
    builder = prepare(window=2)
    for one in (Builder(data_dir=tmp_path / "data"), pickle.loads(pickle.dumps(builder))):
        assert one.window == 2
    with pytest.raises(ValueError, match=r"window 2; got .* window none: name another data_dir"):
        tfds.load("inbreast", data_dir=tmp_path / "data", builder_kwargs={"window": "none"})


def test_an_unreadable_image_is_left_out(prepare: Prepare, release: Path):
    """An image that cannot be read is reported; the others stay in their splits."""
    before = read_folds(Path(prepare(data_dir=release.parent / "before").data_dir)).splits
    image_path(release, ROWS[5]).write_bytes(b"not an image")
    lines: list[str] = []
    builder = prepare(report=lines.append)
    assert [line.partition(":")[0] for line in lines] == [image_path(release, ROWS[5]).name]
    after = read_folds(Path(builder.data_dir)).splits
    assert after == {
        name: tuple(each for each in ids if each != ROWS[5].image_id)
        for name, ids in before.items()
    }
    assert sum(map(len, builder.as_data_source().values())) == len(ROWS) - 1


def test_the_same_pixels_in_two_splits(prepare: Prepare, release: Path):
    """The same pixels in two splits are an error, and no files are left behind."""
    splits = assign_splits(read_release(release).records, seed=20, folds=5, test=0.2)
    rows = {row.image_id: row for row in ROWS}
    one, other = rows[splits["test"][0]], rows[splits["fold3"][0]]
    write_dicom(image_path(release, other), make_pixels(one))
    with pytest.raises(ReleaseError, match=f"{one.image_id} in test .* {other.image_id} in fold3"):
        prepare()
    assert not list((release.parent / "data" / "inbreast").iterdir())


def test_too_few_patients(prepare: Prepare):
    """More folds than patients is an error."""
    with pytest.raises(SplitError, match="need at least 31 patients"):
        prepare(folds=30)


def test_a_release_with_problems(prepare: Prepare, release: Path):
    """A release with a fatal problem is an error."""
    (release / "INbreast.csv").unlink()
    with pytest.raises(ReleaseError, match=r"must have one INbreast\.csv"):
        prepare()


def test_nothing_on_standard_output(prepare: Prepare, capfd: pytest.CaptureFixture[str]):
    """Preparing writes nothing to standard output or standard error."""
    prepare()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("first", ["load", "data_source"])
def test_load_and_data_source_share_a_folder(
    first: str, release: Path, tmp_path: Path, no_network: None
):
    """Either of them prepares the dataset; both then read the same examples from the same files."""
    options = {
        "data_dir": tmp_path / "data",
        "split": "fold2",
        "builder_kwargs": {"workers": 1},
        "download_and_prepare_kwargs": {
            "download_config": tfds.download.DownloadConfig(manual_dir=release)
        },
    }
    getattr(tfds, first)("inbreast", **options)
    streamed = list(tfds.load("inbreast", **options).as_numpy_iterator())
    source = tfds.data_source("inbreast", **options)
    assert len(streamed) == len(source) == 8
    for one, other in zip(streamed, source, strict=True):
        assert one["image_id"] == other["image_id"]
        for name in ("image", "points"):
            np.testing.assert_array_equal(one[name], other[name])
    assert not list((tmp_path / "data").rglob("*.tfrecord*"))


def test_tfrecord_on_demand(prepare: Prepare, tmp_path: Path):
    """TFRecord files are written on request, and read by TFDS's own reader."""
    builder = prepare(file_format="tfrecord")
    assert list(Path(builder.data_dir).glob("inbreast-test.tfrecord-*"))
    again = Builder(data_dir=tmp_path / "data")  # finds the format of the dataset
    (example,) = again.as_dataset(split="fold1[:1]").as_numpy_iterator()
    assert example["image_id"].decode() == read_folds(Path(builder.data_dir)).splits["fold1"][0]


def test_folds_json_has_the_hash(prepare: Prepare):
    """folds.json in the dataset's folder has the hash of its splits."""
    folder = Path(prepare().data_dir)
    assert read_folds(folder).hash in (folder / FOLDS).read_text()
