"""Makes a phantom release: an INbreast-shaped release of synthetic mammograms."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from mammo_tfds.phantom import write
from mammo_tfds.phantom.population import Exposure, make_population
from mammo_tfds.phantom.randomness import rng
from mammo_tfds.phantom.render import render

Watch = Callable[[str, int, int], None]
"""Called with (what is being done, number done, total)."""

_MIN_ROWS = 128  # below, lesions are only a few pixels wide
_MIN_ASPECT = 0.7  # columns per row: below, a large breast does not fit
_README = "README.txt"
_MISCOUNTED = 0.03  # share of the contour files with a wrong NumberOfPoints, as in INbreast


def make_release(
    folder: Path,
    *,
    seed: int,
    patients: int,
    size: tuple[int, int],
    watch: Watch | None = None,
    threads: int | None = None,
) -> None:
    """Writes an INbreast-shaped release into a folder, and its README.txt last.

    The same arguments give the same bytes, for any number of threads. The first patients are the
    same for any number of patients.

    Args:
        folder: new or empty.
        seed: another seed gives other patients and images.
        patients: how many; 108 as in INbreast, or any other number with the same proportions.
        size: rows and columns of every image.
        watch: called after each image.
        threads: how many; by default one per core that this process may use.

    Raises:
        FileExistsError: the folder is not empty, or is a file.
        ValueError: an argument is out of its range.
        OSError: a file cannot be written.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from mammo_tfds import make_release
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     make_release(Path(folder), seed=20, patients=1, size=(128, 104))
        ...     sorted(path.name for path in Path(folder).glob("[A-Z]*"))
        ['AllDICOMs', 'AllXML', 'INbreast.csv', 'README.txt']
    """
    _require_size(size)
    exposures = make_population(seed, patients)
    require_empty(folder)
    for name in ("AllDICOMs", "AllXML"):
        (folder / name).mkdir(parents=True)
    _write_images(folder, seed, exposures, size, watch, threads)
    write.write_junk(folder, exposures)
    (folder / "INbreast.csv").write_bytes(write.make_table(exposures))
    (folder / _README).write_bytes(write.make_readme(seed, patients, len(exposures), size))


def require_empty(folder: Path) -> None:
    """Raises FileExistsError unless the folder is empty or does not exist.

    Examples:
        >>> from pathlib import Path
        >>> from mammo_tfds.phantom import require_empty
        >>> require_empty(Path("no", "such", "folder"))
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise FileExistsError(
            f"{folder} exists and is not an empty folder; give a folder that is new or empty"
        )


def is_made(folder: Path, *, seed: int, patients: int, size: tuple[int, int]) -> bool:
    """Whether a folder holds the release that `make_release` makes with these arguments.

    Only its README.txt is read, which is written last and names the arguments.

    Raises:
        ValueError: an argument is out of its range.

    Examples:
        >>> from pathlib import Path
        >>> from mammo_tfds.phantom import is_made
        >>> is_made(Path("no", "such", "folder"), seed=20, patients=1, size=(128, 104))
        False
    """
    _require_size(size)
    wanted = write.make_readme(seed, patients, len(make_population(seed, patients)), size)
    readme = folder / _README
    return readme.is_file() and readme.read_bytes() == wanted


def _require_size(size: tuple[int, int]) -> None:
    rows, cols = size
    if rows < _MIN_ROWS or not _MIN_ASPECT * rows <= cols <= rows:
        raise ValueError(
            f"size must have at least {_MIN_ROWS} rows, and {_MIN_ASPECT} to 1 columns per row; "
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
    # Threads suffice: NumPy and SciPy release the GIL in the slow parts.
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
    path.write_bytes(write.make_dicom(exposure, picture.pixels))
    if picture.contours:
        miscount = rng(seed, "miscount", exposure.image_id).uniform() < _MISCOUNTED
        content = write.make_contour_file(picture, miscount)
        (folder / "AllXML" / f"{exposure.image_id}.xml").write_bytes(content)
