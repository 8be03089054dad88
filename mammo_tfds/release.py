"""A release folder -> one Record an image, and every problem with it.

Reads the names of the files, `INbreast.csv` and `AllXML/`; opens no image. `INbreast.xls` and
`MedicalReports/` hold what may belong to real patients and are never opened either.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from mammo_tfds.contours import Contour, ContourError, read_annotated
from mammo_tfds.table import TABLE, Problem, Row, Table, read_table

SICK = (4, 5, 6)  # BI-RADS 4a, 4b, 4c included
_NAME = re.compile(r"([0-9]+)_([^_]*)_MG_([^_]*)_([^_]*)_ANON(?:\.dcm)?", re.IGNORECASE)
_NAME_RULE = "<image id>_<16 hex digits>_MG_<L|R>_<CC|ML|FB>_ANON.dcm"


class ReleaseError(ValueError):
    """The release cannot be used: one line with the first fatal problem and how many more."""


@dataclass(frozen=True)
class Record:
    """An image of a release.

    Attributes:
        image_id: digits, e.g. "20586908".
        patient: 16 hex digits in lower case, from the file's name.
        side: "L" or "R".
        view: "CC", "MLO" or "FB".
        birads: "0" to "6", "4a", "4b" or "4c".
        density: 1 to 4; None where the table is blank.
        contours: the findings; () where there are none or the copy comes without contours.
        path: the DICOM file.
    """

    image_id: str
    patient: str
    side: str
    view: str
    birads: str
    density: int | None
    contours: tuple[Contour, ...]
    path: Path


@dataclass(frozen=True)
class Release:
    """What was found in a folder.

    Attributes:
        folder: as it was given.
        records: the images, in the order of their ids.
        problems: what is wrong, in the order of files and lines.
        contour_files: an image's id -> the file that its contours are from.
    """

    folder: Path
    records: tuple[Record, ...]
    problems: tuple[Problem, ...]
    contour_files: Mapping[str, Path] = field(default_factory=dict)

    def require_usable(self) -> None:
        """Returns if no problem is fatal.

        Raises:
            ReleaseError: names the first fatal problem, with its file and line.
        """
        fatal = [problem for problem in self.problems if problem.fatal]
        if fatal:
            join = "/" if fatal[0].path else ": "
            more = f" (and {len(fatal) - 1} more)" if len(fatal) > 1 else ""
            raise ReleaseError(f"{self.folder}{join}{fatal[0]}{more}")


def is_sick(birads: str, sick: Collection[int] = SICK) -> bool:
    """Whether a BI-RADS category ("4a" counts as 4) is one of `sick`."""
    return int(birads[0]) in sick


def read_release(folder: Path) -> Release:
    """Finds, joins and checks a release: the folder itself, or one that it lies in.

    The images are the `.dcm` files and those named like one, wherever they lie. View and side are
    the table's. What is wrong is collected, not raised; `Release.require_usable` raises.

    Raises:
        OSError: a folder, the table or a contour file cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        return Release(folder, (), (Problem("", None, "there is no such folder", fatal=True),))
    notes = _Notes(folder)
    files = list(_files(folder))
    images = _images(files, notes)
    contours = _contour_files(files, notes)
    table = _table(files, notes)
    records = _join(table, images, contours, notes) if table and images else []
    return Release(
        folder,
        tuple(sorted(records, key=lambda record: record.image_id)),
        tuple(sorted(notes.problems, key=lambda each: (each.path, each.line or 0))),
        contours,
    )


@dataclass(frozen=True)
class _Notes:
    """Collects problems."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)

    def fatal(self, path: Path, message: str, line: int | None = None) -> None:
        """The release cannot be used because of it."""
        self.problems.append(Problem(relative(path, self.folder), line, message, fatal=True))

    def warning(self, path: Path, message: str, line: int | None = None) -> None:
        """The release can be used all the same."""
        self.problems.append(Problem(relative(path, self.folder), line, message, fatal=False))


@dataclass(frozen=True)
class _Image:
    """A DICOM file, and what its name says; `patient` is "" where the name is malformed."""

    path: Path
    patient: str = ""
    side: str = ""
    view: str = ""


def relative(path: Path, folder: Path) -> str:
    """A file's place in the release for messages; odd bytes and control characters escaped."""
    place = "" if path == folder else path.relative_to(folder).as_posix()
    return place if place.isprintable() else ascii(place)[1:-1]


