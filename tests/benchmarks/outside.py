"""How well a run's reference tells its own kind of images from others: figures of the warning.

    python -m tests.benchmarks.outside ROOT RUN [--of N] [NAME=FOLDER ...]

Nearness is measured on the run's test images, as they are and changed, and on N images of each
folder of DICOM files. A line a kind: the AUC against the unchanged test images, the share that is
called outside, the median distance, and where it is farthest.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pydicom

from jobs.artifacts.plan import carry_out
from jobs.artifacts.run import open_run
from jobs.common.progress import silent
from jobs.config.names import TEST
from jobs.data.dataset import open_dataset
from jobs.predict.reference import Distance
from jobs.predict.reference_plan import Familiarity, ReferenceSource, find_reference, plan_reference
from mammo_tfds.pixels.read import read_pixels
from mammo_tfds.pixels.tags import PixelError

CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "inverted": lambda pixels: pixels.max() - pixels,
    "left to right": lambda pixels: pixels[:, ::-1],
    "upside down": lambda pixels: pixels[::-1],
    "on its side": np.rot90,
    "noise": lambda pixels: np.random.default_rng(1).integers(0, 4096, pixels.shape),
    "squares of it moved": lambda pixels: _shuffled(pixels, 8),
}


def _shuffled(pixels: np.ndarray, parts: int) -> np.ndarray:
    rows = [np.array_split(row, parts, axis=1) for row in np.array_split(pixels, parts)]
    order = np.random.default_rng(1).permutation(parts)
    return np.concatenate([np.concatenate([row[i] for i in order], axis=1) for row in rows[::-1]])


def _files(folder: Path, count: int) -> Iterator[np.ndarray]:
    files = sorted(path for path in folder.rglob("*.dcm") if path.is_file())
    step = max(1, len(files) // count)
    for path in files[::step][:count]:
        try:
            pixels = _read(path)
        except Exception as error:  # files of scanners and of broken programs: all sorts
            print(f"  {path.name}: left out: {type(error).__name__}", flush=True)
            continue
        if pixels.ndim == 2 and min(pixels.shape) > 100 and pixels.max() > pixels.min():
            yield np.clip(pixels.astype(np.int64) - pixels.min(), 0, 65535)


def _read(path: Path) -> np.ndarray:
    """As mammo reads it; what it refuses, such as a page of text, as it is stored."""
    try:
        return read_pixels(path, "first", lambda line: None)
    except PixelError:
        return pydicom.dcmread(path, force=True).pixel_array


def _line(name: str, found: list[Distance], own: np.ndarray) -> None:
    values = np.array([each.value for each in found])
    above = (values[:, None] > own).mean() + (values[:, None] == own).mean() / 2
    depths = Counter(each.depth for each in found)
    print(
        f"{name:22} n {len(values):4}  AUC {above:.3f}  outside {np.mean(values >= 1):6.1%}  "
        f"median {np.median(values):8.2f}  {dict(depths)}",
        flush=True,
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("run")
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--of", type=int, default=100)
    options = parser.parse_intermixed_args()
    run = open_run(options.root, options.run)
    carry_out(plan_reference(run), silent)
    source = find_reference(run)
    assert isinstance(source, ReferenceSource)
    familiarity = Familiarity(run, source)
    dataset = open_dataset(options.root, run.study)
    images = [image for image in dataset.images if image.split == TEST]
    pixels = [dataset.pixels(image) for image in images[: options.of]]

    def measure(given: Iterable[np.ndarray]) -> list[Distance]:
        return [familiarity.distance(np.ascontiguousarray(each, np.uint16)) for each in given]

    found = measure(pixels)
    own = np.array([each.value for each in found])
    _line("test images", found, own)
    for name, change in CHANGES.items():
        _line(name, measure(map(change, pixels[:40])), own)
    for text in options.folders:
        name, _, folder = text.partition("=")
        _line(name, measure(_files(Path(folder), options.of)), own)


if __name__ == "__main__":
    main()
