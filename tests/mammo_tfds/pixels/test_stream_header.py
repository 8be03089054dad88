"""The stream of a frame: what it says of itself, what stands around it, and what it is not."""

from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom import uid

from mammo_tfds.pixels.stream_header import read_stream_header
from mammo_tfds.pixels.tags import DAMAGE, PixelError
from tests.mammo_tfds.dicoms import ramp, write
from tests.mammo_tfds.pixels.test_decoding import EIGHT_BITS, LOSSLESS, TWELVE, samples_of
from tests.mammo_tfds.pixels.test_opening import end_of_head, head

CODECS = {
    uid.JPEGLosslessSV1: "JPEG",
    uid.JPEGLSLossless: "JPEG-LS",
    uid.JPEG2000Lossless: "JPEG 2000",
    uid.RLELossless: "RLE",
}


def name_of(value: object) -> str:
    return getattr(value, "name", "")


lossless = pytest.mark.parametrize(("syntax", "frame"), LOSSLESS, ids=name_of)


def restate(file: Path, stated: uid.UID) -> None:
    """Replaces the file meta information by one whose transfer syntax is not the data's."""
    data = file.read_bytes()
    file.write_bytes(head(file.parent, stated) + data[end_of_head(data) :])


@pytest.mark.parametrize("zeros", [1, 2, 300, 9000])
@lossless
def test_zeros_behind_the_stream(tmp_path: Path, syntax: uid.UID, frame: bytes, zeros: int):
    """A whole stream is read, however many zeros a program has written behind it."""
    file = write(tmp_path / "a.dcm", ramp(), syntax, frame + bytes(zeros), **TWELVE)
    assert np.array_equal(samples_of(file), ramp())


@pytest.mark.parametrize(
    ("syntax", "frame"), [each for each in LOSSLESS if each[0] in CODECS], ids=name_of
)
@pytest.mark.parametrize("stated", [*CODECS, uid.ExplicitVRLittleEndian], ids=name_of)
def test_another_codec_than_stated(tmp_path: Path, stated: uid.UID, syntax: uid.UID, frame: bytes):
    """The frame is read as what it is, and the warning names both codecs."""
    file = write(tmp_path / "a.dcm", ramp(), syntax, frame, **TWELVE)
    restate(file, stated)
    warnings: list[str] = []
    assert np.array_equal(samples_of(file, warnings.append), ramp())
    what = f"states {stated.name} (0002,0010), but its pixel data are {CODECS[syntax]}"
    assert warnings == ([] if stated == syntax else [f"{what}; read as that"])


def test_not_compressed_though_stated(tmp_path: Path):
    """Samples as they are in a file that states JPEG are read, with a warning."""
    file = write(tmp_path / "a.dcm", ramp(), uid.ExplicitVRLittleEndian)
    restate(file, uid.JPEGBaseline8Bit)
    warnings: list[str] = []
    assert np.array_equal(samples_of(file, warnings.append), ramp())
    assert warnings == [
        "states JPEG Baseline (Process 1) (0002,0010), but its pixel data are not compressed;"
        " read as that"
    ]


def test_jp2_boxes_around_the_codestream(tmp_path: Path):
    """PS3.5 A.4.4 has no JP2 boxes; a file with them has the same samples."""
    frame = imagecodecs.jpeg2k_encode(ramp(), codecformat="jp2", reversible=True)
    file = write(tmp_path / "a.dcm", ramp(), uid.JPEG2000Lossless, frame, **TWELVE)
    assert np.array_equal(samples_of(file), ramp())


def test_wrong_offset_table(tmp_path: Path):
    """The offsets of the only frame are not needed, so wrong ones do no harm."""
    file = write(tmp_path / "a.dcm", ramp(), uid.JPEGLSLossless, LOSSLESS[2][1], **TWELVE)
    data = file.read_bytes()
    table = b"\xfe\xff\x00\xe0\x04\x00\x00\x00"
    file.write_bytes(data.replace(table + bytes(4), table + b"\x99\x00\x00\x00"))
    assert np.array_equal(samples_of(file), ramp())