def _files(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those in it and linked from it, in order of their names.

    Not MedicalReports/, nor what a desktop leaves behind (.DS_Store, ._*, __MACOSX).
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
    return name.startswith(".") or name.casefold() in ("__macosx", "medicalreports")


def _images(files: Iterable[Path], notes: _Notes) -> dict[str, _Image]:
    """The images by their ids, as their names say."""
    images: dict[str, _Image] = {}
    for path in files:
        digits = re.match("[0-9]+(?=_)", path.name)
        if path.suffix.lower() != ".dcm" and (path.suffix or not digits):
            continue
        image_id = digits[0] if digits else path.name
        if image_id in images:
            first = relative(images[image_id].path, notes.folder)
            notes.fatal(path, f"image {image_id} is there already, as {first}")
        else:
            images[image_id] = _image(path, notes)
    if not images:
        notes.fatal(notes.folder, f"there are no images, which are named {_NAME_RULE}")
    return images


def _contour_files(files: Iterable[Path], notes: _Notes) -> dict[str, Path]:
    """The files of AllXML/ by the ids of their images."""
    contours: dict[str, Path] = {}
    for path in files:
        if path.suffix.lower() != ".xml" or path.parent.name.lower() != "allxml":
            continue
        if path.stem in contours:
            first = relative(contours[path.stem], notes.folder)
            notes.fatal(path, f"contours of image {path.stem} are there already, as {first}")
        else:
            contours[path.stem] = path
    return contours


def _image(path: Path, notes: _Notes) -> _Image:
    name = _NAME.fullmatch(path.name)
    if not name:
        notes.fatal(path, f"an image's name must be {_NAME_RULE}")
        return _Image(path)
    _, patient, side, view = name.groups()
    if not re.fullmatch("[0-9a-f]{16}", patient, re.IGNORECASE):
        notes.fatal(path, f"the patient in an image's name must be 16 hex digits; got {patient!r}")
        return _Image(path)
    view = view.upper()
    return _Image(path, patient.lower(), side.upper(), "MLO" if view == "ML" else view)


def _table(files: Iterable[Path], notes: _Notes) -> Table | None:
    tables = [file for file in files if file.name.casefold() == TABLE.casefold()]
    if len(tables) == 1:
        table = read_table(tables[0], relative(tables[0], notes.folder))
        notes.problems.extend(table.problems)
        return table
    places = ", ".join(relative(table, notes.folder) for table in tables) or "none"
    notes.fatal(notes.folder, f"there must be one {TABLE}; there is {places}")
    return None


def _join(
    table: Table,
    images: Mapping[str, _Image],
    contours: Mapping[str, Path],
    notes: _Notes,
) -> list[Record]:
    records = []
    for row in table.rows:
        image = images.get(row.image_id)
        if image is None:
            notes.fatal(table.path, f"there is no image of File Name {row.image_id}", row.line)
        elif image.patient:
            _compare(row, image, table, notes)
            drawn = _contours(contours.get(row.image_id), notes)
            records.append(_record(row, image, drawn))
    if table.ids:
        for image_id in images.keys() - table.ids:
            if images[image_id].patient:
                notes.fatal(images[image_id].path, f"{TABLE} has no row of File Name {image_id}")
    for image_id in contours.keys() - images.keys() - table.ids:
        notes.warning(contours[image_id], f"there is no image {image_id} to these contours")
    return records


def _compare(row: Row, image: _Image, table: Table, notes: _Notes) -> None:
    """The table holds; a name that says otherwise is worth a look, and changes no label."""
    for what, held, said in (
        ("Laterality", row.side, image.side),
        ("View", row.view, image.view),
    ):
        if held != said:
            place = relative(image.path, notes.folder)
            notes.warning(table.path, f"{what} {held} holds; {place} is named {said}", row.line)


def _contours(path: Path | None, notes: _Notes) -> tuple[Contour, ...]:
    if path is None:
        return ()
    try:
        contours, oddities = read_annotated(path)
    except ContourError as error:
        notes.fatal(path, error.rule, error.line)
        return ()
    for oddity in oddities:
        notes.warning(path, oddity)
    return contours


def _record(row: Row, image: _Image, contours: tuple[Contour, ...]) -> Record:
    return Record(
        image_id=row.image_id,
        patient=image.patient,
        side=row.side,
        view=row.view,
        birads=row.birads,
        density=row.density,
        contours=contours,
        path=image.path,
    )
