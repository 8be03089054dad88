"""A folder that is watched: each exam is predicted once all of its files have come."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from jobs.artifacts.plan import Outcome, carry_out
from jobs.common.errors import UsageError
from jobs.common.progress import Watch
from jobs.predict.exams import Exam, find_exams
from jobs.predict.files import InputFile, hash_files, list_files, tell_copy
from jobs.predict.plan import NoMammogramError, Request, plan_request
from jobs.predict.table import left_out

LOOK = 2.0
"""Seconds between two looks at the folder."""

Handle = Callable[[list[InputFile]], None]
"""Called with the files of one exam."""


@dataclass
class Inbox:
    """A folder that files come to.

    Attributes:
        folder: the folder.
        quiet: for how many seconds no file of an exam may have changed before it is predicted.
    """

    folder: Path
    quiet: float
    _hashed: dict[tuple[str, int, int, int], InputFile] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)
    _strays: set[str] = field(default_factory=set)
    _copies: set[str] = field(default_factory=set)

    def ready(self, now: float) -> Iterator[list[InputFile]]:
        """The files of each exam that is complete, and was not returned before.

        An exam that gets another file later is another exam: it is returned again, whole. It counts
        as returned when the next one is asked for.

        Args:
            now: the time, in seconds since 1970.
        """
        changed: dict[str, float] = {}
        files: dict[str, InputFile] = {}
        for path, name in list_files([self.folder]):
            found = self._hash(path, name)
            if not found:
                continue
            file, at = found
            if file.sha256 not in files:
                files[file.sha256], changed[file.sha256] = file, at
            elif name not in self._copies:
                self._copies.add(name)
                tell_copy(name, files[file.sha256])

        def leave_out(file: InputFile, why: str) -> None:
            if now - changed[file.sha256] >= self.quiet:  # it may still be being copied
                self._leave_out(file, why)

        try:
            exams = find_exams(files.values(), leave_out)
        except FileNotFoundError:
            return  # one was taken away just now: the next look sees what is left
        for exam in exams:
            last = max(changed[image.file.sha256] for image in exam.images)
            if exam.exam_id not in self._done and now - last >= self.quiet:
                yield _files(exam)
                self._done.add(exam.exam_id)

    def _hash(self, path: Path, name: str) -> tuple[InputFile, float] | None:
        """The file, and when it changed; None of one that was taken away since it was listed.

        A copy may keep the time of the original's last change: when it came is the inode's time.
        """
        try:
            status = path.stat()
            known = (name, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            if known not in self._hashed:
                self._hashed[known] = hash_files([(path, name)])[0]
            return self._hashed[known], max(status.st_mtime, status.st_ctime)
        except FileNotFoundError:
            return None

    def _leave_out(self, file: InputFile, why: str) -> None:
        if file.sha256 not in self._strays:
            self._strays.add(file.sha256)
            left_out(file, why)


def _files(exam: Exam) -> list[InputFile]:
    return [image.file for image in exam.images]


@dataclass(frozen=True)
class WatchPlan:
    """The plan that never ends: it predicts what comes to a folder until it is stopped.

    Attributes:
        inbox: the folder.
        handle: predicts an exam.
    """

    inbox: Inbox
    handle: Handle

    @property
    def target(self) -> Path:
        """The folder."""
        return self.inbox.folder

    def is_made(self) -> bool:
        return False

    def make(self, watch: Watch) -> Outcome:
        while True:  # SIGTERM and Ctrl-C end it
            self.look(time.time())
            time.sleep(LOOK)

    def look(self, now: float) -> None:
        """Predicts the exams that are complete; of one that loses files, the rest is one later."""
        for files in self.inbox.ready(now):
            try:
                self.handle(files)
            except NoMammogramError:
                continue
            except FileNotFoundError:
                if all(file.path.exists() for file in files):
                    raise
                return  # the next look sees another exam


def watch_folder(folder: Path, quiet: float, request: Request, watch: Watch) -> WatchPlan:
    """The plan that predicts what comes to a folder, as `request` says beside its files.

    Raises:
        UsageError: there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"--watch must be a folder; got {folder}: make it")

    def handle(files: list[InputFile]) -> None:
        for result in carry_out(plan_request(replace(request, files=files)), watch):
            sys.stdout.write(f"{result}\n")
            sys.stdout.flush()

    return WatchPlan(Inbox(folder, quiet), handle)
