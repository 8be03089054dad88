"""Makes a release: every image in its own thread's time."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from mammo_tfds.phantom import write
from mammo_tfds.phantom.population import Exposure, population
from mammo_tfds.phantom.randomness import rng
from mammo_tfds.phantom.render import render

Watch = Callable[[str, int, int], None]

_SMALLEST = 128  # rows: below, a lesion is smaller than a few pixels
_NARROWEST = 0.7  # columns a row: below, a large breast does not fit
_README = "README.txt"  # it names the arguments
_MISCOUNTED = 0.03  # of the contour files


def make_release(
    folder: Path,
    *,
    seed: int,
    patients: int,
    size: tuple[int, int],
    watch: Watch | None = None,
    threads: int | None = None,
) -> None:
    """Writes an INbreast-shaped release into a folder, and its README last of all.

    The same arguments make the same bytes, whatever the threads; the first patients are the same
    whatever their number.

    Args:
        folder: one that is not there yet, or an empty one.
        size: rows and columns of every image.
        watch: told (what, done, total) after each image.
        threads: all cores that this process may use, unless told.

    Raises:
        FileExistsError: there is something in the folder, or it is a file.
        ValueError: an argument is out of its range.
    """
    _check(size)
    exposures = population(seed, patients)
    require_empty(folder)
    for name in ("AllDICOMs", "AllXML"):
        (folder / name).mkdir(parents=True)
    _write_images(folder, seed, exposures, size, watch, threads)
    write.write_junk(folder, exposures)
    (folder / "INbreast.csv").write_bytes(write.table(exposures))
    (folder / _README).write_bytes(write.readme(seed, patients, len(exposures), size))


def require_empty(folder: Path) -> None:
    """Raises FileExistsError unless the folder is empty, or not there yet."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise FileExistsError(f"{folder} is there already; name a folder that is new or empty")


def is_made(out: Path, *, seed: int, patients: int, size: tuple[int, int]) -> bool:
    """Whether `out` is the release that `make_release` makes of these arguments.

    Raises:
        ValueError: an argument is out of its range.
    """
    _check(size)
    wanted = write.readme(seed, patients, len(population(seed, patients)), size)
    readme = out / _README
    return readme.is_file() and readme.read_bytes() == wanted


def _check(size: tuple[int, int]) -> None:
    rows, cols = size
    if rows < _SMALLEST or not _NARROWEST * rows <= cols <= rows:
        raise ValueError(
            f"size must have at least {_SMALLEST} rows, and {_NARROWEST} to 1 columns a row; "
            f"got {rows}x{cols}"
        )


def _write_images(
    folder: Path,
    seed: int,
    exposures: list[Exposure],
    size: tuple[int, int],
    watch: Watch | None,
    threads: int | None,
) -> None:
    # Threads, as NumPy and SciPy let go of the interpreter lock where the time is spent.
    pool = ThreadPoolExecutor(threads or len(os.sched_getaffinity(0)))
    try:
        jobs = [pool.submit(_write_image, folder, seed, each, size) for each in exposures]
        for done, job in enumerate(as_completed(jobs), start=1):
            job.result()
            if watch:
                watch("phantom", done, len(jobs))
    finally:
        pool.shutdown(cancel_futures=True)


def _write_image(folder: Path, seed: int, exposure: Exposure, size: tuple[int, int]) -> None:
    picture = render(seed, exposure, size)
    path = folder / "AllDICOMs" / write.dicom_name(exposure)
    path.write_bytes(write.dicom(exposure, picture.pixels))
    if picture.contours:
        miscount = rng(seed, "miscount", exposure.image_id).uniform() < _MISCOUNTED
        content = write.contour_file(picture, miscount)
        (folder / "AllXML" / f"{exposure.image_id}.xml").write_bytes(content)
