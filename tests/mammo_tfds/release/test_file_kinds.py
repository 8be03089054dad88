"""What a file is by its first bytes."""

import bz2
import gzip
import lzma
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import (
    UID,
    BasicTextSRStorage,
    BreastTomosynthesisImageStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    EncapsulatedPDFStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    MammographyCADSRStorage,
    MediaStorageDirectoryStorage,
    RTStructureSetStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
)

from mammo_tfds.release.file_kinds import kind_of_stray, packed_as
from tests.releases import write_dicom, write_object

PIXELS = np.zeros((2, 2), np.uint16)


@pytest.mark.parametrize(
    "sop_class",
    [
        BasicTextSRStorage,
        MammographyCADSRStorage,
        GrayscaleSoftcopyPresentationStateStorage,
        EncapsulatedPDFStorage,
        RTStructureSetStorage,
        SegmentationStorage,
        MediaStorageDirectoryStorage,
    ],
)
def test_an_object_that_is_no_image(tmp_path: Path, sop_class: UID):
    """It is named as PS3.6 names its class."""
    write_object(tmp_path / "1.dcm", sop_class)
    assert kind_of_stray(tmp_path / "1.dcm") == sop_class.name


@pytest.mark.parametrize(
    "sop_class",
    [
        DigitalMammographyXRayImageStorageForPresentation,
        BreastTomosynthesisImageStorage,
        SecondaryCaptureImageStorage,
        UID("1.2.3.4.5"),  # a maker's own
        UID(""),
    ],
)
def test_what_may_be_an_image(tmp_path: Path, sop_class: UID):
    """Whatever is an image, or may be one, is none of these kinds."""
    write_object(tmp_path / "1.dcm", sop_class)
    assert kind_of_stray(tmp_path / "1.dcm") is None


@pytest.mark.parametrize("content", [b"", b"a report\n" * 99, b"\0" * 200])
def test_a_file_that_is_no_dicom(tmp_path: Path, content: bytes):
    """Empty, text, or zeros."""
    (tmp_path / "1.dcm").write_bytes(content)
    assert kind_of_stray(tmp_path / "1.dcm") == "no DICOM file"


def test_a_damaged_image_may_be_an_image(tmp_path: Path):
    """Cut off in its first tags, without its preamble, packed, or a dangling link."""
    path = tmp_path / "1_.dcm"
    write_dicom(path, PIXELS)
    whole = path.read_bytes()
    data_set = whole[whole.index(b"\x08\x00\x16\x00") :]
    big_endian = b"\x00\x08\x00\x16" + data_set[4:]
    for content in (whole[:150], whole[132:], data_set, big_endian, gzip.compress(whole)):
        path.write_bytes(content)
        assert kind_of_stray(path) is None
    path.unlink()
    path.symlink_to("nowhere")
    assert kind_of_stray(path) is None


def test_a_declared_length_is_not_trusted(tmp_path: Path):
    """4 GB of a first tag in a file of 150 bytes."""
    head = b"\0" * 128 + b"DICM" + b"\x02\0\x01\0OB\0\0\xf0\xff\xff\xff"
    (tmp_path / "1.dcm").write_bytes(head)
    assert kind_of_stray(tmp_path / "1.dcm") is None


@pytest.mark.parametrize(
    ("content", "tool"),
    [
        (gzip.compress(b"DICM", mtime=0), "gunzip"),
        (bz2.compress(b"DICM"), "bunzip2"),
        (lzma.compress(b"DICM"), "unxz"),
        (b"PK\x03\x04", "unzip"),
        (b"\x28\xb5\x2f\xfd", "unzstd"),
    ],
)
def test_a_packed_file_is_named_with_its_tool(content: bytes, tool: str):
    """By its first bytes, whatever its name."""
    kind = packed_as(content)
    assert kind and kind.endswith(f"unpack it ({tool})")
    assert packed_as(b"\0" * 132) is None
