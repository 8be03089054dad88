"""SIGTERM: it stops the stage wherever it is, or ends the process where that is in vain.

Of this module's imports none is slow: to a container's first process, the kernel gives no SIGTERM
until there is a handler.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

from jobs.errors import ExitCode, StoppedError

STOPPED = "stopped by SIGTERM; the same command goes on from here"
_SECONDS = 15.0  # with what comes before and after, below 20; Kubernetes kills after 30
_asked = False


def asked() -> bool:
    """Whether a SIGTERM has come since `stoppable` was entered last."""
    return _asked


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Within it the first SIGTERM raises StoppedError in the main thread; any other is ignored."""
    global _asked
    _asked = False
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def end_if_deaf(seconds: float = _SECONDS) -> None:
    """Starts a thread that ends this process, exit 75, some seconds after a SIGTERM.

    An exception is raised between two steps of Python code alone: a library's long call delays it,
    and one that calls back into Python may lose it. Whatever is published or kept is whole at any
    moment, so that the end may come at any.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)  # the system writes there at once, whatever Python is doing
    threading.Thread(target=_end, args=(reader, seconds), daemon=True).start()


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    global _asked
    _asked = True
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # another would interrupt the clearing up
    raise StoppedError(STOPPED)


def _end(reader: int, seconds: float) -> None:
    while os.read(reader, 1) != bytes([signal.SIGTERM]):
        continue
    time.sleep(seconds)
    os.write(2, f"mammo: {STOPPED}\n".encode())
    os._exit(ExitCode.STOPPED)
