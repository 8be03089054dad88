"""The public test files of DICOM toolkits, as pydicom and pydicom-data ship them.

toolkit_files.csv has a row for each:

read      what `read_pixels` gives: the size, or the start of the line that refuses the file
samples   the start of the sha256 of the stored samples as we read them, or the refusal; empty where
          the file has no grey image of 8 or 16 bits
pydicom   the same of pydicom 3.0.2 with GDCM 3.2.6 and pylibjpeg-openjpeg 2.6.0
dcmtk     the same of dcmtk 3.6.7's dcmconv, dcmdjpeg, dcmdjpls and dcmdrle; empty where it cannot
          read the file, as with all of JPEG 2000
why       which section of the standard decides where the columns differ
"""

import csv
import re
from pathlib import Path

import data_store
import numpy as np
import pydicom.data
import pytest

from mammo_tfds.pixels.decoding import decode_samples
from mammo_tfds.pixels.opening import open_image
from mammo_tfds.pixels.read import PixelError, pixels_sha256, read_pixels

FOLDERS = {
    "pydicom": Path(pydicom.data.__file__).parent / "test_files",
    "pydicom-data": Path(data_store.__file__).parent / "data",
}
with Path(__file__).with_name("toolkit_files.csv").open(newline="") as table:
    ROWS = list(csv.DictReader(table))
HASH = re.compile("[0-9a-f]{12}")
KEYWORDS = (
    *("Rows", "Columns", "SamplesPerPixel", "NumberOfFrames"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelData"),
)
every_file = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])


def ignore(line: str) -> None:
    """A warning."""


def refusal(error: PixelError, path: Path) -> str:
    """The part of the message that names what is wrong."""
    line = str(error).removeprefix(f"{path.name}: ")
    return "refused: " + re.split(" must|[;:]", line)[0]


def outcome(path: Path) -> str:
    try:
        rows, columns = read_pixels(path, warn=ignore).shape
    except PixelError as error:
        return refusal(error, path)
    return f"{rows} x {columns}"


def samples(path: Path) -> str:
    """The samples alone, of whatever the image is of."""
    try:
        with open_image(path, KEYWORDS, ignore) as file:
            grey = file.tags.get("SamplesPerPixel", 1) == 1 and file.pixel_length != 0
            if not grey or file.tags.get("BitsAllocated") not in (8, 16):
                return ""
            return pixels_sha256(decode_samples(file))[:12]
    except PixelError as error:
        return refusal(error, path)


def test_every_file_is_in_the_table():
    """No file of these packages is left out, but for a tree of copies that tests DICOMDIRs."""
    found = {(name, path.name) for name, folder in FOLDERS.items() for path in folder.glob("*.dcm")}
    assert found == {(row["package"], row["file"]) for row in ROWS}


@every_file
def test_what_comes_out(row: dict[str, str]):
    """Each file is read, or refused, as the table says."""
    path = FOLDERS[row["package"]] / row["file"]
    assert outcome(path) == row["read"]
    assert samples(path) == row["samples"]


@every_file
def test_differences_are_decided_by_the_standard(row: dict[str, str]):
    """Where another program reads samples, ours are the same, or the standard says why not."""
    others = {row["pydicom"], row["dcmtk"]} - {"", "refused"}
    if HASH.fullmatch(row["samples"]) and row["pydicom"] != "refused":
        assert others == {row["samples"]}
    elif others:
        assert re.match(r"PS3\.\d+ [A-Z0-9.]+: ", row["why"])


# Of a whole image, through rescale, LUT, window and MONOCHROME1: what dcmtk 3.6.7's dcm2pnm
# --write-16-bit-png writes, with --use-window 1 or --use-voi-lut 1 where the file has one. It cuts
# off fractions, where we round.
SHOWN = {  # darkest, brightest, mean
    "RG1_UNCI.dcm": (7617, 63780, 49387.340),
    "RG1_J2KI.dcm": (7617, 63780, 49387.340),
    "RG1_UNCR.dcm": (7689, 63625, 49387.324),
    "RG1_J2KR.dcm": (7689, 63625, 49387.324),
    "RG3_UNCI.dcm": (2434, 65535, 45617.257),
    "RG3_J2KI.dcm": (2434, 65535, 45617.257),
    "RG3_UNCR.dcm": (2434, 65535, 45617.227),
    "RG3_J2KR.dcm": (2434, 65535, 45617.227),
    "mlut_18.dcm": (0, 65535, 33177.149),
    "vlut_04.dcm": (0, 65535, 33109.316),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown(name: str):
    """Radiographs with a window, and images with a LUT, look as they do in dcmtk."""
    shown = read_pixels(FOLDERS["pydicom-data"] / name).astype(np.float64)
    ours = shown.min(), shown.max(), shown.mean()
    assert ours == pytest.approx(SHOWN[name], abs=1)
