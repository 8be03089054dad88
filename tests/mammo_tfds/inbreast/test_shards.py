"""Records -> record files."""

import errno
import functools
import hashlib
import multiprocessing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from array_record.python.array_record_data_source import ArrayRecordDataSource

from mammo_tfds.inbreast import shards
from mammo_tfds.inbreast.features import feature_spec
from mammo_tfds.inbreast.shards import Shard, write_shard, write_shards
from mammo_tfds.pixels.children import Death
from mammo_tfds.pixels.read import PixelError, pixels_sha256, read_pixels
from mammo_tfds.release.release import Record, read_release
from tests import doomed
from tests.releases import make_pixels, make_rows, write_dicom, write_release


@pytest.fixture
def records(tmp_path: Path) -> tuple[Record, ...]:
    release = read_release(write_release(tmp_path / "release", make_rows(patients=4, sick=2)))
    assert len(release.records) == 8
    return release.records


def shard(path: Path, records: tuple[Record, ...]) -> Shard:
    return Shard(path, "fold0", records, (4, 5, 6), tfds.core.FileFormat.ARRAY_RECORD)


def pair(folder: Path, records: tuple[Record, ...]) -> list[Shard]:
    folder.mkdir()
    return [shard(folder / "one", records[:5]), shard(folder / "two", records[5:])]


def spoil(record: Record) -> None:
    record.path.write_bytes(record.path.read_bytes()[:900])


def quiet(what: object) -> None:
    pass


def unwatched(what: str, done: int, total: int) -> None:
    pass


def ids(path: Path) -> list[str]:
    features = feature_spec()
    with ArrayRecordDataSource(str(path)) as source:
        return [
            features.deserialize_example_np(source[index])["image_id"].decode()
            for index in range(len(source))
        ]


def test_records_are_written_in_order(tmp_path: Path, records: tuple[Record, ...]):
    """A shard has its records in the given order."""
    write_shard(shard(tmp_path / "one", records), quiet)
    assert ids(tmp_path / "one") == [record.image_id for record in records]


def test_size_and_hash_are_the_pixels(tmp_path: Path, records: tuple[Record, ...]):
    """Size and sha256 are those of the decoded image."""
    written = write_shard(shard(tmp_path / "one", records), quiet).written[3]
    pixels = read_pixels(records[3].path)
    assert (written.rows, written.columns) == pixels.shape == (48, 40)
    expected = hashlib.sha256(b"48x40:" + pixels.astype("<u2").tobytes())
    assert written.pixels_sha256 == expected.hexdigest()


def test_an_unreadable_image_is_reported(tmp_path: Path, records: tuple[Record, ...]):
    """An image that cannot be read is reported by its name; the others are written."""
    spoil(records[1])
    lines: list[str] = []
    first, _ = write_shards(pair(tmp_path / "files", records), 1, unwatched, lines.append, False)
    assert len(lines) == 1
    assert lines[0].startswith(f"{records[1].path.name}: ")
    assert ids(first.shard.path) == [records[i].image_id for i in (0, 2, 3, 4)]
    assert [one.record for one in first.written] == [records[i] for i in (0, 2, 3, 4)]


def test_a_window_is_chosen_and_warned_of(tmp_path: Path, records: tuple[Record, ...]):
    """Each image has the window that is asked for; one that it does not have is reported."""
    pixels = make_pixels(make_rows(patients=4, sick=2)[1])
    write_dicom(records[1].path, pixels, WindowCenter=[2000, 1000], WindowWidth=[4000, 800])
    write_dicom(records[2].path, pixels, WindowCenter=1000, WindowWidth=800)
    lines: list[str] = []
    one = replace(shard(tmp_path / "one", records), window=2)
    [result] = write_shards([one], 1, unwatched, pytest.fail, False, lines.append)
    expected = read_pixels(records[1].path, 2)
    assert not np.array_equal(expected, read_pixels(records[1].path))
    assert result.written[1].pixels_sha256 == pixels_sha256(expected)
    warning = "window 2 is not there, the file has 1; window 1 is used"
    assert lines == [f"{records[2].path.name}: {warning}"]


def test_a_shard_without_a_readable_image(tmp_path: Path, records: tuple[Record, ...]):
    """A shard without a readable image is an empty file."""
    spoil(records[0])
    result = write_shard(shard(tmp_path / "one", records[:1]), quiet)
    assert (result.written, ids(tmp_path / "one")) == ([], [])


