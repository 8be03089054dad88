"""Images read one after the other by a child process, which may die of one."""

import contextlib
import functools
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from jobs.common.types import Array
from mammo_tfds.pixels.children import Death, Tell, run_tasks
from mammo_tfds.pixels.limits import explain_death, limit_decoding
from mammo_tfds.pixels.read import PixelError, read_pixels
from mammo_tfds.pixels.types import Window

T = TypeVar("T")


@dataclass(frozen=True)
class ReadImage:
    """A file that was read.

    Attributes:
        pixels: (H, W) uint16, larger is brighter; None where it is no mammogram.
        problem: why, in a line, with the file's name; "" where there are pixels.
        warnings: lines on what is wrong with it.
    """

    pixels: Array | None
    problem: str = ""
    warnings: tuple[str, ...] = ()


def read_images(files: Iterable[tuple[T, Path]], window: Window) -> Iterator[tuple[T, ReadImage]]:
    """The images in the files' order, each with what it came with.

    Args:
        files: DICOM files; the next one is asked for when the last was read.
        window: which of a file's VOI LUTs and windows; see `mammo_tfds.pixels.types.Window`.

    Raises:
        OSError: a file cannot be opened.
    """
    tasks: deque[Path] = deque()
    work = functools.partial(_read, window=window)
    with contextlib.closing(run_tasks(work, tasks, workers=1)) as finished:
        for item, path in files:
            tasks.append(path)  # a generator that waits for its reader takes more tasks
            _, result = next(finished)
            if isinstance(result, Death):
                result = ReadImage(None, explain_death(path, result))
            yield item, result


def _read(path: Path, tell: Tell, window: Window) -> ReadImage:
    tell(path)
    warnings: list[str] = []
    try:
        with limit_decoding():
            pixels = read_pixels(path, window, warnings.append)
    except PixelError as error:
        return ReadImage(None, str(error), tuple(warnings))
    return ReadImage(pixels, "", tuple(warnings))
