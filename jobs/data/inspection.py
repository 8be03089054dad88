"""Opens every image of a release, in several processes, and adds the problems that this shows."""

import contextlib
import dataclasses
import functools
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.common.progress import Watch
from jobs.common.resources import thread_count
from mammo_tfds.pixels.children import Death, Tell, run_tasks
from mammo_tfds.pixels.types import Window
from mammo_tfds.release.contours import count_outside
from mammo_tfds.release.problems import ProblemLog
from mammo_tfds.release.release import Record, Release, read_release


@dataclass(frozen=True)
class Inspection:
    """What was found in one image file.

    Attributes:
        size: (rows, columns); None where it could not be read.
        pixels_sha256: the hash of its pixels; None where they were not read.
        error: why it is not a mammogram; None where it is.
        warnings: what is wrong with it, and does not prevent that it is read.
    """

    size: tuple[int, int] | None = None
    pixels_sha256: str | None = None
    error: str | None = None
    warnings: tuple[str, ...] = ()


def inspect_release(
    folder: Path, decode: bool, watch: Watch, window: Window = "first"
) -> tuple[Release, list[Inspection]]:
    """A release with all of its problems, and what was found in each of its images.

    Args:
        folder: the release.
        decode: whether to read the pixels, or the headers only.
        watch: called with the number of images that have been read.
        window: which VOI LUT or window of an image is applied.
    """
    release = read_release(folder)
    inspections = inspect_images(release.records, decode, watch, window)
    return add_image_problems(release, inspections), inspections


def inspect_images(
    records: Sequence[Record], decode: bool, watch: Watch, window: Window = "first"
) -> list[Inspection]:
    """Inspects the image of each record, on all cores.

    Args:
        records: a release's.
        decode: whether to read the pixels, or the headers only.
        watch: called with the number of images that have been read.
        window: which VOI LUT or window of an image is applied.
    """
    paths = deque(record.path for record in records)
    inspect = functools.partial(inspect_image, decode=decode, window=window)
    found: dict[Path, Inspection] = {}
    with contextlib.closing(run_tasks(inspect, paths, thread_count())) as finished:
        for path, result in finished:
            found[path] = _explain(path, result) if isinstance(result, Death) else result
            watch("reading images", len(found), len(records))
    return [found[record.path] for record in records]


def _explain(path: Path, death: Death) -> Inspection:
    from mammo_tfds.pixels.limits import explain_death

    return Inspection(error=explain_death(path, death).removeprefix(f"{path.name}: "))


def inspect_image(path: Path, tell: Tell, decode: bool, window: Window = "first") -> Inspection:
    """Decodes an image, or reads its header only; a blank or damaged one has an error.

    Only for a child process, as it may die of the image.
    """
    from mammo_tfds.pixels.limits import limit_decoding
    from mammo_tfds.pixels.read import PixelError, image_size, pixels_sha256, read_pixels

    def warn(line: str) -> None:
        warnings.append(_unnamed(path, line))

    warnings: list[str] = []
    size = digest = error = None
    try:
        with limit_decoding():
            if decode:
                pixels = read_pixels(path, window, warn)
                size, digest = (pixels.shape[0], pixels.shape[1]), pixels_sha256(pixels)
            else:
                size = image_size(path)
    except PixelError as fault:
        error = _unnamed(path, str(fault))
    except OSError as fault:
        error = f"cannot be read: {fault.strerror or fault}"
    return Inspection(size, digest, error, tuple(warnings))


def _unnamed(path: Path, line: str) -> str:
    return line.removeprefix(f"{path.name}: ")


def add_image_problems(release: Release, inspections: Iterable[Inspection]) -> Release:
    """A copy of the release with the problems that only its images show.

    Args:
        release: as it was read.
        inspections: one for each record, in their order.
    """
    log = ProblemLog(release.folder, list(release.problems))
    first_with: dict[str, Record] = {}
    for record, inspection in zip(release.records, inspections, strict=True):
        for line in inspection.warnings:
            log.warning(record.path, line)
        if inspection.error:
            log.fatal(record.path, inspection.error)
        elif inspection.size:
            _check_contours(release, record, inspection.size, log)
        if inspection.pixels_sha256:
            first = first_with.setdefault(inspection.pixels_sha256, record)
            if first is not record:
                _note_duplicate(record, first, log)
    return dataclasses.replace(release, problems=log.sorted_problems())


def _check_contours(
    release: Release, record: Record, size: tuple[int, int], log: ProblemLog
) -> None:
    if count := count_outside(record.contours, size):
        log.warning(
            release.contour_files[record.image_id],
            f"{count} of {len(record.contours)} contours reach outside the image "
            f"({size[0]} x {size[1]}); what is outside is cut off",
        )


def _note_duplicate(record: Record, first: Record, log: ProblemLog) -> None:
    """Notes that an image has the pixels of an earlier one.

    Of one patient that is harmless; two patients may be in two splits, which then share an image.
    """
    same = f"has the same pixels as {log.relative_name(first.path)}"
    if first.patient == record.patient:
        log.warning(record.path, f"{same} and counts twice; leave one of them out")
    else:
        log.fatal(record.path, f"{same}, of another patient; leave one of them out")
