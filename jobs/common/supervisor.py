"""SIGTERM stops the stage wherever it is; if that fails, its parent process kills it.

A signal handler's exception is raised only between two steps of Python code. A call into a library
may take minutes (TensorFlow, waiting for its peers, does not even let another thread run), and a
library that calls back into Python may lose the exception. So `mammo` is two processes: a worker,
and its supervisor, which imports nothing slow and always handles its signals. The worker may be
killed at any moment, because whatever it has published or kept is complete.
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
PEER_LOST = "a peer is gone or too slow; run the same command on all of them to resume"
_SECONDS = 15  # until a worker that has not stopped is killed; Kubernetes kills after 30
_ORPHAN_SECONDS = 4  # that a killed worker's own processes may take to keep their work
_REST_SECONDS = 1  # the same, of a worker that ended by itself: they have no work left
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
_stop_requested = False
_cleanups: list[Callable[[], object]] = []


def stop_requested() -> bool:
    """Whether SIGTERM has come since `stop_on_sigterm` was last entered."""
    return _stop_requested


@contextlib.contextmanager
def stop_on_sigterm() -> Iterator[None]:
    """Within it, the first SIGTERM raises StoppedError in the main thread; others are ignored."""
    global _stop_requested
    _stop_requested = False
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def on_stop(clean_up: Callable[[], object]) -> None:
    """Registers what `exit_stopped` calls, as it skips what Python does at a process's exit."""
    _cleanups.append(clean_up)


def exit_stopped() -> NoReturn:
    """Exits with 75 at once, whatever the threads of libraries are doing."""
    for clean_up in _cleanups:
        clean_up()
    os._exit(ExitCode.STOPPED)


def silence_resource_tracker() -> None:
    """Has Python's resource tracker not warn about what it removes after a stopped process."""
    given = os.environ.get("PYTHONWARNINGS")
    quiet = "ignore:resource_tracker:UserWarning"
    os.environ["PYTHONWARNINGS"] = f"{given},{quiet}" if given else quiet


def supervise(seconds: int = _SECONDS) -> None:
    """Forks a worker and returns in it. The parent passes SIGTERM on and exits as the worker does.

    Call it before anything else: to the first process of a container the kernel delivers SIGTERM
    only once there is a handler. If the worker has to be killed, the exit code is 75. When the
    parent exits, all processes that the worker has started have ended.

    Args:
        seconds: from a SIGTERM until a worker that has not stopped is killed.
    """
    worker = 0

    def pass_on(signum: int, frame: FrameType | None) -> None:
        global _stop_requested
        if not worker:
            os._exit(ExitCode.STOPPED)
        if not _stop_requested:
            _stop_requested = True
            signal.alarm(seconds)
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                os.kill(worker, signal.SIGTERM)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(worker, signal.SIGKILL))
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    supervisor = os.getpid()
    others = _children()  # started by a shell that then became this process (exec)
    worker = os.fork()
    if worker:
        _wait(worker, others)
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    # The worker does not outlive its supervisor.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:
        os._exit(ExitCode.STOPPED)


def _wait(worker: int, others: set[int]) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C also reaches the worker, which reports it
    code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    signal.alarm(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _end_all_but(others, _ORPHAN_SECONDS if code < 0 else _REST_SECONDS)
    if code < 0 and _stop_requested:
        _end(STOPPED)
    if code == -signal.SIGALRM:  # set before a library's wait for peers
        _end(PEER_LOST)
    os._exit(code if code >= 0 else 128 - code)  # as a shell reports what a signal has ended


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
    """The pids of this process's children, adopted orphans included; empty without /proc."""
    try:
        text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()  # proc(5)
    except OSError:
        return set()
    return {int(child) for child in text.split()}


def _end(message: str) -> NoReturn:
    os.write(2, f"mammo: {message}\n".encode())
    os._exit(ExitCode.STOPPED)


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    global _stop_requested
    _stop_requested = True
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would interrupt the cleaning up
    raise StoppedError(STOPPED)
