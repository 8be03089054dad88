"""A secondary capture of a map over its mammogram."""

from pydicom.dataset import Dataset
from pydicom.uid import UID

from jobs.common.types import Array
from jobs.predict.dicom.library import import_highdicom

_ORIENTATIONS = ("A", "P", "R", "L", "H", "F")


def make_picture(
    header: Dataset, picture: Array, side: str, uid: UID, series: UID, number: int
) -> Dataset:
    """The object, of the same study as its image, in a new series.

    Args:
        header: the image's.
        picture: (rows, columns, 3) uint8, RGB.
        side: L or R.
        uid: the object's.
        series: its series'.
        number: its own within that, from 1.
    """
    capture = import_highdicom().sc.SCImage.from_ref_dataset(
        header,
        pixel_array=picture,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        series_instance_uid=series,
        series_number=PICTURES,
        sop_instance_uid=uid,
        instance_number=number,
        manufacturer=MANUFACTURER,
        laterality=side,
        patient_orientation=_orientation(header),
        series_description="mammo: where the models look",
    )
    capture.copy_patient_and_study_information(header)
    if not header.get("PatientOrientation"):
        capture.PatientOrientation = []  # unknown, PS3.3 C.7.6.1
    reference = Dataset()
    reference.ReferencedSOPClassUID = header.SOPClassUID
    reference.ReferencedSOPInstanceUID = header.SOPInstanceUID
    capture.SourceImageSequence = [reference]
    capture.DerivationDescription = "Heat map of a classifier over the mammogram"
    return capture


PICTURES, REPORTS = 9701, 9702
"""The numbers of the series."""

MANUFACTURER = "mammo"


def _orientation(header: Dataset) -> tuple[str, str]:
    """Of rows and columns, the first letter of each: the object's type knows no others."""
    stated = [str(each)[:1] for each in header.get("PatientOrientation") or ()]
    if len(stated) == 2 and all(each in _ORIENTATIONS for each in stated):
        return stated[0], stated[1]
    return "A", "F"