@lossless
@pytest.mark.parametrize("has_bot", [True, False])
def test_several_frames(tmp_path: Path, syntax: uid.UID, frame: bytes, has_bot: bool):
    """A second frame is refused, also where NumberOfFrames does not tell of it."""
    data = pydicom.encaps.encapsulate([frame, frame], has_bot=has_bot)
    file = write(tmp_path / "a.dcm", ramp(), syntax, frame, PixelData=data, **TWELVE)
    with pytest.raises(PixelError, match=r"PixelData \(7FE0,0010\) must have one frame; got 2"):
        samples_of(file)


@pytest.mark.parametrize("pad", [0, 10_000])
@pytest.mark.parametrize(
    ("syntax", "frame"), [each for each in LOSSLESS if each[0] != uid.RLELossless], ids=name_of
)
def test_truncated_and_padded(tmp_path: Path, syntax: uid.UID, frame: bytes, pad: int):
    """A stream that is cut off is refused, also where zeros take the place of what is missing."""
    file = write(tmp_path / "a.dcm", ramp(), syntax, frame[:-20] + bytes(20 + pad), **TWELVE)
    with pytest.raises(PixelError, match=r"the .* stream is damaged"):
        samples_of(file)


@pytest.mark.parametrize("content", [b"\0\0", b"\0" * 100, b"no image at all" * 9])
def test_stream_of_no_codec(tmp_path: Path, content: bytes):
    """A frame that begins as no codec's is refused."""
    file = write(tmp_path / "a.dcm", ramp(), uid.JPEGBaseline8Bit, content, **TWELVE)
    with pytest.raises(PixelError, match=r"stream is damaged \("):
        samples_of(file)


JPEG = imagecodecs.jpeg8_encode(EIGHT_BITS)
COLOUR = imagecodecs.jpeg8_encode(np.dstack([EIGHT_BITS] * 3))
THUMBNAIL = b"\xff\xe1\x00\x0d" + b"\xff\xc0\x00\x0b" + bytes(7)  # APP1 with a frame header in it
HEADERS = {
    "JPEG": (JPEG, "JPEG", (48, 64)),
    "JPEG of 12 bits": (imagecodecs.jpeg8_encode(ramp(), bitspersample=12), "JPEG", (48, 64)),
    "lossless JPEG": (LOSSLESS[0][1], "JPEG", (48, 64)),
    "colours": (COLOUR, "JPEG", (48, 64, 3)),
    "fill bytes": (JPEG[:2] + b"\xff\xff\xff" + JPEG[2:], "JPEG", (48, 64)),
    "a thumbnail": (JPEG[:2] + THUMBNAIL + JPEG[2:], "JPEG", (48, 64)),
    "JPEG-LS": (LOSSLESS[2][1], "JPEG-LS", (48, 64)),
    "JPEG 2000": (LOSSLESS[3][1], "JPEG 2000", (48, 64)),
    "JP2": (imagecodecs.jpeg2k_encode(ramp(), codecformat="jp2"), "JPEG 2000", (48, 64)),
    "HTJ2K": (LOSSLESS[4][1], "JPEG 2000", (48, 64)),
    "RLE": (LOSSLESS[5][1], "RLE", ()),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_codec_and_shape(kind: str):
    """What a stream says of itself, whatever else is in its header."""
    frame, codec, shape = HEADERS[kind]
    header = read_stream_header(frame)
    assert (header.codec, header.shape) == (codec, shape)


def test_part_of_a_larger_grid():
    """ISO/IEC 15444-1 B.2: the image begins where its offset in the reference grid is."""
    frame = bytearray(LOSSLESS[3][1])
    frame[8:24] = b"".join(value.to_bytes(4, "big") for value in (164, 248, 100, 200))
    assert read_stream_header(bytes(frame)).shape == (48, 64)


@pytest.mark.parametrize("kind", HEADERS)
def test_header_cut_off_anywhere(kind: str):
    """A frame that is cut off says the same of itself, or is an error of those of damage."""
    frame, codec, shape = HEADERS[kind]
    for length in range(len(frame)):
        try:
            header = read_stream_header(frame[:length])
        except DAMAGE:
            continue
        assert (header.codec, header.shape) == (codec, shape)
