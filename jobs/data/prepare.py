"""A release becomes the dataset: read once, hashed, split, written."""

import contextlib
import functools
import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import read_manifest
from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe, canonical_json
from jobs.common import resources
from jobs.common.errors import DataError, MissingInputError
from jobs.common.progress import Watch, track
from jobs.config.study import Study
from jobs.data.dataset import dataset_settings
from jobs.data.errors import convert_errors, too_few_patients
from jobs.data.release_notes import note_release
from jobs.data.selection import select_splits
from mammo_tfds.release.files import is_dangling_link
from mammo_tfds.release.release import Record, Release, read_release
from mammo_tfds.release.splits import SplitError, assign_splits

FORMAT = 3
_REMEDY = "name another --root, or remove it"
_PATIENT = re.compile(r"(?<=\d)_[^_/]+(?=_MG_)")  # in file names; for no log and no manifest


@contextlib.contextmanager
def _unnamed_patients() -> Iterator[None]:
    """Has errors name a release's files without the patients; `mammo check` names all of it."""
    try:
        yield
    except OSError as error:
        if error.filename:
            error.filename = _PATIENT.sub("", os.fsdecode(error.filename))
        raise
    except Exception as error:
        error.args = tuple(_PATIENT.sub("", str(each)) for each in error.args)
        raise


@convert_errors()
@_unnamed_patients()
def plan_dataset(
    root: Root, folder: Path, study: Study, strict: bool, watch: Watch
) -> ArtifactPlan:
    """The plan of the dataset.

    Args:
        folder: the release.
        strict: a file that cannot be read is an error; else it is left out.
        watch: called with the number of images that were hashed.

    Raises:
        MissingInputError: there is no release yet.
        DataError: it cannot be used.
        ConfigError: the study asks for more splits than there are patients.
    """
    release, splits = _find_splits(folder, study)
    inputs = {"release": release_key(release, watch)}
    recipe = Recipe("dataset", inputs, dataset_settings(study), FORMAT)
    target = root.dataset.folder
    return ArtifactPlan(
        target,
        recipe,
        functools.partial(_fill, release, splits, study, strict),
        _REMEDY,
        check=functools.partial(_require_whole, target) if strict else lambda: None,
    )


@convert_errors()
@_unnamed_patients()
def find_splits(folder: Path, study: Study) -> Mapping[str, Sequence[str]]:
    """The splits of the images that a study will use; they are not opened.

    Raises:
        MissingInputError: there is no release yet.
        DataError: it cannot be used.
        ConfigError: the study asks for more splits than there are patients, or leaves one without
            images of a class.
    """
    release, splits = _find_splits(folder, study)
    return select_splits(study, release.records, splits)


def _find_splits(folder: Path, study: Study) -> tuple[Release, Mapping[str, Sequence[str]]]:
    _require_there(folder)
    release = read_release(folder)
    release.require_usable()
    return release, _assign_splits(release, study)


def _require_there(release: Path) -> None:
    """Raises MissingInputError where there is nothing yet: a volume that is still to be filled."""
    if not release.exists() or (release.is_dir() and not any(_visible(release))):
        raise MissingInputError(
            f"{release} is missing, or empty: put a release there (AllDICOMs, AllXML, "
            f"INbreast.csv), or run mammo phantom {release}"
        )


def _visible(folder: Path) -> Iterator[Path]:
    """What somebody put there: a new volume may hold lost+found."""
    return (path for path in folder.iterdir() if path.name[0] != "." and path.name != "lost+found")


def release_key(release: Release, watch: Watch) -> str:
    """The sha256 of all that is read: each record, its contours, and its DICOM file's content."""
    with ThreadPoolExecutor(resources.thread_count()) as pool:
        digests = pool.map(_sha256, (record.path for record in release.records))
        watched = track("prepare: hashes", release.records, watch)
        content = [
            _content(record, digest) for record, digest in zip(watched, digests, strict=True)
        ]
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def _assign_splits(release: Release, study: Study) -> Mapping[str, Sequence[str]]:
    """The image ids of each split.

    Raises:
        ConfigError: the patients are too few for the splits that the study asks for.
    """
    data = study.data
    try:
        return assign_splits(
            release.records, seed=study.seed, folds=data.folds, test=data.test, sick=data.sick
        )
    except SplitError as error:
        raise too_few_patients(error, study) from error


def _sha256(path: Path) -> str | None:
    """SHA-256 of a file; None for a dangling link, which is left out as unreadable."""
    if is_dangling_link(path):
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _content(record: Record, digest: str | None) -> dict[str, object]:
    """A record with its file's hash in place of the path."""
    return {**asdict(record), "path": digest}


@convert_errors()
@_unnamed_patients()
def _fill(
    release: Release,
    splits: Mapping[str, Sequence[str]],
    study: Study,
    strict: bool,
    draft: Draft,
    watch: Watch,
) -> None:
    import tensorflow_datasets as tfds

    from mammo_tfds.inbreast.inbreast_dataset_builder import Builder

    left_out: list[str] = []
    warnings: list[str] = []

    def note(lines: list[str], what: str, line: str) -> None:
        line = _PATIENT.sub("", line)
        sys.stderr.write(f"mammo: {what}: {line}\n")
        lines.append(line)

    # TFDS has its own folders for downloads and versions: what matters is moved out of them.
    with tempfile.TemporaryDirectory(dir=draft.folder) as data_dir:
        builder = Builder(
            data_dir=data_dir,
            release=release,
            splits=splits,
            seed=study.seed,
            **dataset_settings(study)["data"],
            strict=strict,
            workers=resources.thread_count(),
            watch=watch,
            report=functools.partial(note, left_out, "left out"),
            warn=functools.partial(note, warnings, "warning"),
        )
        builder.download_and_prepare(
            download_config=tfds.download.DownloadConfig(try_download_gcs=False)
        )
        for file in Path(builder.data_dir).iterdir():
            file.rename(draft.folder / file.name)
    others = {_PATIENT.sub("", str(problem)) for problem in release.left_out}
    draft.notes |= {
        "left_out": sorted(set(left_out) - others),
        "left_out_files": sorted(others),
        "warnings": sorted(warnings),
        **note_release(release),
    }


def _require_whole(folder: Path) -> None:
    """Raises DataError where an earlier call without --strict left images out."""
    manifest = read_manifest(folder)
    notes = manifest.notes if manifest else {}
    left_out = [*notes.get("left_out", ()), *notes.get("left_out_files", ())]
    if left_out:
        raise DataError(f"{folder} leaves out {len(left_out)} files, first {left_out[0]}")
