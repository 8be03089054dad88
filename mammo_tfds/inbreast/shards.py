"""Records -> record files of a few images each, written on all cores.

TFDS's own writer shuffles a split in memory (up to 1 GB, then through TensorFlow's files), on one
core. Here each process reads, serialises and writes one image after another. That needs the memory
of a few images, and no image is sent between processes.
"""

import contextlib
import errno
import multiprocessing
import os
import signal
import tempfile
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import tensorflow_datasets.public_api as tfds

from mammo_tfds.inbreast.features import feature_spec, make_example
from mammo_tfds.inbreast.tables import Image
from mammo_tfds.pixels.read import PixelError, pixels_sha256, read_pixels
from mammo_tfds.pixels.types import Warn, Window
from mammo_tfds.release.release import Record

# About 85 MB of INbreast's images: enough files for many cores, and not too many to list.
IMAGES_PER_SHARD = 16
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES)

Watch = Callable[[str, int, int], None]
"""Called with (what is being done, number done, total)."""

Report = Callable[[str], None]
"""Called with a line for each image that is left out because it cannot be read."""


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
    """

    path: Path
    split: str
    records: tuple[Record, ...]
    sick: tuple[int, ...]
    file_format: tfds.core.FileFormat
    window: Window = "first"


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
    # Closed at once, so that after an error no process continues.
    with contextlib.closing(_write_all(shards, workers)) as finished:
        for result in finished:
            for line in result.unreadable:
                if strict:
                    raise PixelError(line)
                report(line)
            for line in result.warnings:
                warn(line)
            results[result.shard.path] = result
            done += len(result.shard.records)
            watch("prepare: images", done, total)
    return [results[shard.path] for shard in shards]


def write_shard(shard: Shard, wanted: Path | None = None) -> ShardResult:
    """Writes one shard, with one image in memory at a time.

    Args:
        shard: the file.
        wanted: a file; once it is removed, the shard is not wanted any more.

    Raises:
        CancelledError: `wanted` was removed; the current image is written, but no further one.
        OSError: as `write_shards`.
    """
    result = ShardResult(shard)
    writer = tfds.core.ExampleWriter(shard.file_format)
    try:
        writer.write(shard.path, _serialise(shard, result, wanted))
    except RuntimeError as error:
        _raise_os_error(error, shard.path)
        raise
    return result


def _serialise(
    shard: Shard, result: ShardResult, wanted: Path | None
) -> Iterator[tuple[str, bytes]]:
    """TFDS's (key, record) of each readable image; adds every image to `result`."""
    features = feature_spec()
    serializer = tfds.core.ExampleSerializer(features.get_serialized_info())
    for record in shard.records:
        if wanted and not wanted.exists():
            raise CancelledError(f"{shard.path} is not wanted any more: {wanted} was removed")
        try:
            pixels = read_pixels(record.path, shard.window, result.warnings.append)
        except PixelError as error:
            result.unreadable.append(str(error))
            continue
        encoded = features.encode_example(make_example(record, pixels, shard.sick))
        example = serializer.get_tf_example(encoded)
        # The features of an example are a map, whose order otherwise differs between processes.
        yield record.image_id, example.SerializeToString(deterministic=True)
        rows, columns = pixels.shape
        result.written.append(WrittenImage(record, rows, columns, pixels_sha256(pixels)))


def _write_all(shards: Sequence[Shard], workers: int) -> Generator[ShardResult]:
    """The results as they are finished; one worker is this process itself."""
    workers = min(workers, len(shards))
    if workers == 1:
        yield from map(write_shard, shards)
        return
    # Not forked: a fork of a process with threads, such as TensorFlow's, may hang.
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.NamedTemporaryFile(dir=shards[0].path.parent, prefix=".wanted-") as wanted,
        ProcessPoolExecutor(workers, context, initializer=_start_worker) as pool,
    ):
        try:
            futures = [pool.submit(write_shard, shard, Path(wanted.name)) for shard in shards]
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            wanted.close()  # removes it: otherwise each process would finish its shard
            pool.shutdown(cancel_futures=True)
            raise


def _start_worker() -> None:
    """Has a worker ignore Ctrl-C, to which its parent responds, and exit when its parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    # A killed parent cannot stop its workers; they would wait for work forever.
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _raise_os_error(error: RuntimeError, path: Path) -> None:
    """Raises OSError where array_record's error is one of the disk, which it has only as text."""
    for number in _DISK_ERRORS:
        if os.strerror(number) in str(error):
            raise OSError(number, os.strerror(number), str(path)) from error
