"""A release folder -> one Record an image, and every problem with it.

Reads the names of the files, `INbreast.csv` and `AllXML/`; opens no image. `INbreast.xls` and
`MedicalReports/` hold what may belong to real patients and are never opened either.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mammo_tfds.release.contours import Contour, ContourError, read_annotated
from mammo_tfds.release.files import Image, Notes, find
from mammo_tfds.release.table import TABLE, Problem, Row, Table, read_table

SICK = (4, 5, 6)  # BI-RADS 4a, 4b, 4c included
_COMPLETE = "copy what is missing, or take out its other half"


_SYNTHETIC = b"SYNTHETIC."


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
        table: its INbreast.csv, beside which the rest of it lies; None where there is not one.
    """

    folder: Path
    records: tuple[Record, ...]
    problems: tuple[Problem, ...]
    contour_files: Mapping[str, Path] = field(default_factory=dict)
    table: Path | None = None

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
    notes = Notes(folder)
    found = find(folder, notes)
    records: list[Record] = []
    if found.table and found.images:
        table = read_table(found.table, notes.place(found.table))
        notes.problems.extend(table.problems)
        records = _join(table, found.images, found.contours, notes)
    return Release(
        folder,
        tuple(sorted(records, key=lambda record: record.image_id)),
        notes.in_order(),
        found.contours,
        found.table,
    )


def _join(
    table: Table,
    images: Mapping[str, Image],
    contours: Mapping[str, Path],
    notes: Notes,
) -> list[Record]:
    records = []
    for row in table.rows:
        image = images.get(row.image_id)
        if image is None:
            notes.fatal(
                table.path, f"there is no image of File Name {row.image_id}; {_COMPLETE}", row.line
            )
        elif image.patient:
            _compare(row, image, table, notes)
            drawn = _contours(contours.get(row.image_id), notes)
            records.append(_record(row, image, drawn))
    if table.ids:
        for image_id in images.keys() - table.ids:
            if images[image_id].patient:
                notes.fatal(
                    images[image_id].path,
                    f"{TABLE} has no row of File Name {image_id}; {_COMPLETE}",
                )
    for image_id in contours.keys() - images.keys() - table.ids:
        notes.warning(contours[image_id], f"there is no image {image_id} to these contours")
    return records


def _compare(row: Row, image: Image, table: Table, notes: Notes) -> None:
    """The table holds; a name that says otherwise is worth a look, and changes no label."""
    for what, held, said in (
        ("Laterality", row.side, image.side),
        ("View", row.view, image.view),
    ):
        if held != said:
            place = notes.place(image.path)
            notes.warning(table.path, f"{what} {held} holds; {place} is named {said}", row.line)


def _contours(path: Path | None, notes: Notes) -> tuple[Contour, ...]:
    if path is None:
        return ()
    try:
        contours, oddities = read_annotated(path)
    except ContourError as error:
        notes.fatal(path, f"{error.rule}; copy it again, or take it out", error.line)
        return ()
    for oddity in oddities:
        notes.warning(path, oddity)
    return contours


def _record(row: Row, image: Image, contours: tuple[Contour, ...]) -> Record:
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


def is_synthetic(folder: Path) -> bool:
    """Whether a release says of itself, by its README.txt's first word, that it is a phantom."""
    try:
        with (folder / "README.txt").open("rb") as file:
            return file.read(len(_SYNTHETIC)) == _SYNTHETIC
    except OSError:
        return False