def test_strict(tmp_path: Path, records: tuple[Record, ...]):
    """With `strict`, an image that cannot be read is an error with its name."""
    spoil(records[1])
    with pytest.raises(PixelError, match=records[1].path.name):
        write_shards(pair(tmp_path / "files", records), 1, unwatched, pytest.fail, True)


def test_a_missing_image_is_an_error(tmp_path: Path, records: tuple[Record, ...]):
    """A missing file is an error and not left out, as it may be missing only for a moment."""
    records[1].path.unlink()
    with pytest.raises(FileNotFoundError):
        write_shard(shard(tmp_path / "one", records), quiet)


def test_progress(tmp_path: Path, records: tuple[Record, ...]):
    """Progress counts images, from 0 to all, including those that cannot be read."""
    spoil(records[0])
    seen: list[tuple[str, int, int]] = []
    shards = pair(tmp_path / "files", records)
    write_shards(shards, 1, lambda *step: seen.append(step), lambda line: None, False)
    assert seen == [("prepare: images", done, 8) for done in (0, 5, 8)]


def test_files_do_not_depend_on_the_workers(tmp_path: Path, records: tuple[Record, ...]):
    """One process and two give the same files, byte by byte, and the same results."""
    spoil(records[6])
    made = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        results = write_shards(pair(folder, records), workers, unwatched, lambda line: None, False)
        contents = [path.read_bytes() for path in sorted(folder.iterdir())]
        made.append((contents, [(one.written, one.unreadable) for one in results]))
    assert made[0] == made[1]


def test_a_full_disk_has_its_number(records: tuple[Record, ...]):
    """array_record's message for a full disk becomes an OSError with ENOSPC."""
    with pytest.raises(OSError, match="No space left") as caught:
        write_shard(shard(Path("/dev/full"), records), quiet)
    assert caught.value.errno == errno.ENOSPC


def test_an_error_in_another_process(tmp_path: Path, records: tuple[Record, ...]):
    """An error in another process is raised unchanged, and leaves no file of the other shards."""
    (tmp_path / "full").symlink_to("/dev/full")
    full = shard(tmp_path / "full", records[:4])
    other = shard(tmp_path / "one", records[4:])
    with pytest.raises(OSError, match="No space left"):
        write_shards([full, other], 2, unwatched, pytest.fail, False)
    assert {path.name for path in tmp_path.iterdir()} <= {"release", "full", "one"}


def test_an_image_that_kills_its_process(
    tmp_path: Path, records: tuple[Record, ...], monkeypatch: pytest.MonkeyPatch
):
    """A decoder that crashes, hangs or takes all memory costs one image; the others are written.

    Two of the images are in one file, which is begun anew for each.
    """
    fates = {1: "abort", 4: "hang", 6: "blow up"}
    names = {records[index].path.name: fate for index, fate in fates.items()}
    monkeypatch.setattr(shards, "write_shard", functools.partial(doomed.write_shard, fates=names))
    lines: list[str] = []
    files = pair(tmp_path / "files", records)
    results = write_shards(files, 2, unwatched, lines.append, False)
    assert len(lines) == len(fates)
    for name, fate in names.items():
        assert any(line.startswith(f"{name}: {doomed.REASONS[fate]}") for line in lines)
    for result, written in zip(results, ([0, 2, 3], [5, 7]), strict=True):
        assert ids(result.shard.path) == [records[index].image_id for index in written]
        assert [one.record for one in result.written] == [records[index] for index in written]
    assert multiprocessing.active_children() == []


def test_a_process_that_dies_of_no_image(tmp_path: Path, records: tuple[Record, ...]):
    """The error blames no image, and names the file that was written and the cause."""
    with pytest.raises(RuntimeError, match=r"that writes one has died: exit code 1$"):
        shard(tmp_path / "one", records).without(Death(1))


def test_a_process_that_is_killed_from_outside(
    tmp_path: Path, records: tuple[Record, ...], monkeypatch: pytest.MonkeyPatch
):
    """An error, as the image may be sound: the system kills what it has no memory for."""
    work = functools.partial(doomed.write_shard, fates={records[1].path.name: "kill"})
    monkeypatch.setattr(shards, "write_shard", work)
    with pytest.raises(OSError, match="killed from outside") as caught:
        write_shards(pair(tmp_path / "files", records), 1, unwatched, pytest.fail, False)
    assert caught.value.filename == str(records[1].path)
