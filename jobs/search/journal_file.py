"""The file of a search's trials: a line of JSON for each thing that was done, under a lock.

A writer that is killed, or finds the disk full, may leave a part of a line. What would be appended
to it could never be read again, so it is cut off first.
"""

import contextlib
import json
import os
from pathlib import Path

from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from jobs.common.errors import DataError


class _Lock(JournalFileOpenLock):
    """As Optuna's; whoever has it finds whole lines."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self._path = path

    def acquire(self) -> bool:
        super().acquire()
        try:
            _cut_fragment(self._path)
        except BaseException:
            self.release()
            raise
        return True


def open_journal_file(path: Path) -> JournalFileBackend:
    """Opens the file, or makes it.

    Raises:
        DataError: a line of it is damaged.
    """
    lock = _Lock(path)
    backend = JournalFileBackend(str(path), lock)
    lock.acquire()
    try:
        _check(path)
    finally:
        with contextlib.suppress(RuntimeError):  # somebody took it for abandoned
            lock.release()
    return backend


def _cut_fragment(path: Path) -> None:
    with path.open("rb+") as file:
        size = end = file.seek(0, os.SEEK_END)
        while end:
            begin = max(0, end - 65536)
            file.seek(begin)
            newline = file.read(end - begin).rfind(b"\n")
            if newline >= 0:
                end = begin + newline + 1
                break
            end = begin
        if end < size:
            file.truncate(end)
            os.fsync(file.fileno())


def _check(path: Path) -> None:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                whole = isinstance(json.loads(line), dict)
            except ValueError:
                whole = False
            if not whole:
                raise DataError(
                    f"{path}: line {number} is damaged, so its trials cannot be read: search anew "
                    "under another --name"
                )
