"""A file -> its data set: encodings that are stated rightly, wrongly and not at all."""

import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom import uid
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from mammo_tfds.pixels.read import PixelError, image_size, read_pixels
from tests.mammo_tfds.dicoms import image_tags, lut, ramp, write

ENCODINGS = {
    uid.ImplicitVRLittleEndian: "implicit VR little endian",
    uid.ExplicitVRLittleEndian: "explicit VR little endian",
    uid.ExplicitVRBigEndian: "explicit VR big endian",
    uid.DeflatedExplicitVRLittleEndian: "deflated explicit VR little endian",
}
PLAIN = [syntax for syntax in ENCODINGS if syntax != uid.DeflatedExplicitVRLittleEndian]
EIGHT_BITS = (ramp() // 16).astype(np.uint8)
# Numbers whose bytes have an order, also in a sequence; US or SS only by another tag's value.
TAGS = {"PixelPaddingValue": 7, "VOILUTSequence": [lut(list(range(4096)), bits=12)]}


def named(syntaxes: object) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("syntax", syntaxes, ids=ENCODINGS.get)


def data_set(syntax: uid.UID, samples: np.ndarray, vr: str = "OW", **changes: object) -> bytes:
    """The data set of an image in one of ENCODINGS, without what comes before it in a file."""
    order = ">" if syntax == uid.ExplicitVRBigEndian else "<"
    data = samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    tags = image_tags(samples, **({"PixelData": data} | changes))
    tags["PixelData"].VR = vr
    stream = DicomBytesIO()
    stream.is_implicit_VR = syntax == uid.ImplicitVRLittleEndian
    stream.is_little_endian = order == "<"
    write_dataset(stream, tags)
    deflated = syntax == uid.DeflatedExplicitVRLittleEndian
    return deflate(stream.getvalue()) if deflated else stream.getvalue()


def deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-zlib.MAX_WBITS)


def head(tmp_path: Path, syntax: uid.UID) -> bytes:
    """The preamble, and file meta information that states `syntax`."""
    frame = b"a frame" if syntax.is_encapsulated else None
    data = write(tmp_path / "head.dcm", ramp(), syntax, frame).read_bytes()
    return data[: end_of_head(data)]


def end_of_head(data: bytes) -> int:
    """Where the data set of a file begins."""
    return 144 + int.from_bytes(data[140:144], "little")


def read(tmp_path: Path, data: bytes) -> tuple[np.ndarray, list[str]]:
    """The pixels and the warnings of a file with these bytes."""
    warnings: list[str] = []
    file = tmp_path / "a.dcm"
    file.write_bytes(data)
    return read_pixels(file, warn=warnings.append), warnings


@named(ENCODINGS)
def test_every_encoding(tmp_path: Path, syntax: uid.UID):
    """The same image has the same pixels in every encoding, without a warning."""
    expected, _ = read(
        tmp_path, write(tmp_path / "b.dcm", ramp(), BitsStored=12, HighBit=11, **TAGS).read_bytes()
    )
    data = data_set(syntax, ramp(), BitsStored=12, HighBit=11, **TAGS)
    pixels, warnings = read(tmp_path, head(tmp_path, syntax) + data)
    assert np.array_equal(pixels, expected)
    assert not warnings
    assert image_size(tmp_path / "a.dcm") == (48, 64)


@named(ENCODINGS)
@pytest.mark.parametrize("stated", ENCODINGS, ids=ENCODINGS.get)
def test_another_encoding_than_stated(tmp_path: Path, stated: uid.UID, syntax: uid.UID):
    """The data set is read as what it is, and the warning names both."""
    pixels, warnings = read(tmp_path, head(tmp_path, stated) + data_set(syntax, ramp()))
    assert np.array_equal(pixels, ramp())
    line = f"a.dcm: states {stated.name} (0002,0010), but is {ENCODINGS[syntax]}; read as that"
    assert warnings == ([] if stated == syntax else [line])


@named(PLAIN)
def test_no_preamble_and_no_meta_information(tmp_path: Path, syntax: uid.UID):
    """A bare data set is read, with a warning (PS3.10 7.1)."""
    pixels, warnings = read(tmp_path, data_set(syntax, ramp()))
    assert np.array_equal(pixels, ramp())
    line = f"a.dcm: states no transfer syntax (PS3.10 7.1); read as {ENCODINGS[syntax]}"
    assert warnings == [line]
    assert image_size(tmp_path / "a.dcm") == (48, 64)


