"""stdout and stderr when they are full, closed, or not there at all."""

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO, cast

from jobs.common.atomic_write import name_errors


def open_closed_streams() -> None:
    """Opens the null device for stdout and stderr where the caller has closed them (`>&-`).

    Otherwise the next file that is opened would take their descriptor, and get what is printed.
    """
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_WRONLY)
            if null != descriptor:
                os.dup2(null, descriptor)
                os.close(null)
            setattr(sys, name, os.fdopen(descriptor, "w", encoding="utf-8"))


@contextlib.contextmanager
def named_stdout() -> Iterator[None]:
    """Has errors of writing to stdout name it, those of its last, buffered part included."""
    stream = sys.stdout
    sys.stdout = cast(TextIO, _NamedStream(stream, "stdout"))
    try:
        yield
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            # Otherwise the interpreter flushes again as it exits, and reports it in its own way.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            raise
        finally:
            sys.stdout = stream


class _NamedStream:
    """A stream whose errors name it: the system names no file when a write fails."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream, self._path = stream, Path(name)

    def write(self, text: str) -> int:
        with name_errors(self._path):
            return self._stream.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        with name_errors(self._path):
            self._stream.writelines(lines)

    def flush(self) -> None:
        with name_errors(self._path):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
