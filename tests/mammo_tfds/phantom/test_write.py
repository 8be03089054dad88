"""The files of a phantom release."""

import io
import plistlib

import numpy as np
import pydicom

from mammo_tfds.phantom import write
from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.render import Picture
from mammo_tfds.release.contours import Contour

EXPOSURE = Exposure("20586908", "6c613a14b80a8591", 0, 0, 0, "R", "MLO", "4a", "4a", 2, False,
                    "200802")  # fmt: skip
PIXELS = np.arange(12 * 10, dtype=np.uint16).reshape(12, 10)
SQUARE = Contour("mass", "Mass", ((2.0, 3.0), (6.0, 3.0), (6.0, 7.0), (2.0, 7.0)))
POINT = Contour("unnamed", "", ((4.5, 5.5),))


def test_the_name_says_ml_for_mlo():
    """The name of an MLO image has ML, as in INbreast."""
    assert write.dicom_name(EXPOSURE) == "20586908_6c613a14b80a8591_MG_R_ML_ANON.dcm"


def test_dicom_has_only_the_necessary_tags():
    """The DICOM file has modality, pixels and identifiers, but no patient, window or spacing."""
    dataset = pydicom.dcmread(io.BytesIO(write.make_dicom(EXPOSURE, PIXELS)))
    assert {element.keyword for element in dataset} == {
        "SOPClassUID", "SOPInstanceUID", "Modality", "SamplesPerPixel",
        "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit",
        "PixelRepresentation", "PixelData",
    }  # fmt: skip
    assert (dataset.Modality, dataset.PhotometricInterpretation) == ("MG", "MONOCHROME2")
    assert (dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit) == (16, 16, 15)
    assert dataset.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
    assert dataset.SOPInstanceUID.is_valid
    assert np.array_equal(dataset.pixel_array, PIXELS)


def test_table_is_as_the_real_one(shared):
    """Header, CRLF, `;`, `removed` and an unknown density of 193 blanks are as in INbreast.csv."""
    real = (shared / "real_inbreast_csv" / "INbreast.csv").read_bytes()
    blank = Exposure("53582540", "0" * 16, 0, 0, 0, "R", "MLO", "1", "1", 2, True, "201001")
    header, first, second, end = write.make_table([EXPOSURE, blank]).split(b"\r\n")
    assert header == real.split(b"\r\n")[0]
    assert first == b"removed;removed;R;MLO;200802;20586908;2;4a"
    assert second in real.split(b"\r\n")
    assert end == b""


def test_the_form_of_contours():
    """A contour has points as strings of x and y, and statistics of the pixels inside."""
    rois = plistlib.loads(write.make_contour_file(Picture(PIXELS, (SQUARE, POINT)), miscount=False))
    (image,) = rois["Images"]
    square, point = image["ROIs"]
    assert (image["ImageIndex"], image["NumberOfROIs"]) == (0, 2)
    assert square["Point_px"][1] == "(6.000000, 3.000000)"
    assert square["NumberOfPoints"] == len(square["Point_mm"]) == 4
    assert (square["Min"], square["Max"], square["Name"]) == (32, 65, "Mass")
    assert square["Total"] == 16 * square["Mean"] == 16 * 48.5
    assert (point["Mean"], point["NumberOfPoints"]) == (54, 1)
    assert "Name" not in point
    assert [roi["IndexInImage"] for roi in image["ROIs"]] == [0, 1]


def test_contours_have_the_keys_of_a_real_file(shared):
    """The keys and their order are those of the excerpt of a real file."""
    real = (shared / "real_inbreast_csv" / "contours_excerpt.xml").read_bytes()
    (expected,) = plistlib.loads(real)["Images"][0]["ROIs"]
    made = plistlib.loads(write.make_contour_file(Picture(PIXELS, (SQUARE,)), miscount=False))
    assert list(made["Images"][0]["ROIs"][0]) == list(expected)


def test_a_miscount():
    """NumberOfPoints of the first contour is one too many, as in some files of INbreast."""
    rois = plistlib.loads(write.make_contour_file(Picture(PIXELS, (SQUARE, POINT)), miscount=True))
    assert [roi["NumberOfPoints"] for roi in rois["Images"][0]["ROIs"]] == [5, 1]


def test_a_contour_outside_the_image_has_statistics():
    """The statistics of a contour outside the image are those of the nearest pixel."""
    away = Contour("mass", "Mass", ((-9.0, -9.0), (-5.0, -9.0), (-5.0, -5.0)))
    rois = plistlib.loads(write.make_contour_file(Picture(PIXELS, (away,)), miscount=False))
    assert rois["Images"][0]["ROIs"][0]["Mean"] == PIXELS[0, 0]


def test_readme_says_that_it_is_synthetic():
    """README.txt begins with SYNTHETIC, and has the command that makes the release."""
    text = write.make_readme(20, 108, 410, (1024, 832)).decode("ascii")
    assert text.startswith("SYNTHETIC.")
    assert "mammo phantom OUT --seed 20 --patients 108 --size 1024x832" in text
