"""Work for child processes that ends them, or tries to; children import it by its name."""

import ctypes
import functools
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mammo_tfds.pixels.children import Tell

if TYPE_CHECKING:  # slow to import, in each child
    from jobs.data.inspection import Inspection
    from mammo_tfds.inbreast.shards import Shard, ShardResult

SECONDS = 2
"""What a decoder gets here before it is killed; the parent, which says why, has the usual 120."""

REASONS = {
    "abort": "the decoder crashes on it (SIGABRT)",
    "crash": "the decoder crashes on it (SIGSEGV)",
    "hang": "decoding must take at most 120 s, and takes longer",
    "blow up": "its image takes more memory than there is",
}
"""What a broken decoder may do, and what is said about the image."""


def meet(fate: str) -> Any:
    """Does what a broken decoder may do."""
    if fate == "abort":
        os.abort()
    if fate == "crash":
        ctypes.string_at(0)
    if fate == "hang":
        ctypes.PyDLL(None).pause()  # PyDLL: no other thread can run meanwhile
    if fate == "blow up":
        return np.ones(2**36, np.uint8)
    if fate == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    return fate


def work(task: str, tell: Tell) -> object:
    """Tells what it does, and does it."""
    tell(f"doing {task}")
    if task == "pid":
        return os.getpid()
    if task == "error":
        raise ValueError("a task that fails")
    return meet(task)


def write_shard(shard: "Shard", tell: Tell, fates: dict[str, str]) -> "ShardResult":
    """`shards.write_shard` with a decoder that meets a fate at some images, by their file names."""
    from mammo_tfds.inbreast import shards

    _doom(shards, shards, fates)
    return shards.write_shard(shard, tell)


def inspect_image(
    path: Path, tell: Tell, *, fates: dict[str, str], **settings: Any
) -> "Inspection":
    """`inspection.inspect_image`, in the same way."""
    from jobs.data import inspection
    from mammo_tfds.pixels import limits, read

    _doom(read, limits, fates)
    return inspection.inspect_image(path, tell, **settings)


def _doom(reading: Any, limiting: Any, fates: dict[str, str]) -> None:
    """Replaces `read_pixels` and `limit_decoding` in the modules that they are taken from."""
    from mammo_tfds.pixels import read

    read_pixels = reading.read_pixels

    def read_or_die(path: Path, *settings: Any) -> np.ndarray:
        with read._name_file(path):
            meet(fates.get(path.name, ""))
        return read_pixels(path, *settings)

    reading.read_pixels = read_or_die
    limiting.limit_decoding = functools.partial(limiting.limit_decoding, seconds=SECONDS)


def run_here(
    work: Callable[[Any, Tell], Any], tasks: deque[Any], workers: int
) -> Iterator[tuple[Any, Any]]:
    """`run_tasks` without children, which take seconds to start."""
    while tasks:
        task = tasks.popleft()
        yield task, work(task, lambda what: None)
