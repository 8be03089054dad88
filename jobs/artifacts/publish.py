"""Keys, manifests, publish, require: how stages hand over finished things, and nothing else.

An artifact is a folder whose last-written file is `manifest.json`. It is written aside, hashed,
and renamed, so a final name means a finished thing.
"""

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jobs.common import resources
from jobs.common.atomic_write import (
    remove_unfinished,
    rename_if_absent,
    sync,
    temporary_folder,
    write_atomically,
)
from jobs.common.errors import ConfigError, DataError, MissingInputError
from jobs.common.versions import software_versions

MANIFEST = "manifest.json"
_MAPPINGS = ("inputs", "configuration", "files", "versions", "determinism", "notes")
_RESTING_NS = 2 * 10**9
_only_asking = ContextVar("only_asking", default=False)
_hashed: dict[tuple[int, ...], str] = {}
"""The sha256 of files that had not changed for a while, by device, inode, size and times."""


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no blanks: one text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True)
class Recipe:
    """All that determines an artifact's content: no time, no host, no path.

    `inputs` maps a name to the key of the artifact that is read; `configuration` is the part of
    the study that is read, the seed included; `format` counts the versions of the content's form.
    """

    stage: str
    inputs: Mapping[str, str]
    configuration: Mapping[str, Any]
    format: int = 1

    @property
    def key(self) -> str:
        """The sha256 of the canonical JSON, in hex."""
        return hashlib.sha256(canonical_json(asdict(self)).encode()).hexdigest()


@dataclass(frozen=True)
class Manifest:
    """What `manifest.json` says.

    Attributes:
        files: a relative path -> its size and sha256.
        seconds: of the call that published it, while it was made. Where a stage was stopped and
            went on, what the calls before took is not in it.
        peak_memory: the largest resident set in these seconds, in bytes; see
            `resources.MemoryWatch`. One process may run a whole study: what earlier stages still
            hold is in it.
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


@dataclass
class Draft:
    """An artifact while it is written: fill `folder`; the rest goes into the manifest."""

    folder: Path
    device: str = "cpu"
    determinism: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a published artifact, or None where there is none.

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
    except (ValueError, TypeError) as error:  # no UTF-8, no JSON, or other fields
        raise _damaged(folder, MANIFEST, "is not a manifest") from error


def find(folder: Path, command: str) -> Manifest:
    """The manifest of an artifact, whose files may be damaged.

    Raises:
        MissingInputError: there is none; names `command`, which makes it.
        DataError: the manifest cannot be read.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise MissingInputError(f"{folder} is missing: run {command}")
    return manifest


def require(folder: Path, command: str) -> Manifest:
    """The manifest of an artifact whose files are all intact.

    Raises:
        MissingInputError: there is none; names `command`, which makes it.
        DataError: a file is missing, cut or changed; names it.
    """
    manifest = find(folder, command)
    verify(folder, manifest)
    return manifest


def verify(folder: Path, manifest: Manifest, names: Iterable[str] | None = None) -> None:
    """Raises DataError naming the first of its files whose size or sha256 is not the manifest's.

    `names` are those to look at; None is all.
    """
    pool = ThreadPoolExecutor(resources.thread_count())
    try:
        names = manifest.files if names is None else names
        checks = [(name, pool.submit(_describe, folder / name)) for name in names]
        for name, check in checks:
            try:
                found = check.result()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
                raise _damaged(folder, name, "is missing") from error
            if found != manifest.files.get(name):
                raise _damaged(folder, name, "is not what was written")
    finally:
        pool.shutdown(cancel_futures=True)  # a stage that is stopped does not wait for gigabytes


class UnmadeError(Exception):
    """A stage that was asked whether it has something to make has."""


@contextlib.contextmanager
def only_asking() -> Iterator[None]:
    """Within it a stage ends where it finds that there is something to make.

    It has claimed its run by then, and made nothing.

    Raises:
        UnmadeError: there is something to make.
    """
    token = _only_asking.set(True)
    try:
        yield
    finally:
        _only_asking.reset(token)


