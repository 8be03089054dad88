"""Steps of a study in processes of their own, which are forked from one that has imported all."""

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
    """What became of a step: what the call returned, or the error that it raised."""

    step: Step
    result: Any = None
    error: BaseException | None = None


class ProcessPool(contextlib.AbstractContextManager["ProcessPool"]):
    """Processes that call steps, one after another each.

    They are forked when they are first needed, from a process that has imported what they need and
    started none of it: TensorFlow and DALI outlive no fork once they run.

    A context: at its end its processes have ended. Where it ends by an error, SIGTERM and Ctrl-C
    included, those at work are sent SIGTERM, on which a stage keeps its work.
    """

    def __init__(self, size: int) -> None:
        """Each of at most `size` processes takes its share of this machine's threads."""
        self.size = size
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
        """Calls the steps, as many at once as there may be processes; yields each as it ends.

        Args:
            call: a function of a module, which a process can import.
            watch: of a step that begins: is told how far it is, in this process.

        Raises:
            PeerError: the process that all are forked from is gone.
        """
        waiting, free = list(reversed(steps)), list(self._processes)
        running: dict[Connection, tuple[Step, Watch]] = {}
        while waiting or running:
            while waiting and len(running) < self.size:
                step = waiting.pop()
                told = watch(step)
                connection = free.pop() if free else self._start_process()
                running[connection] = step, told
                with contextlib.suppress(ConnectionError):  # its process is gone: seen below
                    connection.send((step, call))
            ready = wait(list(running))
            for connection in [each for each in running if each in ready]:
                message = self._message(connection, running[connection][0])
                if isinstance(message, StepResult):
                    del running[connection]
                    free.append(connection)
                    yield message
                else:
                    running[connection][1](*message)

    def _start_process(self) -> Connection:
        """A new process."""
        ours, theirs = _forking().Pipe()
        process = _forking().Process(target=_serve, args=(theirs, self._threads))
        try:
            # Or a new Python would look for modules in the current folder first, and find others.
            with resources.set_environment({"PYTHONSAFEPATH": "1"}):
                process.start()
        except (EOFError, ConnectionError) as error:
            raise PeerError(_lost("mammo study", -signal.SIGKILL)) from error
        except OSError as error:
            if error.errno is not None:
                raise
            raise CannotCreateError(
                f"{multiprocessing.util.get_temp_dir()} must be a place for a socket ({error}): "
                "set TMPDIR to another folder, such as /tmp"
            ) from error
        theirs.close()  # so that ours ends with the process
        self._processes[ours] = process
        return ours

    def _message(self, connection: Connection, step: Step) -> Any:
        """How far a step is, or what became of it: also where its process is gone."""
        try:
            return connection.recv()
        except (EOFError, ConnectionResetError):
            process = self._processes[connection]
            process.join()
            return StepResult(step, error=PeerError(_lost(step.name, process.exitcode)))


def _lost(name: str, code: int | None) -> str:
    how = "was killed" if code == -signal.SIGKILL else f"ended by itself, with {code}"
    return (
        f"{name}: its process {how}, as the system does where memory runs out; all work so "
        "far is kept: free some, and the same command goes on from here"
    )


def _serve(pool: Connection, threads: int) -> None:
    """What a process of the pool does: one step after another, until the pool is gone."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.enable()
    resources.limit_threads(threads)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the study has it, too, and sends SIGTERM
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(StoppedError, EOFError, ConnectionError), stop_on_sigterm():
        while True:
            step, call = pool.recv()
            pool.send(_call(step, call, lambda *told: pool.send(told)))


def _call(step: Step, call: Call, watch: Watch) -> StepResult:
    try:
        return StepResult(step, result=call(step, watch))
    except BaseException as error:
        return StepResult(step, error=_portable(error))


def _portable(error: BaseException) -> BaseException:
    """An error that another process can make anew; its note says where it was raised here."""
    try:
        type(error)(*error.args)
    except Exception:  # it wants more than it keeps
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note("".join(traceback.format_exception(error)))
    return error


@functools.cache
def _forking() -> ForkServerContext:
    """How processes are begun: forked from one that has imported `jobs.local.preload`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["jobs.local.preload"])
    folder = multiprocessing.util.get_temp_dir()  # of its socket
    on_stop(lambda: shutil.rmtree(folder, ignore_errors=True))
    return context


def _end_with_parent() -> None:
    """A study that was killed tells nobody: its processes see it gone."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
