"""A folder -> the files of a release in it: its images by their names, its contours, its table.

Only names are read here. What lies elsewhere in the folder is not looked at: not `INbreast.xls`,
and `MedicalReports/` is not even listed.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from mammo_tfds.release.table import TABLE, Problem

_NAME = re.compile(r"([0-9]+)_([^_]*)_MG_([^_]*)_([^_]*)_ANON(?:\.dcm)?", re.IGNORECASE)
_JUNK = ("__macosx", "lost+found", "medicalreports")
_NAME_RULE = "<image id>_<16 hex digits>_MG_<L|R>_<CC|ML|FB>_ANON.dcm"


@dataclass(frozen=True)
class Notes:
    """Collects a release's problems."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)

    def fatal(self, path: Path, message: str, line: int | None = None) -> None:
        """The release cannot be used because of it."""
        self.problems.append(Problem(self.place(path), line, message, fatal=True))

    def warning(self, path: Path, message: str, line: int | None = None) -> None:
        """The release can be used all the same."""
        self.problems.append(Problem(self.place(path), line, message, fatal=False))

    def in_order(self) -> tuple[Problem, ...]:
        """The problems in the order of their files and lines."""
        return tuple(sorted(self.problems, key=lambda each: (each.path, each.line or 0)))

    def place(self, path: Path) -> str:
        """A file as `Problem.path` names it; odd bytes and control characters are escaped."""
        place = "" if path == self.folder else path.relative_to(self.folder).as_posix()
        return place if place.isprintable() else ascii(place)[1:-1]


@dataclass(frozen=True)
class Image:
    """A DICOM file, and what its name says; `patient` is "" where the name is malformed."""

    path: Path
    patient: str = ""
    side: str = ""
    view: str = ""


@dataclass(frozen=True)
class Found:
    """The files of a release: images and contours by image id; None without a single table."""

    images: Mapping[str, Image]
    contours: Mapping[str, Path]
    table: Path | None


def find(folder: Path, notes: Notes) -> Found:
    """Finds a release's files, however deep they lie in `folder`; says in `notes` what is wrong.

    Images are the `.dcm` files and those without an extension that are named like one.

    Raises:
        OSError: a folder cannot be listed.
    """
    files = list(_walk(folder))
    images = _by_id(
        ((_image_id(path), path) for path in files if _is_image(path)), "image {} is", notes
    )
    contours = _by_id(
        ((path.stem, path) for path in files if _is_contours(path)), "contours of {} are", notes
    )
    if not images:
        notes.fatal(folder, f"there are no images, which are named {_NAME_RULE}; name their folder")
    return Found(
        {image_id: _image(path, notes) for image_id, path in images.items()},
        contours,
        _only_table(files, notes),
    )


def leads_nowhere(path: Path) -> bool:
    """Whether a file of a release is a link to nothing, as a copied folder of links may be."""
    return path.is_symlink() and not path.exists()


def _walk(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those in it and linked from it, in order of their names.

    Not MedicalReports/, nor what a desktop or a disk has of itself (.DS_Store, ._*, __MACOSX,
    lost+found, which is root's alone).
    """
    seen = set()
    for place, folders, files in os.walk(folder, followlinks=True, onerror=_raise):
        real = Path(place).resolve()
        folders[:] = sorted(name for name in folders if real not in seen and not _is_junk(name))
        if real not in seen:
            yield from (Path(place, name) for name in sorted(files) if not _is_junk(name))
        seen.add(real)


def _raise(error: OSError) -> NoReturn:
    raise error


def _is_junk(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _JUNK


def _is_image(path: Path) -> bool:
    return path.suffix.lower() == ".dcm" or (not path.suffix and _image_id(path) != path.name)


def _image_id(path: Path) -> str:
    """The digits that lead the name of an image; the whole name where there are none."""
    digits = re.match("[0-9]+(?=_)", path.name)
    return digits[0] if digits else path.name


def _is_contours(path: Path) -> bool:
    # PectoralMuscle/ has files of the same form.
    return path.suffix.lower() == ".xml" and path.parent.name.casefold() == "allxml"


def _by_id(files: Iterable[tuple[str, Path]], what: str, notes: Notes) -> dict[str, Path]:
    """Each id's first file; `what` is for the message about another."""
    first: dict[str, Path] = {}
    for image_id, path in files:
        if image_id in first:
            place = notes.place(first[image_id])
            notes.fatal(path, f"{what.format(image_id)} there already, as {place}; keep one")
        else:
            first[image_id] = path
    return first


def _image(path: Path, notes: Notes) -> Image:
    name = _NAME.fullmatch(path.name)
    if not name:
        notes.fatal(path, f"an image's name must be {_NAME_RULE}")
        return Image(path)
    _, patient, side, view = name.groups()
    if not re.fullmatch("[0-9a-f]{16}", patient, re.IGNORECASE):
        notes.fatal(path, "the patient in an image's name must be 16 hex digits")
        return Image(path)
    view = view.upper()
    return Image(path, patient.lower(), side.upper(), "MLO" if view == "ML" else view)


def _only_table(files: Iterable[Path], notes: Notes) -> Path | None:
    tables = [file for file in files if file.name.casefold() == TABLE.casefold()]
    if len(tables) == 1:
        return tables[0]
    there = ", ".join(map(notes.place, tables)) + "; keep one" if tables else "none; copy it there"
    rule = f"there must be one {TABLE}, with the sides, views and categories; there is {there}"
    notes.fatal(notes.folder, rule)
    return None
