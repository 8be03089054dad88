"""Keys, manifests, publish, require: how stages hand over finished things, and nothing else.

An artifact is a folder whose last-written file is `manifest.json`. It is written aside, hashed,
and renamed, so a final name means a finished thing. Only rename, exclusive create and fsync on one
volume are relied on; it works on NFS.
"""

import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from jobs import machine
from jobs.errors import ConfigError, DataError, MissingInputError

MANIFEST = "manifest.json"
_WRITING = ".writing-"
_ABANDONED_SECONDS = 24 * 3600


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
    """What `manifest.json` says. `files` maps a relative path to its size and sha256."""

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
    """The manifest of a published artifact, or None where there is none."""
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return Manifest(**json.loads(text))
    except (json.JSONDecodeError, TypeError) as error:
        raise _damaged(folder, MANIFEST, "is not a manifest") from error


def require(folder: Path, command: str) -> Manifest:
    """The manifest of an artifact whose files are all intact.

    Raises:
        MissingInputError: there is none; names `command`, which makes it.
        DataError: a file is missing, cut or changed; names it.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise MissingInputError(f"{folder} is missing: run {command}")
    verify(folder, manifest)
    return manifest


def verify(folder: Path, manifest: Manifest) -> None:
    """Raises DataError naming the first file whose size or sha256 is not the manifest's."""
    with ThreadPoolExecutor(machine.thread_count()) as pool:
        checks = [(name, pool.submit(_describe, folder / name)) for name in manifest.files]
        for name, check in checks:
            try:
                found = check.result()
            except FileNotFoundError as error:
                raise _damaged(folder, name, "is missing") from error
            if found != dict(manifest.files[name]):
                raise _damaged(folder, name, "is not what was written")


def up_to_date(folder: Path, recipe: Recipe, way_out: str) -> bool:
    """Whether `folder` holds this recipe's artifact, intact.

    Raises:
        ConfigError: it holds another recipe's; names both keys and the way out.
        DataError: it is damaged.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        return False
    if manifest.key != recipe.key:
        raise ConfigError(
            f"{folder} was made from another configuration or other inputs "
            f"(key {manifest.key[:12]}, this one is {recipe.key[:12]}); {way_out}"
        )
    verify(folder, manifest)
    return True


@contextlib.contextmanager
def publish(folder: Path, recipe: Recipe, way_out: str = "remove it") -> Iterator[Draft]:
    """Yields a Draft to fill; on a clean exit it is hashed, described and renamed to `folder`.

    Two that publish the same recipe: the first wins, the second finds it and is content. On an
    exception nothing stays behind; after a kill the next writer beside it clears up.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder.parent)
    aside = folder.parent / f".{folder.name}{_WRITING}{_writer()}-{secrets.token_hex(4)}"
    aside.mkdir()
    started = time.monotonic()
    try:
        draft = Draft(aside)
        yield draft
        _write_manifest(draft, recipe, time.monotonic() - started)
        _rename(aside, folder, recipe, way_out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_whole(path: Path, content: bytes) -> None:
    """Writes a single file so that its name never stands for less than all of it."""
    aside = path.parent / f".{path.name}{_WRITING}{_writer()}-{secrets.token_hex(4)}"
    try:
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    _sync(path.parent)


def workspace(folder: Path, recipe: Recipe) -> Path:
    """The folder in which a stage keeps unfinished work for `folder` over a stop, by its key.

    It is not an artifact: files in it are written by `write_whole`, and it is removed when the
    artifact is published.
    """
    place = folder.parent / f".{folder.name}.{recipe.key[:16]}.unfinished"
    place.mkdir(parents=True, exist_ok=True)
    return place


def remove_leftovers(parent: Path) -> None:
    """Removes what dead writers left in `parent`: of this host by process, of others by age."""
    for leftover in parent.glob(f".*{_WRITING}*"):
        if _is_dead(leftover):
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)


def claim_run(root: Path, run: str, study_yaml: str) -> Path:
    """The folder of a run, whose study.yaml is created by the first stage that comes.

    Raises:
        ConfigError: the run is there with another configuration; names both keys.
    """
    folder = root / "runs" / run
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "study.yaml"
    aside = folder / f".study.yaml{_WRITING}{_writer()}-{secrets.token_hex(4)}"
    aside.write_text(study_yaml, encoding="utf-8")
    try:
        os.link(aside, path)  # exclusive, and whole from the first moment
    except FileExistsError:
        there = path.read_text(encoding="utf-8")
        if there != study_yaml:
            keys = [hashlib.sha256(text.encode()).hexdigest()[:12] for text in (there, study_yaml)]
            raise ConfigError(
                f"{path}: the run {run} has another configuration (key {keys[0]}, "
                f"this one is {keys[1]}); name a new one with --run"
            ) from None
    finally:
        aside.unlink(missing_ok=True)
    return folder


def _write_manifest(draft: Draft, recipe: Recipe, seconds: float) -> None:
    paths = sorted(path for path in draft.folder.rglob("*") if path.is_file())
    for path in paths:
        _sync(path)
    with ThreadPoolExecutor(machine.thread_count()) as pool:
        described = list(pool.map(_describe, paths))
    names = [path.relative_to(draft.folder).as_posix() for path in paths]
    manifest = Manifest(
        stage=recipe.stage,
        key=recipe.key,
        inputs=recipe.inputs,
        configuration=recipe.configuration,
        format=recipe.format,
        files=dict(zip(names, described, strict=True)),
        versions=machine.versions(),
        determinism=draft.determinism,
        device=draft.device,
        threads=machine.thread_count(),
        seconds=round(seconds, 3),
        peak_memory=machine.peak_memory(),
        notes=draft.notes,
    )
    text = json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n"
    write_whole(draft.folder / MANIFEST, text.encode())


def _rename(aside: Path, folder: Path, recipe: Recipe, way_out: str) -> None:
    try:
        aside.rename(folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        if not up_to_date(folder, recipe, way_out):
            raise DataError(
                f"{folder} is no artifact of ours: remove it, then run again"
            ) from error
    _sync(folder.parent)


def _describe(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"size": os.fstat(file.fileno()).st_size, "sha256": digest}


def _damaged(folder: Path, name: str, what: str) -> DataError:
    return DataError(f"{folder / name} {what}: the artifact is damaged; remove {folder}, run again")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _writer() -> str:
    """This process on this host: a pid means something only within its own pid namespace."""
    namespace = Path("/proc/self/ns/pid").stat().st_ino
    return f"{socket.gethostname()}_{namespace}_{os.getpid()}"


def _is_dead(leftover: Path) -> bool:
    writer = leftover.name.rpartition(_WRITING)[2].rpartition("-")[0]
    place, _, pid = writer.rpartition("_")
    if place == _writer().rpartition("_")[0]:
        return not psutil.pid_exists(int(pid))
    with contextlib.suppress(FileNotFoundError):
        return time.time() - leftover.stat().st_mtime > _ABANDONED_SECONDS
    return False