def up_to_date(folder: Path, recipe: Recipe, way_out: str) -> bool:
    """Whether `folder` holds this recipe's artifact, intact.

    Raises:
        UnmadeError: it does not, and that is all that is asked.
        ConfigError: it holds another recipe's; names both keys and the way out.
        DataError: it is damaged.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        if _only_asking.get():
            raise UnmadeError(folder)
        return False
    if manifest.key != recipe.key:
        raise ConfigError(
            f"{folder} was made from another configuration or other inputs "
            f"(key {manifest.key[:12]}, this one is {recipe.key[:12]}); {way_out}"
        )
    verify(folder, manifest)
    return True


@contextlib.contextmanager
def publish(
    folder: Path,
    recipe: Recipe,
    way_out: str = "remove it",
    work: Path | None = None,
    effort: resources.Effort | None = None,
) -> Iterator[Draft]:
    """Yields a Draft to fill; on a clean exit it is hashed, described and renamed to `folder`.

    Two that publish the same recipe: the first wins, the second finds it and is content. On an
    exception nothing stays behind; after a kill the next writer beside it clears up. With `work`,
    the workspace itself becomes the artifact, and on an exception or a kill it stays. `effort` is
    what its making has taken before it comes here; a folder is not left open for hours, as others
    would take it for abandoned.

    Raises:
        ConfigError: another recipe's artifact is there; names both keys and `way_out`.
        DataError: something is there that is damaged or no artifact.
    """
    effort = effort or resources.watch_effort()
    with contextlib.nullcontext(work) if work else temporary_folder(folder) as aside:
        draft = Draft(aside)
        yield draft
        _write_manifest(draft, recipe, effort)
        if rename_if_absent(aside, folder):
            remove_unfinished(folder)
        elif not up_to_date(folder, recipe, way_out):
            raise DataError(f"{folder} is no artifact of ours: remove it, then run again")
    if work:
        shutil.rmtree(work, ignore_errors=True)  # another's artifact was first


@contextlib.contextmanager
def unless_another_finishes(folder: Path, recipe: Recipe, way_out: str) -> Iterator[None]:
    """Lets go of work in a workspace that another writer of the same recipe has just published.

    Raises:
        FileNotFoundError: a file vanished, and no artifact is there.
    """
    try:
        yield
    except FileNotFoundError:
        if not up_to_date(folder, recipe, way_out):
            raise


def workspace(folder: Path, recipe: Recipe) -> Path:
    """The folder in which a stage keeps unfinished work for `folder` over a stop, by its key.

    It is not an artifact: files in it are written by `write_atomically`. Where the artifact is
    published from it, it is gone; else the stage removes it then.
    """
    place = _workspace(folder, recipe)
    place.mkdir(parents=True, exist_ok=True)
    return place


def remove_workspace(folder: Path, recipe: Recipe) -> None:
    """Removes what was kept for an artifact that is published, if there is any left."""
    shutil.rmtree(_workspace(folder, recipe), ignore_errors=True)


def claim_run(root: Path, run: str, study_yaml: str) -> Path:
    """The folder of a run, whose study.yaml is created by the first stage that comes.

    Raises:
        ConfigError: the run is there with another configuration; names both keys.
        DataError: the folder is there, without a study.yaml.
    """
    folder = root / "runs" / run
    path, content = folder / "study.yaml", study_yaml.encode()
    with temporary_folder(folder) as aside:
        write_atomically(aside / path.name, content)
        if rename_if_absent(aside, folder):
            return folder
    try:
        there = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(
            f"{path} is missing: {folder} is no run of ours; remove it, or name another --run"
        ) from error
    if there != content:
        keys = [hashlib.sha256(each).hexdigest()[:12] for each in (there, content)]
        raise ConfigError(
            f"{path}: the run {run} has another configuration (key {keys[0]}, "
            f"this one is {keys[1]}); name a new one with --run"
        )
    return folder


def _workspace(folder: Path, recipe: Recipe) -> Path:
    return folder.parent / f".{folder.name}.{recipe.key[:16]}.unfinished"


def _write_manifest(draft: Draft, recipe: Recipe, effort: resources.Effort) -> None:
    found = sorted(draft.folder.rglob("*"))
    # A workspace may hold the manifest of a publishing that was cut short, and hidden files that
    # another writer is about to rename.
    ours = (path for path in found if path.name != MANIFEST and path.name[0] != ".")
    paths = [path for path in ours if path.is_file()]
    for path in (*paths, *(path for path in found if path.is_dir())):
        sync(path)
    with ThreadPoolExecutor(resources.thread_count()) as pool:
        described = list(pool.map(_describe, paths))
    names = [path.relative_to(draft.folder).as_posix() for path in paths]
    manifest = Manifest(
        stage=recipe.stage,
        key=recipe.key,
        inputs=recipe.inputs,
        configuration=recipe.configuration,
        format=recipe.format,
        files=dict(zip(names, described, strict=True)),
        versions=software_versions(),
        determinism=draft.determinism,
        device=draft.device,
        threads=resources.thread_count(),
        seconds=round(effort.seconds, 3),
        peak_memory=effort.memory.peak(),
        notes=draft.notes,
    )
    text = json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n"
    write_atomically(draft.folder / MANIFEST, text.encode())


def _describe(path: Path) -> dict[str, Any]:
    """A file's size and sha256. A process that runs many stages hashes what rests only once."""
    with path.open("rb") as file:
        now, status = time.time_ns(), os.fstat(file.fileno())
        times = (status.st_mtime_ns, status.st_ctime_ns)
        identity = (status.st_dev, status.st_ino, status.st_size, *times)
        digest = _hashed.get(identity)
        if digest is None:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            # Within a clock's tick a file can change and keep its times.
            if now - max(times) > _RESTING_NS:
                _hashed[identity] = digest
        return {"size": status.st_size, "sha256": digest}


def _damaged(folder: Path, name: str, what: str) -> DataError:
    return DataError(f"{folder / name} {what}: the artifact is damaged; remove {folder}, run again")
