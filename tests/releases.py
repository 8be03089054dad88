"""Small INbreast-shaped releases for tests, valid or broken.

    rows = make_rows(patients=12, sick=6)
    release = write_release(tmp_path, rows)                      # as the real one is
    write_release(tmp_path, rows, delimiter=",", bom=True)       # a re-packed copy

A release is `AllDICOMs/`, `AllXML/` (only for images with contours) and `INbreast.csv`. To get a
broken one, write a valid one and then change a file, or write its parts: `write_table`,
`write_dicom`, `write_contours`.
"""

import plistlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

HEADERS = (
    "Patient ID",
    "Patient age",
    "Laterality",
    "View",
    "Acquisition date",
    "File Name",
    "ACR",
    "Bi-Rads",
)
Roi = tuple[str | None, Sequence[tuple[float, float]]]
_MG_FOR_PROCESSING = UID("1.2.840.10008.5.1.4.1.1.1.2.1")


@dataclass(frozen=True)
class RowSpec:
    """An image: its row, its name and its contours, as they are written into the files."""

    image_id: str = "20586908"
    patient: str = "6c613a14b80a8591"
    side: str = "R"
    view: str = "CC"
    birads: str = "2"
    density: str = "3"
    rois: tuple[Roi, ...] = ()

    @property
    def stem(self) -> str:
        """The DICOM file's name without extension, in which MLO is ML, as in the real release."""
        view = "ML" if self.view == "MLO" else self.view
        return f"{self.image_id}_{self.patient}_MG_{self.side}_{view}_ANON"


def make_rows(patients: int = 8, sick: int = 4) -> list[RowSpec]:
    """Two images (CC, MLO) of each patient; the first `sick` patients are BI-RADS 4a to 6."""
    rows = []
    for number in range(patients):
        suspicious = number < sick
        birads = ("4a", "5", "4c", "6", "4b")[number % 5] if suspicious else "123"[number % 3]
        # Ids are 23 apart and not consecutive, as in the real release.
        first = 20586908 + 46 * number
        for offset, view in ((0, "CC"), (23, "MLO")):
            rows.append(
                RowSpec(
                    image_id=str(first + offset),
                    patient=f"{0x6C613A14B80A8591 + number:016x}",
                    side="LR"[number % 2],
                    view=view,
                    birads=birads,
                    density=str(number % 4 + 1),
                    rois=(("Mass", ((8, 10), (16, 10), (16, 20), (8, 20))),) if suspicious else (),
                )
            )
    return rows


def write_release(
    folder: Path,
    rows: Iterable[RowSpec],
    *,
    images: str = "AllDICOMs",
    extension: str = ".dcm",
    size: tuple[int, int] = (48, 40),
    junk: bool = False,
    **table: object,
) -> Path:
    """Writes a release and returns its folder.

    Args:
        folder: of the release; created if it does not exist.
        rows: the images, in the order of the table.
        images: the folder of the images within the release; "" for the release itself.
        extension: of the images; "" in some re-packed copies.
        size: (rows, columns) of the images.
        junk: whether to add the other files of the real release and of a desktop.
        **table: arguments of `write_table`.
    """
    rows = list(rows)
    (folder / images).mkdir(parents=True, exist_ok=True)
    for row in rows:
        pixels = make_pixels(row, size)
        write_dicom(folder / images / f"{row.stem}{extension}", pixels)
        if row.rois:
            (folder / "AllXML").mkdir(exist_ok=True)
            write_contours(folder / "AllXML" / f"{row.image_id}.xml", row.rois)
    write_table(folder / "INbreast.csv", rows, **table)  # type: ignore[arg-type]
    if junk:
        _write_junk(folder)
    return folder


