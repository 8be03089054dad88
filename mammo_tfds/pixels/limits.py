"""What decoding one image may take, in a child process that may die of it."""

import errno
import re
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mammo_tfds.pixels.children import Death

MEMORY = 1536 * 2**20
"""Bytes beyond what the process has; a film of 115 million samples, as JPEG 2000, takes 1 GiB."""

SECONDS = 120
"""Until the process is killed; an image takes well below a second, but a volume may be slow."""


@contextmanager
def limit_decoding(memory: int = MEMORY, seconds: float = SECONDS) -> Iterator[None]:
    """Within it, this process cannot take more memory, and is killed when the time is over.

    Only for a child process: memory that a codec does not get is a MemoryError, or its crash.

    Args:
        memory: in bytes, beyond what this process has already.
        seconds: wall-clock time until SIGALRM.
    """
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_data_size() + memory, before[1]))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_DATA, before)


def explain_death(path: Path, death: Death, seconds: float = SECONDS) -> str:
    """The one line for an image that a child has died of.

    Raises:
        OSError: it was killed from outside, as the machine's or the container's memory was full.
    """
    if death.exitcode == -signal.SIGKILL:
        raise OSError(errno.ENOMEM, "killed from outside while it was decoded", str(path))
    if death.exitcode == -signal.SIGALRM:
        return (
            f"{path.name}: decoding must take at most {seconds:g} s, and takes longer: "
            "decompress it with another tool (dcmdjpeg, gdcmconv), or leave it out"
        )
    return (
        f"{path.name}: the decoder crashes on it ({death.cause}): copy the file again, decompress "
        "it with another tool (dcmdjpeg, gdcmconv), or leave it out"
    )


def _data_size() -> int:
    """Bytes that RLIMIT_DATA counts: all private writable memory of this process."""
    found = re.search(r"VmData:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found  # proc(5)
    return int(found[1]) * 1024
