"""A run as one file: what is needed to predict with it, packed here and unpacked elsewhere.

The file is a zip archive whose entries are stored as they are. `contents.json` lists each other
entry with its size and sha256. What lies in `root/` is a root of its own (`jobs.artifacts.layout`),
with the run's models, their figures and what the models need; the rest is for other programs.
"""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, Any

from jobs.artifacts.layout import METRICS, Location, Root, weights_file
from jobs.artifacts.manifest import MANIFEST, Manifest, describe_file, require
from jobs.artifacts.run import EVALUATION_FORMAT, Run, open_run
from jobs.common.atomic_write import rename_if_absent, temporary_folder
from jobs.common.errors import DataError
from jobs.config.study import dump_study, without_paths

CONTENTS = "contents.json"
ROOT = "root"
FORMAT = f"1, figures {EVALUATION_FORMAT}"
"""Of the archive, and of the figures in it."""

_LARGEST_CONTENTS = 1 << 24  # bytes; a run of ten folds needs some 10,000
_CHUNK = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date of the format: the same files, the same bytes


@dataclass(frozen=True)
class Entry:
    """A file of an archive: its name there, and its content, or the file that has it."""

    name: str
    content: bytes | Path


def run_entries(
    run: Run,
    models: Mapping[str, Manifest],
    kinds: Mapping[str, str],
    more: Iterable[Location],
) -> list[Entry]:
    """What is needed to predict with a run, as a root of its own.

    Args:
        models: the manifests of the models to take along.
        kinds: best or last, by the model's name: which weights of it to take along.
        more: other artifacts that the models need, whole.

    Raises:
        MissingInputError, DataError: the figures, or one of `more`, are not there or damaged.
    """
    study = dump_study(without_paths(run.study)).encode()
    entries = [replace(_entry(run.root, run.folder.study), content=study)]
    for model, manifest in models.items():
        wanted = {weights_file(kinds[model]), *(n for n in manifest.files if n.endswith(".npz"))}
        entries += _artifact(run.root, run.folder.model(model), manifest, wanted)
    figures = run.folder.evaluation
    entries += _artifact(run.root, figures, require(figures), {METRICS})
    for location in more:
        manifest = require(location)
        entries += _artifact(run.root, location, manifest, set(manifest.files))
    return entries


def write_archive(path: Path, about: Mapping[str, Any], entries: Iterable[Entry]) -> None:
    """Writes the archive.

    Args:
        about: goes into contents.json, beside `format` and `files`; `run` is the run's name.
        entries: each name once.
    """
    entries = sorted(entries, key=lambda entry: entry.name)
    files = {entry.name: _describe(entry.content) for entry in entries}
    contents = json.dumps({"format": FORMAT, **about, "files": files}, indent=1, sort_keys=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(CONTENTS, _EPOCH), f"{contents}\n")
        for entry in entries:
            with archive.open(zipfile.ZipInfo(entry.name, _EPOCH), "w", force_zip64=True) as to:
                if isinstance(entry.content, bytes):
                    to.write(entry.content)
                else:
                    with entry.content.open("rb") as file:
                        shutil.copyfileobj(file, to, _CHUNK)


def unpack_archive(path: Path, folder: Path) -> Run:
    """The run in an archive, unpacked into a folder of its own under `folder`, once.

    Args:
        path: the archive.
        folder: where archives are unpacked.

    Returns:
        The run, for `load_trained` and `load_branch`.

    Raises:
        DataError: it is no such archive, damaged, or has a file that is not what was written.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            text = _read_contents(archive, path)
            contents = _parse(text, path)
            target = folder / hashlib.sha256(text).hexdigest()
            if not target.is_dir():
                with temporary_folder(target) as aside:
                    for name, described in contents["files"].items():
                        _unpack(archive, name, described, aside, path)
                    rename_if_absent(aside, target)
    except (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise _damaged(path, f"it is truncated or no zip archive ({error})") from error
    return open_run(target / ROOT, contents["run"])


def read_contents(path: Path) -> Mapping[str, Any]:
    """What contents.json of an archive says; raises DataError as `unpack_archive`."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _parse(_read_contents(archive, path), path)
    except (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise _damaged(path, f"it is truncated or no zip archive ({error})") from error


def _entry(root: Root, path: Path) -> Entry:
    return Entry(f"{ROOT}/{path.relative_to(root.path).as_posix()}", path)


def _artifact(root: Root, location: Location, manifest: Manifest, wanted: set[str]) -> list[Entry]:
    """Some files of an artifact, with a manifest that lists these alone, and no command line."""
    files = {name: described for name, described in manifest.files.items() if name in wanted}
    text = json.dumps(asdict(replace(manifest, files=files, command="")), indent=1, sort_keys=True)
    folder = _entry(root, location.folder).name
    return [
        Entry(f"{folder}/{MANIFEST}", f"{text}\n".encode()),
        *(Entry(f"{folder}/{name}", location.folder / name) for name in files),
    ]


def _describe(content: bytes | Path) -> dict[str, Any]:
    if isinstance(content, Path):
        return describe_file(content)
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _read_contents(archive: zipfile.ZipFile, path: Path) -> bytes:
    if archive.getinfo(CONTENTS).file_size > _LARGEST_CONTENTS:
        raise _damaged(path, f"{CONTENTS} must have at most {_LARGEST_CONTENTS:,} bytes")
    return archive.read(CONTENTS)


def _parse(text: bytes, path: Path) -> dict[str, Any]:
    try:
        contents = json.loads(text)
        form, run, files = contents["format"], contents["run"], contents["files"]
        names = [PurePosixPath(name) for name in (*files, f"{ROOT}/runs/{run}/x")]
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(path, f"{CONTENTS} was not written by mammo export") from error
    if form != FORMAT:
        raise DataError(
            f"{path}: the format must be {FORMAT!r}; got {form!r}: export the run again"
        )
    for name in names:
        if name.is_absolute() or ".." in name.parts or "\\" in str(name):
            raise _damaged(path, f"the name {str(name)!r} leads out of it")
    return contents


def _unpack(
    archive: zipfile.ZipFile, name: str, described: Mapping[str, Any], folder: Path, path: Path
) -> None:
    information = archive.getinfo(name)
    if information.compress_type != zipfile.ZIP_STORED:
        raise _damaged(path, f"{name} must be stored as it is")
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(information) as file, target.open("xb") as to:
        found = _copy(file, to)
    if found != described:
        raise _damaged(path, f"{name} is not what was written")


def _copy(file: IO[bytes], to: IO[bytes]) -> dict[str, Any]:
    """Copies a file; returns its size and sha256."""
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        to.write(chunk)
    return {"size": size, "sha256": digest.hexdigest()}


def _damaged(path: Path, what: str) -> DataError:
    return DataError(f"{path}: cannot be read as an exported model: {what}; fetch it again")
