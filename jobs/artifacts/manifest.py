"""manifest.json: what an artifact holds and how it was made; whether its files are intact."""

import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.artifacts.layout import Location
from jobs.common import resources
from jobs.common.errors import DataError, MissingInputError

MANIFEST = "manifest.json"
_MAPPINGS = ("inputs", "configuration", "files", "versions", "determinism", "notes")
_LEAST_AGE_NS = 2 * 10**9
_hashed: dict[tuple[int, ...], str] = {}
"""The sha256 of files that had not changed for a while, by device, inode, size and times."""


@dataclass(frozen=True)
class Manifest:
    """What `manifest.json` says.

    Attributes:
        files: a relative path -> its size and sha256.
        seconds: how long the call that published it took to make it. Where a stage was stopped and
            resumed, the earlier calls' time is not included.
        made: when it was published, in UTC by ISO 8601, to the second; "" if not recorded.
        command: the command line that published it, see `command_line`; "" if not recorded.
        processor: the model of the CPU; "" if not recorded.
        peak_memory: the largest resident set in these seconds, in bytes; see
            `resources.MemoryWatch`. One process may run a whole study: what earlier stages still
            hold is included.

    Examples:
        >>> read_manifest(root / "runs/first/fold0").stage  # root: a Path
        'train'
    """

    stage: str
    key: str
    inputs: Mapping[str, str]
    configuration: Mapping[str, Any]
    format: int
    files: Mapping[str, Mapping[str, Any]]
    versions: Mapping[str, str]
    determinism: Mapping[str, Any]
    device: str
    threads: int
    seconds: float
    peak_memory: int
    notes: Mapping[str, Any] = field(default_factory=dict)
    made: str = ""
    command: str = ""
    processor: str = ""


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a published artifact, or None where there is none.

    Examples:
        >>> sorted(read_manifest(root / "runs/first/fold0").inputs)  # root: a Path
        ['dataset', 'features']
        >>> read_manifest(Path("nowhere"))

    Raises:
        DataError: it cannot be read.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        manifest = Manifest(**json.loads(content))
        if not all(isinstance(getattr(manifest, name), dict) for name in _MAPPINGS):
            raise TypeError(f"{', '.join(_MAPPINGS)} must be mappings")
        return manifest
    except (ValueError, TypeError) as error:  # not UTF-8, not JSON, or with other fields
        raise _damaged(folder, MANIFEST, "is not a manifest") from error


def find(location: Location) -> Manifest:
    """The manifest of an artifact, whose files may be damaged.

    Raises:
        MissingInputError: there is none; names the command that makes it.
        DataError: the manifest cannot be read.
    """
    manifest = read_manifest(location.folder)
    if manifest is None:
        raise MissingInputError(f"{location.folder} is missing: run {location.command}")
    return manifest


def require(location: Location) -> Manifest:
    """The manifest of an artifact whose files are all intact.

    Raises:
        MissingInputError: there is none; names the command that makes it.
        DataError: a file is missing, cut or changed; names it.
    """
    manifest = find(location)
    verify(location.folder, manifest)
    return manifest


def verify(folder: Path, manifest: Manifest, names: Iterable[str] | None = None) -> None:
    """Raises DataError naming the first of its files whose size or sha256 is not the manifest's.

    `names` are those to look at; None is all.
    """
    pool = ThreadPoolExecutor(resources.thread_count())
    try:
        names = manifest.files if names is None else names
        checks = [(name, pool.submit(describe_file, folder / name)) for name in names]
        for name, check in checks:
            try:
                found = check.result()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
                raise _damaged(folder, name, "is missing") from error
            if found != manifest.files.get(name):
                raise _damaged(folder, name, "is not what was written")
    finally:
        pool.shutdown(cancel_futures=True)  # a stage that is stopped does not go on hashing


def describe_file(path: Path) -> dict[str, Any]:
    """A file's size and sha256. A file that stays unchanged is hashed once per process."""
    with path.open("rb") as file:
        now, status = time.time_ns(), os.fstat(file.fileno())
        times = (status.st_mtime_ns, status.st_ctime_ns)
        identity = (status.st_dev, status.st_ino, status.st_size, *times)
        digest = _hashed.get(identity)
        if digest is None:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            # Within a clock's tick a file can change and keep its times.
            if now - max(times) > _LEAST_AGE_NS:
                _hashed[identity] = digest
        return {"size": status.st_size, "sha256": digest}


def _damaged(folder: Path, name: str, what: str) -> DataError:
    return DataError(f"{folder / name} {what}: the artifact is damaged; remove {folder}, run again")
