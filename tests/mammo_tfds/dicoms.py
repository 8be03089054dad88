"""DICOM files for tests: as in INbreast, or with any other tags.

write(path, samples)                                        # as in INbreast, uint8 or uint16
write(path, samples, BitsStored=12, HighBit=11, WindowCenter=2048, WindowWidth=4096)
write(path, samples, syntax=JPEG2000Lossless, frame=imagecodecs.jpeg2k_encode(samples))
write(path, samples, Rows=None)                             # without a tag
"""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian

PATIENT = "Nobody^Anna"


def ramp(rows: int = 48, columns: int = 64, top: int = 4095) -> np.ndarray:
    """(rows, columns) uint16 from 0 to `top`; smooth, so that lossy codecs have small errors."""
    return np.linspace(0, top, rows * columns).round().astype(np.uint16).reshape(rows, columns)


def image_tags(samples: np.ndarray, **changes: object) -> Dataset:
    """The tags of an image of `samples` as in INbreast; a change to None removes a tag."""
    bits = 8 * samples.dtype.itemsize
    tags = {
        "PatientName": PATIENT,
        "Modality": "MG",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": samples.shape[0],
        "Columns": samples.shape[1],
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(samples.dtype.kind == "i"),
    }
    dataset = Dataset()
    for keyword, value in (tags | changes).items():
        if value is not None:
            setattr(dataset, keyword, value)
    return dataset


def write(
    path: Path,
    samples: np.ndarray,
    syntax: UID = ExplicitVRLittleEndian,
    frame: bytes | None = None,
    **changes: object,
) -> Path:
    """Writes `samples`, or the compressed `frame` of them, and returns `path`."""
    tags: dict[str, object] = {"PixelData": samples.tobytes()}
    if frame is not None:
        tags["PixelData"] = encapsulate([frame])
    dataset = image_tags(samples, **(tags | changes))
    if "PixelData" in dataset:
        dataset["PixelData"].VR = "OB" if samples.itemsize == 1 or frame else "OW"
        dataset["PixelData"].is_undefined_length = frame is not None
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.1.2")
    dataset.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3.4")
    dataset.save_as(path, enforce_file_format=True)
    return path


def lut(data: list[int] | bytes, first: int = 0, bits: int = 16, entries: int = 0) -> Dataset:
    """An item of a modality or VOI LUT sequence; `data` as numbers (US) or as bytes (OW)."""
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [entries or len(data), first, bits])
    item.add_new("LUTData", "OW" if isinstance(data, bytes) else "US", data)
    return item
