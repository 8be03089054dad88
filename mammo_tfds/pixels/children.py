"""Tasks in child processes that may die: a codec that crashes or hangs costs one task.

When a process of concurrent.futures dies, all that was submitted is lost, and nothing says which
task it was working on. Here each child has a pipe of its own, on which it says what it does.
"""

import contextlib
import ctypes
import multiprocessing
import os
import resource
import signal
import traceback
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Tell = Callable[[object], None]
"""Called with what a child does next; None for nothing that it could die of."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Death:
    """How a child ended in the middle of a task.

    Attributes:
        exitcode: as `multiprocessing.Process.exitcode`: the signal, negated, or an exit code.
        doing: what it told last.
    """

    exitcode: int
    doing: object = None

    @property
    def cause(self) -> str:
        """The name of the signal, or the exit code."""
        if self.exitcode < 0:
            return signal.Signals(-self.exitcode).name
        return f"exit code {self.exitcode}"


def run_tasks(
    work: Callable[[Task, Tell], Result], tasks: deque[Task], workers: int
) -> Generator[tuple[Task, Result | Death]]:
    """Each task with its result, or the death of the child that worked on it, as they finish.

    A child that has died is replaced. When the generator is closed, or the process that runs it
    ends in whatever way, its children are killed at once.

    Args:
        work: called in a child with a task; both must be importable there.
        tasks: it is emptied; more may be added until the generator has ended.
        workers: how many children there are at a time, at most.

    Raises:
        Exception: what `work` has raised.
    """
    idle: list[_Child[Task, Result]] = []
    busy: dict[Connection, _Child[Task, Result]] = {}
    try:
        while tasks or busy:
            while tasks and len(busy) < workers:
                child = idle.pop() if idle else _Child(work)
                busy[child.connection] = child
                child.start(tasks.popleft())
            for connection in wait(list(busy)):
                child = busy[connection]  # type: ignore[index]
                if child.receive():
                    del busy[child.connection]
                    if isinstance(child.result, Death):
                        child.end()
                    else:
                        idle.append(child)
                    yield child.task, child.result
    finally:
        for child in (*idle, *busy.values()):
            child.end()


class _Child(Generic[Task, Result]):
    """A child, as its parent sees it.

    Attributes:
        connection: to the child.
        task: what it works on, or has worked on last.
        result: of that task, once `receive` has returned True.
    """

    task: Task
    result: Result | Death

    def __init__(self, work: Callable[[Task, Tell], Result]) -> None:
        # Not forked: a fork of a process with threads, such as TensorFlow's, may hang.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, work, os.getpid()), daemon=True
        )
        self._process.start()
        theirs.close()  # so that the pipe ends with the child
        self._doing: object = None

    def start(self, task: Task) -> None:
        """Gives it a task."""
        self.task, self._doing = task, None
        with contextlib.suppress(BrokenPipeError):  # it has died idle: `receive` says how
            self.connection.send(task)

    def receive(self) -> bool:
        """Takes what it says; returns whether the task has ended, by a result or its death.

        Raises:
            Exception: what the work has raised.
        """
        try:
            kind, content = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            kind, content = "result", Death(self._process.exitcode or 0, self._doing)
        if kind == "error":
            raise content
        if kind == "doing":
            self._doing = content
        else:
            self.result = content
        return kind == "result"

    def end(self) -> None:
        """Kills it."""
        self._process.kill()
        self._process.join()
        self.connection.close()


def _serve(connection: Connection, work: Callable[[Any, Tell], Any], parent: int) -> None:
    """What a child does: the tasks that come, until its parent ends it."""
    _prepare_to_die(parent)
    try:
        while True:
            task = connection.recv()
            connection.send(_do(work, task, lambda what: connection.send(("doing", what))))
    except (EOFError, OSError):  # the parent is gone
        os._exit(1)


def _do(work: Callable[[Any, Tell], Any], task: object, tell: Tell) -> tuple[str, object]:
    try:
        return "result", work(task, tell)
    except Exception as error:
        error.add_note(traceback.format_exc())  # its own does not survive the pipe
        return "error", error


def _prepare_to_die(parent: int) -> None:
    # Ctrl-C, and a SIGTERM to all of a process group, also reach the parent, which ends this one.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    # The kernel's signal: a thread could not end this process while a codec holds Python's lock.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold a patient's image
