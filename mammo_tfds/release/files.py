"""A folder -> the files of a release in it: images by image id, contour files, the table.

Names are read here; a file is opened only where its name is not that of one image. INbreast.xls is
ignored, and MedicalReports/ is not even listed: both may hold data of real patients.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from mammo_tfds.release.file_kinds import kind_of_stray
from mammo_tfds.release.problems import ProblemLog
from mammo_tfds.release.table import TABLE

_NAME = re.compile(r"([0-9]+)_([^_]*)_MG_([^_]*)_([^_]*)_ANON(?:\.dcm)?(?:\.gz)?", re.IGNORECASE)
# What an operating system or an archive adds, and what must not be looked at.
_IGNORED = ("__macosx", "lost+found", "medicalreports")
_NAME_RULE = "<image id>_<16 hex digits>_MG_<L|R>_<CC|ML|FB>_ANON.dcm"


@dataclass(frozen=True)
class ImageFile:
    """A DICOM file and what its name says; all but `path` is "" where the name is malformed."""

    path: Path
    patient: str = ""
    side: str = ""
    view: str = ""


@dataclass(frozen=True)
class ReleaseFiles:
    """The files of a release.

    Attributes:
        images: image id -> DICOM file.
        contours: image id -> contour file.
        table: INbreast.csv; None where there is none, or more than one.
    """

    images: Mapping[str, ImageFile]
    contours: Mapping[str, Path]
    table: Path | None


def find_files(folder: Path, log: ProblemLog) -> ReleaseFiles:
    """Finds the files of a release, at any depth in `folder`, and logs what is wrong with them.

    Images are the `.dcm` files, also packed ones (`.dcm.gz`), and the files without an extension
    that are named like images. A report or another object among them is left out.

    Raises:
        OSError: a folder cannot be listed.
    """
    files = list(walk_files(folder))
    candidates = [path for path in files if _is_image(path)]
    images = _index_by_id(
        ((_image_id(path), path) for path in _leave_out_strays(candidates, log)), "image id", log
    )
    contours = _index_by_id(
        ((path.stem, path) for path in files if _is_contours(path)), "contours of image id", log
    )
    if not images:
        log.fatal(folder, f"no images found; images are named {_NAME_RULE}: give their folder")
    return ReleaseFiles(
        {image_id: _parse_name(path, log) for image_id, path in images.items()},
        contours,
        _find_table(files, log),
    )


def is_dangling_link(path: Path) -> bool:
    """Whether `path` is a symbolic link whose target is missing, as in a copied folder of links."""
    return path.is_symlink() and not path.exists()


def walk_files(folder: Path) -> Iterator[Path]:
    """The files below `folder`, sorted by name within each folder; links are followed once.

    Hidden files and folders, and those in _IGNORED, are left out.
    """
    seen = set()
    for root, folders, files in os.walk(folder, followlinks=True, onerror=_raise):
        real = Path(root).resolve()
        folders[:] = sorted(name for name in folders if real not in seen and not _is_ignored(name))
        if real not in seen:
            yield from (Path(root, name) for name in sorted(files) if not _is_ignored(name))
        seen.add(real)


def _raise(error: OSError) -> NoReturn:
    raise error


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _IGNORED


def _is_image(path: Path) -> bool:
    if path.suffix.lower() == ".gz":
        unpacked = path.with_suffix("")
        return unpacked.suffix.lower() == ".dcm" and not unpacked.exists()
    return path.suffix.lower() == ".dcm" or (not path.suffix and _image_id(path) != path.name)


def _image_id(path: Path) -> str:
    """The digits at the start of an image's name; the whole name where there are none."""
    digits = re.match("[0-9]+(?=_)", path.name)
    return digits[0] if digits else path.name


def _leave_out_strays(paths: Sequence[Path], log: ProblemLog) -> Iterator[Path]:
    """Those that may be images; a file is opened if its name is no image's, or another one's."""
    count = Counter(map(_image_id, paths))
    for path in paths:
        doubtful = count[_image_id(path)] > 1 or not _NAME.fullmatch(path.name)
        if not (doubtful and is_stray(path, log)):
            yield path


def is_stray(path: Path, log: ProblemLog) -> bool:
    """Whether a file is certainly no image; logs that it is left out."""
    kind = kind_of_stray(path)
    if kind:
        log.left_out(path, f"not an image ({kind}); it is left out")
    return kind is not None


def _is_contours(path: Path) -> bool:
    # Not every .xml: PectoralMuscle/ has files of the same form.
    return path.suffix.lower() == ".xml" and path.parent.name.casefold() == "allxml"


def _index_by_id(files: Iterable[tuple[str, Path]], what: str, log: ProblemLog) -> dict[str, Path]:
    """Each id's first file; logs every further file as a duplicate `what`."""
    first: dict[str, Path] = {}
    for image_id, path in files:
        if image_id in first:
            name = log.relative_name(first[image_id])
            log.fatal(path, f"duplicate {what} {image_id} (first: {name}); keep one")
        else:
            first[image_id] = path
    return first


def parse_name(path: Path) -> ImageFile:
    """What the name of a release's image says, without opening it; "" where it is not one's.

    Examples:
        >>> image = parse_name(Path("20586908_6c613a14b80a8591_MG_R_ML_ANON.dcm"))
        >>> image.patient, image.side, image.view
        ('6c613a14b80a8591', 'R', 'MLO')
        >>> parse_name(Path("IM0001")).patient
        ''
    """
    name = _NAME.fullmatch(path.name)
    _, patient, side, view = name.groups() if name else ("", "", "", "")
    if not re.fullmatch("[0-9a-f]{16}", patient, re.IGNORECASE):
        return ImageFile(path)
    view = view.upper()
    return ImageFile(path, patient.lower(), side.upper(), "MLO" if view == "ML" else view)


def _parse_name(path: Path, log: ProblemLog) -> ImageFile:
    found = parse_name(path)
    if not _NAME.fullmatch(path.name):
        log.fatal(path, f"the name of an image must be {_NAME_RULE}; rename the file")
    elif not found.patient:
        log.fatal(path, "the patient in an image's name must be 16 hex digits; rename the file")
    return found


def _find_table(files: Iterable[Path], log: ProblemLog) -> Path | None:
    tables = [file for file in files if file.name.casefold() == TABLE.casefold()]
    if len(tables) == 1:
        return tables[0]
    found = ", ".join(map(log.relative_name, tables)) or "none"
    advice = "keep one" if tables else "copy it into the folder"
    rule = f"a release must have one {TABLE} (sides, views and categories of the images)"
    log.fatal(log.folder, f"{rule}; found {found}: {advice}")
    return None
