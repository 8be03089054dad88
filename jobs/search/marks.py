"""Which worker is at work: a file for each number, which its process touches and which names it.

Nobody else takes a number whose process is at work. One that was killed on this machine leaves it
at once. Of another machine, or another container, it cannot be seen: its mark is watched until it
moves, or is as old as that of a worker that is gone.
"""

import os
import time
from pathlib import Path

from jobs.common.atomic_write import has_ended, this_process, write_atomically
from jobs.common.errors import CannotCreateError
from jobs.common.progress import Watch, silent

SILENT_SECONDS = 600  # after which a worker is taken for gone
_LOOK_SECONDS = 2.0


class Marks:
    """The marks of a search's workers, as the worker of one number sees them."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder, self._number = folder, number

    def claim(self, watch: Watch = silent) -> None:
        """Takes the number, if need be after its earlier holder has been silent for long.

        Raises:
            CannotCreateError: another process is at work under it.
        """
        self._folder.mkdir(exist_ok=True)
        seen = self._touched(self._number)
        started = time.monotonic()
        while not self._is_free():
            waited = min(int(time.monotonic() - started), SILENT_SECONDS)
            watch("search: seconds until the earlier worker is gone", waited, SILENT_SECONDS)
            time.sleep(_LOOK_SECONDS)
            if self._touched(self._number) != seen:
                raise self._taken()
        write_atomically(self._path(self._number), this_process().encode())

    def touch(self) -> None:
        """Says that this worker is at work.

        Raises:
            CannotCreateError: another process has taken its number, as it was silent for long.
        """
        holder = self._holder()
        if holder is None:
            self.claim()
        elif holder == this_process():
            self._path(self._number).touch()
        else:
            raise self._taken()

    def release(self) -> None:
        """Leaves the number to whoever comes, if this process has it."""
        if self._holder() == this_process():
            self._path(self._number).unlink(missing_ok=True)

    def is_silent(self, number: int | None) -> bool:
        """Whether a worker has left, or has not touched its mark for long."""
        touched = self._touched(number)
        return touched is None or self._now() - touched > SILENT_SECONDS

    def _is_free(self) -> bool:
        """Raises CannotCreateError where its process is seen to be at work."""
        holder = self._holder()
        if holder in (None, this_process()) or self.is_silent(self._number):
            return True
        ended = has_ended(holder or "")
        if ended is False:
            raise self._taken()
        return bool(ended)

    def _taken(self) -> CannotCreateError:
        return CannotCreateError(
            f"{self._folder.parent}: another process is at work as worker {self._number}; "
            "give each its own --worker"
        )

    def _holder(self) -> str | None:
        try:
            return self._path(self._number).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def _touched(self, number: int | None) -> float | None:
        try:
            return self._path(number).stat().st_mtime
        except FileNotFoundError:
            return None

    def _now(self) -> float:
        """By the volume's clock: machines may differ."""
        probe = self._folder / f".clock-{self._number}-{os.getpid()}"
        probe.touch()
        try:
            return probe.stat().st_mtime
        finally:
            probe.unlink(missing_ok=True)

    def _path(self, number: int | None) -> Path:
        return self._folder / str(number)
