"""The headers of the images that DICOM objects are made for, and the names of new objects."""

import hashlib
from pathlib import Path

import pydicom
from pydicom.config import RAISE
from pydicom.dataset import Dataset
from pydicom.uid import UID
from pydicom.valuerep import DA, TM, validate_value

from jobs.common.errors import DataError
from mammo_tfds.pixels.tags import PixelError, name_damage

_NEEDED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID")
# Of type 2 in PS3.3 C.7.1.1 and C.7.2.1: each object of the study has them, if empty.
_MAY_BE_EMPTY = (
    *("PatientName", "PatientBirthDate", "PatientSex"),
    *("StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName"),
)
_TYPES = {"DA": DA, "TM": TM}
_DIGITS = 32  # hex digits of a UUID


def read_header(path: Path) -> Dataset:
    """A file's tags, without its pixels; DICOM's characters as they are in the file.

    Raises:
        DataError: a tag that every object of a study needs is not there, or the file is damaged.
    """
    try:
        with name_damage():
            header = pydicom.dcmread(path, stop_before_pixels=True, force=True)
            header.decode()
    except PixelError as error:
        raise DataError(f"{path.name}: {error}") from error
    _empty_invalid(header)
    for name in _MAY_BE_EMPTY:
        header.setdefault(name, None)
    missing = [name for name in _NEEDED if not header.get(name)]
    if missing:
        raise DataError(
            f"{path.name}: must have {', '.join(missing)}: without, no object can be of its study"
        )
    return header


def _empty_invalid(header: Dataset) -> None:
    """Empties the values that the standard does not allow: new objects would repeat them."""
    for element in list(header):
        if element.VR == "SQ" or not element.value:
            continue
        values = element.value if element.VM > 1 else [element.value]
        try:
            for value in values:
                validate_value(element.VR, value, RAISE)
                _TYPES.get(element.VR, str)(value)
        except (ValueError, TypeError):
            element.value = None


def make_uid(*parts: str) -> UID:
    """A new object's UID: the same for the same parts, which are hashes and words, never tags.

    Source: PS3.5 B.2, a UID from a UUID.

    Examples:
        >>> make_uid("ab12", "report") == make_uid("ab12", "report")
        True
        >>> make_uid("ab12", "report").startswith("2.25.")
        True
    """
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return UID(f"2.25.{int(digest[:_DIGITS], 16)}")