def test_meta_information_without_preamble(tmp_path: Path):
    """File meta information counts also where the 128 bytes and the prefix are missing."""
    data = write(tmp_path / "b.dcm", ramp(), uid.ImplicitVRLittleEndian).read_bytes()
    pixels, warnings = read(tmp_path, data[132:])
    assert np.array_equal(pixels, ramp())
    assert not warnings


@named(PLAIN)
def test_prefix_without_meta_information(tmp_path: Path, syntax: uid.UID):
    """A data set right behind the prefix is read, with a warning."""
    pixels, warnings = read(tmp_path, bytes(128) + b"DICM" + data_set(syntax, ramp()))
    assert np.array_equal(pixels, ramp())
    assert len(warnings) == 1


@pytest.mark.parametrize("vr", ["OB", "OW"])
def test_big_endian_bytes(tmp_path: Path, vr: str):
    """PS3.5 A.3: samples of 8 bits are swapped in pairs in words (OW), but not in bytes (OB)."""
    stored = EIGHT_BITS.view("<u2").byteswap() if vr == "OW" else EIGHT_BITS
    data = data_set(uid.ExplicitVRBigEndian, EIGHT_BITS, vr, PixelData=stored.tobytes())
    pixels, _ = read(tmp_path, head(tmp_path, uid.ExplicitVRBigEndian) + data)
    assert np.array_equal(pixels, EIGHT_BITS)


def test_big_endian_lut_in_words(tmp_path: Path):
    """PS3.5 6.2: the words of a LUT (OW) have the order of the data set."""
    curve = np.arange(4096) ** 2 // 4095
    pixels = []
    for syntax, order in ((uid.ExplicitVRLittleEndian, "<u2"), (uid.ExplicitVRBigEndian, ">u2")):
        words = lut(curve.astype(order).tobytes(), bits=12, entries=4096)
        data = data_set(syntax, ramp(), BitsStored=12, HighBit=11, VOILUTSequence=[words])
        pixels.append(read(tmp_path, head(tmp_path, syntax) + data)[0])
    assert np.array_equal(*pixels)


def test_deflated_with_a_header_of_its_own(tmp_path: Path):
    """A stream as in RFC 1950, which some programs write in place of RFC 1951, is read."""
    data = zlib.compress(data_set(uid.ExplicitVRLittleEndian, ramp()))
    pixels, _ = read(tmp_path, head(tmp_path, uid.DeflatedExplicitVRLittleEndian) + data)
    assert np.array_equal(pixels, ramp())


@pytest.mark.parametrize("part", [0, 0.01, 0.5, 0.99])
def test_deflated_and_cut_off(tmp_path: Path, part: float):
    """A deflated data set that is cut off is refused, not filled."""
    data = data_set(uid.DeflatedExplicitVRLittleEndian, ramp())
    with pytest.raises(PixelError, match="cut off"):
        read(
            tmp_path,
            head(tmp_path, uid.DeflatedExplicitVRLittleEndian) + data[: int(part * len(data))],
        )


def test_deflated_and_damaged(tmp_path: Path):
    """A deflated data set with wrong bytes is refused in one line."""
    data = bytearray(data_set(uid.DeflatedExplicitVRLittleEndian, ramp()))
    data[40:80] = b"\xff" * 40
    with pytest.raises(PixelError, match=r"^a\.dcm: [^\n]*$"):
        read(tmp_path, head(tmp_path, uid.DeflatedExplicitVRLittleEndian) + data)


def test_nothing_to_tell_the_encoding(tmp_path: Path):
    """A data set that begins with a private group, and no transfer syntax, is refused."""
    data = b"\x33\x33\x10\x00" + (4).to_bytes(4, "little") + b"none"
    with pytest.raises(PixelError, match=r"must have TransferSyntaxUID \(0002,0010\).*dcmconv"):
        read(tmp_path, bytes(128) + b"DICM" + data)


def test_damaged_transfer_syntax(tmp_path: Path):
    """A transfer syntax that is no UID may be part of a patient's tag, and is not quoted."""
    data = head(tmp_path, uid.ExplicitVRLittleEndian).replace(
        b"1.2.840.10008.1.2.1", b"Nobody^Anna\0\0\0\0\0\0\0\0"
    )
    with pytest.raises(PixelError, match=r"TransferSyntaxUID .* got no UID: convert"):
        read(tmp_path, data + data_set(uid.ExplicitVRLittleEndian, ramp()))
