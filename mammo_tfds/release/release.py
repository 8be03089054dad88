"""A release folder -> one Record per image, and every problem with it.

Reads the names of the files, INbreast.csv and AllXML/; opens no image, but files that may be none.
INbreast.xls and MedicalReports/ may hold data of real patients and are never opened.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from mammo_tfds.release.contours import Contour, ContourError, read_with_warnings
from mammo_tfds.release.files import ImageFile, find_files, is_stray
from mammo_tfds.release.problems import Problem, ProblemLog
from mammo_tfds.release.table import TABLE, Row, Table, read_table

SICK = (4, 5, 6)
"""The BI-RADS categories of the sick class; 4 stands for 4a, 4b and 4c too."""

_COPY_OR_REMOVE = "copy what is missing, or remove its counterpart"
_SYNTHETIC = b"SYNTHETIC."  # the first word of a phantom's README.txt


class ReleaseError(ValueError):
    """The release cannot be used: one line with the first fatal problem and how many more.

    Examples:
        >>> from mammo_tfds import ReleaseError, read_release
        >>> try:
        ...     read_release("no/such/folder").require_usable()
        ... except ReleaseError as error:
        ...     print(error)
        no/such/folder: no such folder; give the folder of a release
    """


@dataclass(frozen=True)
class ImageFacts:
    """What a release says of an image.

    Attributes:
        image_id: digits, e.g. "20586908".
        patient: 16 hex digits in lower case, from the file's name.
        side: "L" or "R".
        view: the view position, "CC", "MLO" or "FB".
        birads: "0" to "6", "4a", "4b" or "4c".
        density: 1 to 4; None where the table is blank.
    """

    image_id: str
    patient: str
    side: str
    view: str
    birads: str
    density: int | None

    def facts(self) -> dict[str, Any]:
        """These six facts by name, without what a subclass adds."""
        return {each.name: getattr(self, each.name) for each in fields(ImageFacts)}


@dataclass(frozen=True)
class Record(ImageFacts):
    """An image of a release.

    Attributes:
        contours: the findings; () where there are none, or the copy has no contour files.
        path: the DICOM file.

    Examples:
        >>> from pathlib import Path
        >>> from mammo_tfds import Record, is_sick
        >>> record = Record("7", "0123456789abcdef", "L", "CC", "4a", 2, (), Path("7.dcm"))
        >>> record.side, record.birads, is_sick(record.birads)
        ('L', '4a', True)
    """

    contours: tuple[Contour, ...]
    path: Path


@dataclass(frozen=True)
class Release:
    """A release as it was read; `read_release` makes one.

    Attributes:
        folder: the folder that was given.
        records: the images, sorted by id.
        problems: what is wrong, sorted by file and line.
        contour_files: image id -> contour file.
        table: INbreast.csv, in the folder of the release itself; None where there is none, or more
            than one.

    Examples:
        >>> from pathlib import Path
        >>> from mammo_tfds import Release
        >>> release = Release(Path("inbreast"), records=(), problems=())
        >>> release.require_usable()  # no problem is fatal
    """

    folder: Path
    records: tuple[Record, ...]
    problems: tuple[Problem, ...]
    contour_files: Mapping[str, Path] = field(default_factory=dict)
    table: Path | None = None

    @property
    def left_out(self) -> tuple[Problem, ...]:
        """The problems that cost a file: a report among the images, unreadable contours."""
        return tuple(problem for problem in self.problems if problem.left_out)

    def require_usable(self) -> None:
        """Raises ReleaseError, which names the first fatal problem, if there is one."""
        fatal = [problem for problem in self.problems if problem.fatal]
        if fatal:
            separator = "/" if fatal[0].path else ": "
            more = f" (and {len(fatal) - 1} more)" if len(fatal) > 1 else ""
            raise ReleaseError(f"{self.folder}{separator}{fatal[0]}{more}")


def is_sick(birads: str, sick: Collection[int] = SICK) -> bool:
    """Whether a BI-RADS category ("4a" counts as 4) is one of `sick`.

    Examples:
        >>> from mammo_tfds import is_sick
        >>> is_sick("4a"), is_sick("2"), is_sick("3", sick=(3, 4, 5, 6))
        (True, False, True)
    """
    return int(birads[0]) in sick


def read_release(folder: Path | str) -> Release:
    """Reads a release from its folder, or from a folder above it.

    Images are found by their names, wherever they lie. Side and view are those of the table, not
    of the file's name. Problems are collected, not raised; `Release.require_usable` raises.

    Raises:
        OSError: a folder, the table or a contour file cannot be read.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from mammo_tfds import make_release, read_release
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     make_release(Path(folder), seed=20, patients=1, size=(128, 104))
        ...     release = read_release(folder)
        >>> release.require_usable()
        >>> [(record.side, record.view, record.birads) for record in release.records]
        [('L', 'CC', '2'), ('L', 'MLO', '2')]
    """
    folder = Path(folder)
    if not folder.is_dir():
        problem = Problem("", None, "no such folder; give the folder of a release", fatal=True)
        return Release(folder, (), (problem,))
    log = ProblemLog(folder)
    files = find_files(folder, log)
    records: list[Record] = []
    if files.table and files.images:
        table = read_table(files.table, log.relative_name(files.table))
        log.problems.extend(table.problems)
        records = _join(table, files.images, files.contours, log)
    return Release(
        folder,
        tuple(sorted(records, key=lambda record: record.image_id)),
        log.sorted_problems(),
        files.contours,
        files.table,
    )


def _join(
    table: Table,
    images: Mapping[str, ImageFile],
    contours: Mapping[str, Path],
    log: ProblemLog,
) -> list[Record]:
    """A record for each row that has an image; logs what has no counterpart."""
    records = []
    for row in table.rows:
        image = images.get(row.image_id)
        if image is None:
            log.fatal(
                table.path, f"no image has File Name {row.image_id}; {_COPY_OR_REMOVE}", row.line
            )
        elif image.patient:
            _compare(row, image, table, log)
            findings = _read_contours(contours.get(row.image_id), log)
            records.append(_make_record(row, image, findings))
    if table.ids:
        for image_id in images.keys() - table.ids:
            image = images[image_id]
            if image.patient and not is_stray(image.path, log):
                log.fatal(
                    image.path,
                    f"{TABLE} has no row with File Name {image_id}; {_COPY_OR_REMOVE}",
                )
    for image_id in contours.keys() - images.keys() - table.ids:
        log.warning(contours[image_id], f"contours without an image: no image has id {image_id}")
    return records


def _compare(row: Row, image: ImageFile, table: Table, log: ProblemLog) -> None:
    """Warns where the table and the image's name disagree; the table's value is used."""
    for column, in_table, in_name in (
        ("Laterality", row.side, image.side),
        ("View", row.view, image.view),
    ):
        if in_table != in_name:
            name = log.relative_name(image.path)
            rule = f"{column} is {in_table}, but the name of {name} says {in_name}"
            log.warning(table.path, f"{rule}; {in_table} is used", row.line)


def _read_contours(path: Path | None, log: ProblemLog) -> tuple[Contour, ...]:
    if path is None:
        return ()
    try:
        contours, warnings = read_with_warnings(path)
    except ContourError as error:
        message = f"{error.rule}; its contours are left out: copy the file again"
        log.left_out(path, message, error.line)
        return ()
    for warning in warnings:
        log.warning(path, warning)
    return contours


def _make_record(row: Row, image: ImageFile, contours: tuple[Contour, ...]) -> Record:
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
    """Whether the README.txt in `folder` begins with "SYNTHETIC.", as a phantom's does."""
    try:
        with (folder / "README.txt").open("rb") as file:
            return file.read(len(_SYNTHETIC)) == _SYNTHETIC
    except OSError:
        return False
