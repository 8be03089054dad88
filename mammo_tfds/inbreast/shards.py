"""Records -> record files, a file of a few images at a time, on all cores.

TFDS's own writer shuffles a split in memory (up to 1 GB, then through TensorFlow's files), on one
core. Here a process reads, serialises and writes one image after another, so the memory needed is
that of a few images, and no image travels between processes.
"""

import contextlib
import errno
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path

import tensorflow_datasets.public_api as tfds

from mammo_tfds.inbreast.features import make_example, make_features
from mammo_tfds.inbreast.tables import Image
from mammo_tfds.pixels.read import PixelError, pixels_sha256, read_pixels
from mammo_tfds.release.release import Record

# Of INbreast's images about 85 MB; enough files for many cores, and few enough to look at.
IMAGES_A_SHARD = 16
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES)


def _going_on() -> bool:
    return False


_given_up: Callable[[], bool] = _going_on
"""Whether what this process writes is not wanted any more; a worker's asks its parent."""

Watch = Callable[[str, int, int], None]
"""Called with (what is being done, how many are done, of how many)."""

Report = Callable[[str], None]
"""Called with a line for each image that is left out, as it cannot be read."""


@dataclass(frozen=True)
class Shard:
    """A file to write: its images, in order, and what TFDS calls its format."""

    path: Path
    split: str
    records: tuple[Record, ...]
    sick: tuple[int, ...]
    file_format: tfds.core.FileFormat


@dataclass(frozen=True)
class Written:
    """What was written of one record; `pixels_sha256` as in images.csv."""

    record: Record
    rows: int
    columns: int
    pixels_sha256: str

    def listed(self, split: str, index: int) -> Image:
        """Its row in images.csv."""
        record = self.record
        return Image(
            image_id=record.image_id,
            patient=record.patient,
            side=record.side,
            view=record.view,
            birads=record.birads,
            density=record.density,
            split=split,
            index=index,
            rows=self.rows,
            columns=self.columns,
            pixels_sha256=self.pixels_sha256,
        )


@dataclass
class Result:
    """What became of a shard's records: written, in order, or a line on why it is unreadable."""

    shard: Shard
    written: list[Written] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def write_shards(
    shards: Sequence[Shard], workers: int, watch: Watch, report: Report, strict: bool
) -> list[Result]:
    """Writes all shards; their results come in their order.

    Args:
        shards: the files.
        workers: how many processes.
        watch: see Watch.
        report: see Report.
        strict: whether an image that cannot be read is an error.

    Raises:
        PixelError: with `strict`, for the first image found that cannot be read.
        OSError: a file cannot be opened, or the disk is full.
    """
    total = sum(len(shard.records) for shard in shards)
    done, results = 0, {}
    watch("prepare: images", 0, total)
    # Closed at once, so that after an error no process goes on.
    with contextlib.closing(_run(shards, workers)) as finished:
        for result in finished:
            for line in result.unreadable:
                if strict:
                    raise PixelError(line)
                report(line)
            results[result.shard.path] = result
            done += len(result.shard.records)
            watch("prepare: images", done, total)
    return [results[shard.path] for shard in shards]


def write_shard(shard: Shard) -> Result:
    """Writes one shard, holding one image at a time.

    Raises:
        OSError: as `write_shards`.
    """
    result = Result(shard)
    writer = tfds.core.ExampleWriter(shard.file_format)
    try:
        writer.write(shard.path, _serialised(shard, result))
    except RuntimeError as error:
        _raise_os_error(error, shard.path)
        raise
    return result


def _serialised(shard: Shard, result: Result) -> Iterator[tuple[str, bytes]]:
    """TFDS's (key, record) of each image that can be read; notes all of them in `result`."""
    features = make_features()
    serializer = tfds.core.ExampleSerializer(features.get_serialized_info())
    for record in shard.records:
        if _given_up():
            return
        try:
            pixels = read_pixels(record.path)
        except PixelError as error:
            result.unreadable.append(str(error))
            continue
        encoded = features.encode_example(make_example(record, pixels, shard.sick))
        example = serializer.get_tf_example(encoded)
        # An example's features are a map, which otherwise has another order in each process.
        yield record.image_id, example.SerializeToString(deterministic=True)
        rows, columns = pixels.shape
        result.written.append(Written(record, rows, columns, pixels_sha256(pixels)))


def _run(shards: Sequence[Shard], workers: int) -> Generator[Result]:
    """The results as they come; in this process where another would not help."""
    workers = min(workers, len(shards))
    if workers == 1:
        yield from map(write_shard, shards)
        return
    # Spawned: a fork of a process with threads, as TensorFlow has, may hang.
    context = multiprocessing.get_context("spawn")
    give_up = context.Event()
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(give_up,)) as pool:
        try:
            for future in as_completed([pool.submit(write_shard, shard) for shard in shards]):
                yield future.result()
        except BaseException:
            give_up.set()  # or each process would go on to its shard's end
            pool.shutdown(cancel_futures=True)
            raise


def _begin(give_up: Event) -> None:
    """In a worker: the parent alone answers to Ctrl-C, and the worker does not outlive it."""
    global _given_up
    _given_up = give_up.is_set
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A killed parent cannot tell its workers, and they would wait for work for ever.
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _raise_os_error(error: RuntimeError, path: Path) -> None:
    """array_record tells of the disk in words alone: gives them their number back."""
    for number in _DISK_ERRORS:
        if os.strerror(number) in str(error):
            raise OSError(number, os.strerror(number), str(path)) from error
