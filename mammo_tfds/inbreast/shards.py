"""Records -> record files of a few images each, written on all cores.

TFDS's own writer shuffles a split in memory (up to 1 GB, then through TensorFlow's files), on one
core. Here each process reads, serialises and writes one image after another. That needs the memory
of a few images, and no image is sent between processes. A process that dies of an image is replaced
by one that writes the same file without it.
"""

import contextlib
import errno
import os
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import tensorflow_datasets.public_api as tfds
from numpy.typing import NDArray

from mammo_tfds.inbreast.features import feature_spec, make_example
from mammo_tfds.inbreast.tables import Image
from mammo_tfds.pixels.children import Death, Tell, run_tasks
from mammo_tfds.pixels.limits import explain_death, limit_decoding
from mammo_tfds.pixels.read import PixelError, pixels_sha256, read_pixels
from mammo_tfds.pixels.types import Warn, Window
from mammo_tfds.release.release import Record

# About 85 MB of INbreast's images: enough files for many cores, and not too many to list.
IMAGES_PER_SHARD = 16
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES)

Watch = Callable[[str, int, int], None]
"""Called with (what is being done, number done, total)."""

Report = Callable[[str], None]
"""Called with a line for each file that is left out: it cannot be read, or is no image."""


@dataclass(frozen=True)
class Shard:
    """A file to write.

    Attributes:
        path: the file.
        split: the name of the split that it is a part of.
        records: its images, in order.
        sick: the BI-RADS categories of the sick class.
        file_format: TFDS's.
        window: which VOI LUT or window of an image is applied.
        deadly: image id -> a message, for each image that a process has died of.
    """

    path: Path
    split: str
    records: tuple[Record, ...]
    sick: tuple[int, ...]
    file_format: tfds.core.FileFormat
    window: Window = "first"
    deadly: Mapping[str, str] = field(default_factory=dict)

    def without(self, death: Death) -> "Shard":
        """The same, without the image that a process has died of.

        Raises:
            OSError: it was killed from outside.
            RuntimeError: it died of something else than an image.
        """
        culprit = next((each for each in self.records if each.image_id == death.doing), None)
        message = explain_death(culprit.path if culprit else self.path, death)
        if not culprit:
            raise RuntimeError(f"the process that writes {self.path.name} has died: {death.cause}")
        return replace(self, deadly={**self.deadly, culprit.image_id: message})


@dataclass(frozen=True)
class WrittenImage:
    """An image that was written; rows, columns and pixels_sha256 as in images.csv."""

    record: Record
    rows: int
    columns: int
    pixels_sha256: str

    def in_split(self, split: str, index: int) -> Image:
        """Its row in images.csv, for its position in a split."""
        return Image(
            **self.record.facts(),
            split=split,
            index=index,
            rows=self.rows,
            columns=self.columns,
            pixels_sha256=self.pixels_sha256,
        )


@dataclass
class ShardResult:
    """What became of a shard.

    Attributes:
        shard: the file.
        written: the images that were written, in order.
        unreadable: a line for each image that was left out.
        warnings: a line for each fault that did not prevent that an image was written.
    """

    shard: Shard
    written: list[WrittenImage] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def write_shards(
    shards: Sequence[Shard],
    workers: int,
    watch: Watch,
    report: Report,
    strict: bool,
    warn: Warn = warnings.warn,
) -> list[ShardResult]:
    """Writes all shards, and returns their results in the same order.

    Args:
        shards: the files; all in one folder.
        workers: how many processes.
        watch: see Watch.
        report: see Report.
        strict: whether an image that cannot be read is an error, or else is left out.
        warn: see mammo_tfds.pixels.types.Warn.

    Raises:
        PixelError: with `strict`, for the first image found that cannot be read.
        OSError: a file cannot be opened, or the disk is full.
    """
    total = sum(len(shard.records) for shard in shards)
    done, results = 0, {}
    watch("prepare: images", 0, total)
    tasks = deque(shards)
    # Closed at once, so that after an error no process continues.
    with contextlib.closing(run_tasks(write_shard, tasks, workers)) as finished:
        for shard, result in finished:
            if isinstance(result, Death):
                tasks.append(shard.without(result))
                continue
            for line in result.unreadable:
                if strict:
                    raise PixelError(line)
                report(line)
            for line in result.warnings:
                warn(line)
            results[shard.path] = result
            done += len(shard.records)
            watch("prepare: images", done, total)
    return [results[shard.path] for shard in shards]


def write_shard(shard: Shard, tell: Tell) -> ShardResult:
    """Writes one shard, with one image in memory at a time.

    Args:
        shard: the file.
        tell: called with the id of the image that is decoded next, then with None.

    Raises:
        OSError: as `write_shards`.
    """
    result = ShardResult(shard)
    writer = tfds.core.ExampleWriter(shard.file_format)
    try:
        writer.write(shard.path, _serialise(shard, result, tell))
    except RuntimeError as error:
        _raise_os_error(error, shard.path)
        raise
    return result


def _serialise(shard: Shard, result: ShardResult, tell: Tell) -> Iterator[tuple[str, bytes]]:
    """TFDS's (key, record) of each readable image; adds every image to `result`."""
    features = feature_spec()
    serializer = tfds.core.ExampleSerializer(features.get_serialized_info())
    for record in shard.records:
        try:
            pixels = _decode(shard, record, tell, result.warnings.append)
        except PixelError as error:
            result.unreadable.append(str(error))
            continue
        encoded = features.encode_example(make_example(record, pixels, shard.sick))
        example = serializer.get_tf_example(encoded)
        # The features of an example are a map, whose order otherwise differs between processes.
        yield record.image_id, example.SerializeToString(deterministic=True)
        rows, columns = pixels.shape
        result.written.append(WrittenImage(record, rows, columns, pixels_sha256(pixels)))


def _decode(shard: Shard, record: Record, tell: Tell, warn: Warn) -> NDArray[np.uint16]:
    """The pixels of an image; PixelError also where another process has died of it."""
    if record.image_id in shard.deadly:
        raise PixelError(shard.deadly[record.image_id])
    tell(record.image_id)
    try:
        with limit_decoding():
            return read_pixels(record.path, shard.window, warn)
    finally:
        tell(None)


def _raise_os_error(error: RuntimeError, path: Path) -> None:
    """Raises OSError where array_record's error is one of the disk, which it has only as text."""
    for number in _DISK_ERRORS:
        if os.strerror(number) in str(error):
            raise OSError(number, os.strerror(number), str(path)) from error