def write_table(
    path: Path,
    rows: Iterable[RowSpec],
    *,
    delimiter: str = ";",
    newline: str = "\r\n",
    bom: bool = False,
    encoding: str = "ascii",
    headers: Sequence[str] = HEADERS,
    float_ids: bool = False,
    footer: bool = False,
) -> None:
    """Writes INbreast.csv; by default in the form of the real one.

    Args:
        path: the file.
        rows: the images.
        delimiter: between the columns; "," or a tab in copies.
        newline: at the end of a line.
        bom: whether to begin with UTF-8's byte order mark.
        encoding: "utf-16" in copies, which begins with its own mark.
        headers: the names of the eight columns.
        float_ids: whether ids end with ".0", as in copies exported from the xls.
        footer: whether to end with a blank row and a row of totals.
    """
    lines = [list(headers)]
    for row in rows:
        name = f"{row.image_id}.0" if float_ids else row.image_id
        density = row.density or " " * 193
        lines.append(
            ["removed", "removed", row.side, row.view, "201001", name, density, row.birads]
        )
    if footer:
        lines += [[""] * 8, ["", "", "", "", "", str(len(lines) - 1), "4", "2"]]
    text = "".join(delimiter.join(line) + newline for line in lines)
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + text.encode(encoding))


def make_pixels(row: RowSpec, size: tuple[int, int] = (48, 40)) -> np.ndarray:
    """(H, W) uint16 with 12 bits: a half disc of noise, different in each image, on 0."""
    rows, columns = size
    down, across = np.ogrid[:rows, :columns]
    across = across if row.side == "L" else columns - 1 - across
    breast = np.hypot((down - rows / 2) / (rows / 2.2), across / (columns * 0.7)) < 1
    noise = np.random.default_rng(int(row.image_id)).integers(800, 2400, size)
    return np.where(breast, noise, 0).astype(np.uint16)


def write_dicom(path: Path, pixels: np.ndarray, **tags: object) -> None:
    """Writes pixels, (H, W) uint16, as in INbreast: MONOCHROME2, 16 bits, uncompressed.

    `tags` are added.
    """
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = _MG_FOR_PROCESSING
    # From the name and not random: a file that is written twice has the same bytes.
    dataset.file_meta.MediaStorageSOPInstanceUID = UID(f"2.25.{int(path.name.split('_')[0])}")
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
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)


def write_object(path: Path, sop_class: UID) -> None:
    """Writes a DICOM object without pixels: a report, a presentation state."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = sop_class
    dataset.file_meta.MediaStorageSOPInstanceUID = UID("2.25.1")
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, UID("2.25.1")
    dataset.preamble = bytes(128)
    dataset.save_as(path)


def write_contours(path: Path, rois: Iterable[Roi], **image: object) -> None:
    """Writes an OsiriX property list of (name or None, points); `image` replaces other keys."""
    entries = []
    for index, (name, points) in enumerate(rois):
        entry = {
            "Area": 0.0,
            "Center": "(0.000000, 0.000000, 0.000000)",
            "IndexInImage": index,
            "NumberOfPoints": len(points),
            "Point_mm": ["(0.000000, 0.000000, 0.000000)"] * len(points),
            "Point_px": [f"({x:.6f}, {y:.6f})" for x, y in points],
            "Type": 9,
        }
        entries.append(entry if name is None else {**entry, "Name": name})
    contents = {"ImageIndex": 0, "NumberOfROIs": len(entries), "ROIs": entries, **image}
    path.write_bytes(plistlib.dumps({"Images": [contents]}))


def _write_junk(folder: Path) -> None:
    """Writes the other files of the real release; the xls and the reports must not be opened."""
    for name in (
        ".DS_Store",
        "._INbreast.csv",
        "AllDICOMs/.DS_Store",
        "AllDICOMs/._20586908_6c613a14b80a8591_MG_R_CC_ANON.dcm",
        "AllXML/._20586908.xml",
        "AllROI/20586908.roi",
        "INbreast.xls",
        "INbreast.pdf",
        "README.txt",
        "LICENSE",
        "MedicalReports/20586908.txt",
        "MedicalReports/20586908_6c613a14b80a8591_MG_R_CC_ANON.dcm",
        "PectoralMuscle/Pectoral Muscle XML/20586908_muscle.xml",
        "PectoralMuscle/Pectoral Muscle ROI/20586908_muscle.roi",
        "__MACOSX/INbreast.csv",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x00\x05\x16\x07junk")
