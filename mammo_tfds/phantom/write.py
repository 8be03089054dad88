"""The files of a release in INbreast's form: DICOM, table, contours, and a desktop's files."""

import hashlib
import io
import plistlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.render import Picture
from mammo_tfds.release.contours import Contour, mask

_IMPLEMENTATION = UID(
    "2.25.130863201170338906262541387203017290523"
)  # a UUID of this program's own
_HEADER = "Patient ID;Patient age;Laterality;View;Acquisition date;File Name;ACR;Bi-Rads"
_BLANK_DENSITY = " " * 193  # as in the row of image 53582540
_HEIGHT_CM = 23.3  # of an image on INbreast's detector
_POLYGON, _POINT = 15, 19  # OsiriX's ROI types
_DESKTOP = b"\x00\x00\x00\x01Bud1" + bytes(6136)  # an empty .DS_Store
_APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(4072)


def dicom_name(exposure: Exposure) -> str:
    """The name of the DICOM file, which has ML where the table has MLO."""
    view = "ML" if exposure.view == "MLO" else exposure.view
    return f"{exposure.image_id}_{exposure.patient}_MG_{exposure.side}_{view}_ANON.dcm"


def make_dicom(exposure: Exposure, pixels: NDArray[np.uint16]) -> bytes:
    """A DICOM file: explicit VR little endian, 16 bits, MONOCHROME2, no data of a patient."""
    dataset = Dataset()
    dataset.file_meta = _make_meta(exposure)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID
    dataset.Modality = "MG"
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.PixelData = pixels.astype("<u2").tobytes()
    file = io.BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def make_table(exposures: Iterable[Exposure]) -> bytes:
    """INbreast.csv: `;`, CRLF, and `removed` in place of a patient's data."""
    rows = [_HEADER]
    for each in exposures:
        density = _BLANK_DENSITY if each.density_blank else str(each.density)
        cells = (each.side, each.view, each.date, each.image_id, density, each.birads)
        rows.append(";".join(("removed", "removed", *cells)))
    return "".join(f"{row}\r\n" for row in rows).encode("ascii")


def make_contour_file(picture: Picture, miscount: bool) -> bytes:
    """An OsiriX property list; with `miscount`, the first NumberOfPoints is one too many."""
    rois = [_make_roi(number, each, picture.pixels) for number, each in enumerate(picture.contours)]
    if miscount:
        rois[0]["NumberOfPoints"] += 1
    image = {"ImageIndex": 0, "NumberOfROIs": len(rois), "ROIs": rois}
    return plistlib.dumps({"Images": [image]}, fmt=plistlib.FMT_XML)


def make_readme(seed: int, patients: int, images: int, size: tuple[int, int]) -> bytes:
    """README.txt: that the release is synthetic, and the command that makes it."""
    rows, cols = size
    return (
        "SYNTHETIC. No image here is of a person, and no file is INbreast's.\n\n"
        f"{images} images of {patients} made-up patients, {rows} x {cols}, in the form and the\n"
        "proportions of INbreast Release 1.0 (Moreira et al. 2012). Made by\n\n"
        f"    mammo phantom OUT --seed {seed} --patients {patients} --size {rows}x{cols}\n\n"
        "To try and test software with; what is measured on it says nothing about real\n"
        "mammograms.\n"
    ).encode("ascii")


def write_junk(folder: Path, exposures: list[Exposure]) -> None:
    """Writes the .DS_Store and ._ files that a desktop leaves behind in a folder."""
    for each in (folder, folder / "AllDICOMs", folder / "AllXML"):
        (each / ".DS_Store").write_bytes(_DESKTOP)
    first = exposures[0]
    for name in (f"AllDICOMs/._{dicom_name(first)}", f"AllXML/._{first.image_id}.xml"):
        (folder / name).write_bytes(_APPLE_DOUBLE)


def _make_meta(exposure: Exposure) -> FileMetaDataset:
    digest = hashlib.sha256(f"{exposure.patient} {exposure.image_id}".encode()).digest()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    # DICOM PS3.5 B.2: a UUID as a UID.
    meta.MediaStorageSOPInstanceUID = UID(f"2.25.{int.from_bytes(digest[:16])}")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = _IMPLEMENTATION
    return meta


def _make_roi(number: int, contour: Contour, pixels: NDArray[np.uint16]) -> dict[str, Any]:
    points = contour.points
    inside = _values(contour, pixels)
    centimetres = _HEIGHT_CM / len(pixels)
    return {
        "Area": float(inside.size * centimetres**2),
        "Center": "(0.000000, 0.000000, 0.000000)",
        "Dev": float(inside.std()),
        "IndexInImage": number,
        "Max": float(inside.max()),
        "Mean": float(inside.mean()),
        "Min": float(inside.min()),
        **({"Name": contour.word} if contour.word else {}),
        "NumberOfPoints": len(points),
        "Point_mm": ["(0.000000, 0.000000, 0.000000)"] * len(points),
        "Point_px": [f"({x:.6f}, {y:.6f})" for x, y in points],
        "Total": float(inside.sum()),
        "Type": _POLYGON if len(points) > 2 else _POINT,
    }


def _values(contour: Contour, pixels: NDArray[np.uint16]) -> NDArray[np.float64]:
    """The pixels inside a contour; the nearest pixel where all of it is outside the image."""
    inside = pixels[mask([contour], pixels.shape)]
    if not inside.size:
        column, row = np.clip(contour.points[0], 0, np.array(pixels.shape[::-1]) - 1).astype(int)
        inside = pixels[row : row + 1, column]
    return inside.astype(np.float64)
