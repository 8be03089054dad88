"""Runs a study's steps in processes forked from one that has imported what they need."""

import contextlib
import functools
import gc
import multiprocessing
import multiprocessing.util
import os
import shutil
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import Any

from jobs.common import resources
from jobs.common.errors import CannotCreateError, PeerError, StoppedError
from jobs.common.progress import Watch
from jobs.common.supervisor import on_stop, stop_on_sigterm
from jobs.local.manifests.pod import Step

Call = Callable[[Step, Watch], Any]


@dataclass(frozen=True)
class StepResult:
    """How a step ended: with what the call returned, or with the error that it raised."""

    step: Step
    result: Any = None
    error: BaseException | None = None


class ProcessPool(contextlib.AbstractContextManager["ProcessPool"]):
    """Processes that call steps, one after another each.

    They are forked when they are first needed, from a process that has imported TensorFlow and DALI
    and not run them: once they run, a fork breaks them.

    A context: when it ends, its processes have ended. If it ends by an error, SIGTERM and Ctrl-C
    included, its processes are sent SIGTERM, on which a stage keeps its work.
    """

    def __init__(self, size: int, preload: str) -> None:
        """Each of at most `size` processes uses its share of this machine's threads.

        `preload` is the module that is imported before they are forked, once in this process.
        """
        self.size, self._preload = size, preload
        self._threads = max(1, resources.thread_count() // size)
        self._processes: dict[Connection, BaseProcess] = {}

    def __exit__(self, *error: object) -> None:
        for connection, process in self._processes.items():
            if error[0] is not None:
                process.terminate()
            connection.close()
        for process in self._processes.values():
            process.join()

    def run(
        self, steps: Sequence[Step], call: Call, watch: Callable[[Step], Watch]
    ) -> Iterator[StepResult]:
        """Calls the steps, at most `size` of them at once; yields the outcome of each as it ends.

        Args:
            call: a function of a module, so that another process can import it.
            watch: called with each step that begins; the Watch that it returns is called with the
                step's progress, in this process.

        Raises:
            PeerError: the process that all others are forked from is gone.
        """
        waiting, free = list(reversed(steps)), list(self._processes)
        running: dict[Connection, tuple[Step, Watch]] = {}
        while waiting or running:
            while waiting and len(running) < self.size:
                step = waiting.pop()
                step_watch = watch(step)
                connection = free.pop() if free else self._spawn()
                running[connection] = step, step_watch
                with contextlib.suppress(ConnectionError):  # a lost process is found by `_receive`
                    connection.send((step, call))
            ready = wait(list(running))
            for connection in [each for each in running if each in ready]:
                message = self._receive(connection, running[connection][0])
                if isinstance(message, StepResult):
                    del running[connection]
                    free.append(connection)
                    yield message
                else:
                    running[connection][1](*message)

    def _spawn(self) -> Connection:
        """The connection to a new process."""
        ours, theirs = _forkserver(self._preload).Pipe()
        process = _forkserver(self._preload).Process(target=_serve, args=(theirs, self._threads))
        try:
            # Otherwise a new Python first looks for modules in the current folder.
            with resources.set_environment({"PYTHONSAFEPATH": "1"}):
                process.start()
        except (EOFError, ConnectionError) as error:
            raise PeerError(_lost_text("mammo study", -signal.SIGKILL)) from error
        except OSError as error:
            if error.errno is not None:
                raise
            raise CannotCreateError(
                f"{multiprocessing.util.get_temp_dir()} must be able to hold a socket ({error}): "
                "set TMPDIR to another folder, such as /tmp"
            ) from error
        theirs.close()  # otherwise our end would stay open when the process is gone
        self._processes[ours] = process
        return ours

    def _receive(self, connection: Connection, step: Step) -> Any:
        """A step's progress or its result, which is a PeerError if its process is gone."""
        try:
            return connection.recv()
        except (EOFError, ConnectionResetError):
            process = self._processes[connection]
            process.join()
            return StepResult(step, error=PeerError(_lost_text(step.name, process.exitcode)))


def _lost_text(name: str, code: int | None) -> str:
    how = "was killed" if code == -signal.SIGKILL else f"ended with code {code}"
    return (
        f"{name}: its process {how}, as the system does when memory runs out; all work so far is "
        "kept: free memory, then run the same command to resume"
    )


def _serve(pool: Connection, threads: int) -> None:
    """The main function of a process: calls one step after another, until the pool is gone."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.enable()
    resources.limit_threads(threads)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the study, which sends SIGTERM
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(StoppedError, EOFError, ConnectionError), stop_on_sigterm():
        while True:
            step, call = pool.recv()
            pool.send(_call(step, call, lambda *progress: pool.send(progress)))


def _call(step: Step, call: Call, watch: Watch) -> StepResult:
    try:
        return StepResult(step, result=call(step, watch))
    except BaseException as error:
        return StepResult(step, error=_make_portable(error))


def _make_portable(error: BaseException) -> BaseException:
    """An error that can be sent to another process, with its traceback as a note."""
    try:
        type(error)(*error.args)
    except Exception:  # its class takes other arguments: the error cannot be pickled
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note("".join(traceback.format_exception(error)))
    return error


@functools.cache
def _forkserver(preload: str) -> ForkServerContext:
    """Starts processes: forked from one that has imported the module `preload`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([preload])
    folder = multiprocessing.util.get_temp_dir()  # of its socket
    on_stop(lambda: shutil.rmtree(folder, ignore_errors=True))
    return context


def _end_with_parent() -> None:
    """Stops this process when the study's is gone, also after kill -9."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
