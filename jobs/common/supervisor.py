"""SIGTERM stops a stage wherever it is; if that fails, its parent process kills it.

Python raises an exception only between two steps of Python code. A library's call may take minutes
(TensorFlow, while it waits for its peers, does not even let another thread run), and one that calls
back into Python may swallow the exception. So `mammo` is two processes: one that works, and its
parent, which waits for it, imports nothing slow, and always reacts. What is published or saved is
complete at any moment, so the process may end at any moment.
"""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from jobs.common.errors import ExitCode, StoppedError

STOPPED = "stopped by SIGTERM; run the same command to resume"
PEER_LOST = "another worker is gone, or too slow; run the same command on all of them to resume"
_SECONDS = 15  # of 20 that a stop may take; Kubernetes kills after 30
_ORPHAN_SECONDS = 4  # for a killed worker's processes, which may be saving their work
_REST_SECONDS = 1  # for those of a worker that ended by itself: they have nothing to save
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
_asked = False
_clearings: list[Callable[[], object]] = []


def stop_requested() -> bool:
    """Whether a SIGTERM has come since `stop_on_sigterm` was last entered."""
    return _asked


@contextlib.contextmanager
def stop_on_sigterm() -> Iterator[None]:
    """Within it the first SIGTERM raises StoppedError in the main thread; any other is ignored."""
    global _asked
    _asked = False
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def on_stop(clear: Callable[[], object]) -> None:
    """Registers `clear`, to be called when this process is stopped: it skips Python's own exit."""
    _clearings.append(clear)


def exit_stopped() -> NoReturn:
    """Ends this process with 75 at once, whatever the threads of libraries are doing."""
    for clear in _clearings:
        clear()
    os._exit(ExitCode.STOPPED)


def silence_resource_tracker() -> None:
    """Lets Python's resource tracker clean up after a stopped process without a warning."""
    given = os.environ.get("PYTHONWARNINGS")
    quiet = "ignore:resource_tracker:UserWarning"
    os.environ["PYTHONWARNINGS"] = f"{given},{quiet}" if given else quiet


def supervise(seconds: int = _SECONDS) -> None:
    """Returns in a new process. This one passes SIGTERM on to it, and ends as it does.

    Call it before anything else: the kernel gives the first process of a container no SIGTERM
    before that has a handler. If the new process does not end within `seconds` of a SIGTERM, it is
    killed, and this one ends with 75. It ends after all processes that the new one has started.
    """
    worker = 0

    def pass_on(signum: int, frame: FrameType | None) -> None:
        global _asked
        if not worker:
            os._exit(ExitCode.STOPPED)
        if not _asked:
            _asked = True
            signal.alarm(seconds)
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                os.kill(worker, signal.SIGTERM)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(worker, signal.SIGKILL))
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    supervisor = os.getpid()
    others = _children()  # of a shell that has become this process
    worker = os.fork()
    if worker:
        _wait(worker, others)
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # it does not outlive this one
    if os.getppid() != supervisor:
        os._exit(ExitCode.STOPPED)


def _wait(worker: int, others: set[int]) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the worker, too, which answers
    code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    signal.alarm(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _end_all_but(others, _ORPHAN_SECONDS if code < 0 else _REST_SECONDS)
    if code < 0 and _asked:
        _end(STOPPED)
    if code == -signal.SIGALRM:  # set by a stage before a library waits for its peers
        _end(PEER_LOST)
    os._exit(code if code >= 0 else 128 - code)  # a shell's exit code for a signal


def _end_all_but(others: set[int], seconds: float) -> None:
    """Waits for the processes that the worker has left behind; kills those that take too long."""
    begun = time.monotonic()
    while left := _children() - others:
        for child in left:
            os.waitpid(child, os.WNOHANG)
        if time.monotonic() > begun + seconds + 0.5:
            return  # not even SIGKILL has ended it
        if time.monotonic() > begun + seconds:
            for child in left & _children():
                os.kill(child, signal.SIGKILL)
        time.sleep(0.01)


def _children() -> set[int]:
    """This process's children, adopted ones included; none if the kernel does not list them."""
    try:
        text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()  # proc(5)
    except OSError:
        return set()
    return {int(child) for child in text.split()}


def _end(message: str) -> NoReturn:
    os.write(2, f"mammo: {message}\n".encode())
    os._exit(ExitCode.STOPPED)


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    global _asked
    _asked = True
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # another would interrupt the clearing up
    raise StoppedError(STOPPED)
