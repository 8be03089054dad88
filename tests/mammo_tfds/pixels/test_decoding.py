"""Stored samples: bit depths, and every compressed syntax compared with another decoder."""

import warnings
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom import uid
from pydicom.pixels import get_decoder, get_encoder, pixel_array

from mammo_tfds.pixels.decoding import decode_samples
from mammo_tfds.pixels.opening import open_image
from mammo_tfds.pixels.tags import PixelError
from mammo_tfds.pixels.types import Warn
from tests.mammo_tfds.dicoms import ramp, write

KEYWORDS = (
    *("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    "PixelData",
)
TWELVE = {"BitsStored": 12, "HighBit": 11}
EIGHT_BITS = ramp(top=255).astype(np.uint8)


def samples_of(path: Path, warn: Warn = warnings.warn) -> np.ndarray:
    with open_image(path, KEYWORDS, warn) as file:
        return decode_samples(file)


def farthest(a: np.ndarray, b: np.ndarray) -> int:
    return int(np.abs(a.astype(int) - b).max())


# Bit depths


@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_unsigned(tmp_path: Path, syntax: uid.UID, bits: int):
    """Samples of 8 bits in bytes, and of 10 to 16 bits in words."""
    samples = ramp(top=2**bits - 1).astype(np.uint8 if bits == 8 else np.uint16)
    file = write(tmp_path / "a.dcm", samples, syntax, BitsStored=bits, HighBit=bits - 1)
    assert samples_of(file).dtype == np.uint16
    assert np.array_equal(samples_of(file), samples)


def test_signed(tmp_path: Path):
    """A negative sample is its two's complement in BitsStored bits."""
    samples = np.array([[-2048, -1, 0, 2047]], np.int16)
    stored = samples_of(write(tmp_path / "a.dcm", samples, **TWELVE))
    assert stored.tolist() == [[0x800, 0xFFF, 0, 0x7FF]]


def test_high_bit_above_stored_bits(tmp_path: Path):
    """PS3.5 8.1.1: 12 stored bits below high bit 15 are the upper 12 bits of the word."""
    samples = ramp()
    file = write(tmp_path / "a.dcm", samples << 4 | 0xF, BitsStored=12, HighBit=15)
    assert np.array_equal(samples_of(file), samples)


def test_bits_above_the_high_bit_are_ignored(tmp_path: Path):
    """PS3.5 8.1.1: bits above the high bit, such as an old overlay, are removed."""
    samples = ramp()
    file = write(tmp_path / "a.dcm", samples | 0x5000, **TWELVE)
    assert np.array_equal(samples_of(file), samples)


def test_odd_length_is_padded(tmp_path: Path):
    """15 samples of 8 bits take 16 bytes in the file."""
    samples = EIGHT_BITS[:3, :5]
    file = write(tmp_path / "a.dcm", samples, PixelData=samples.tobytes() + b"\0")
    assert np.array_equal(samples_of(file), samples)


@pytest.mark.parametrize("spare", [2, 3, 128, 6142])
def test_padding_beyond_one_byte(tmp_path: Path, spare: int):
    """PS3.5 8.1.1 pads to an even length; more than that, but less than a frame, is a warning."""
    file = write(tmp_path / "a.dcm", ramp(), PixelData=ramp().tobytes() + b"\xff" * spare)
    warnings: list[str] = []
    assert np.array_equal(samples_of(file, warnings.append), ramp())
    got = 6144 + spare + spare % 2  # pydicom, which writes the file, makes the length even
    assert warnings == [
        f"PixelData (7FE0,0010) must have 6144 bytes, 48 x 64 x 2; got {got}:"
        f" the last {got - 6144} are left out"
    ]


# Compressed, compared with GDCM and OpenJPEG through pydicom


def run_length_encoded(samples: np.ndarray) -> bytes:
    return get_encoder(uid.RLELossless).encode(
        samples,
        encoding_plugin="pydicom",
        rows=samples.shape[0],
        columns=samples.shape[1],
        samples_per_pixel=1,
        number_of_frames=1,
        bits_allocated=16,
        bits_stored=12,
        pixel_representation=0,
        photometric_interpretation="MONOCHROME2",
    )


LOSSLESS = [
    (uid.JPEGLossless, imagecodecs.jpeg8_encode(ramp(), lossless=True, bitspersample=12)),
    (uid.JPEGLosslessSV1, imagecodecs.jpeg8_encode(ramp(), lossless=True, bitspersample=12)),
    (uid.JPEGLSLossless, imagecodecs.jpegls_encode(ramp())),
    (uid.JPEG2000Lossless, imagecodecs.jpeg2k_encode(ramp(), codecformat="j2k", reversible=True)),
    (uid.HTJ2KLossless, imagecodecs.htj2k_encode(ramp())),
    (uid.RLELossless, run_length_encoded(ramp())),
]
LOSSY = [
    (uid.JPEGBaseline8Bit, EIGHT_BITS, imagecodecs.jpeg8_encode(EIGHT_BITS, level=90)),
    (uid.JPEGLSNearLossless, ramp(), imagecodecs.jpegls_encode(ramp(), level=2)),
    (uid.JPEG2000, ramp(), imagecodecs.jpeg2k_encode(ramp(), codecformat="j2k", level=60)),
]


def reference(path: Path) -> np.ndarray:
    syntax = pydicom.dcmread(path).file_meta.TransferSyntaxUID
    plugins = get_decoder(syntax).available_plugins
    return pixel_array(path, decoding_plugin="gdcm" if "gdcm" in plugins else plugins[-1])


@pytest.mark.parametrize(
    ("syntax", "frame"), LOSSLESS, ids=lambda value: getattr(value, "name", "")
)
def test_lossless(tmp_path: Path, syntax: uid.UID, frame: bytes):
    """The samples are unchanged, and another decoder gives the same."""
    file = write(tmp_path / "a.dcm", ramp(), syntax, frame, **TWELVE)
    assert np.array_equal(samples_of(file), ramp())
    assert np.array_equal(samples_of(file), reference(file))


@pytest.mark.parametrize(
    ("syntax", "samples", "frame"), LOSSY, ids=lambda value: getattr(value, "name", "")
)
def test_lossy(tmp_path: Path, syntax: uid.UID, samples: np.ndarray, frame: bytes):
    """Another decoder gives the same samples, near to the originals.

    Two of these streams have 16 bits and overshoot the 12 stored bits; they are clipped.
    """
    bits = {} if samples.itemsize == 1 else TWELVE
    file = write(tmp_path / "a.dcm", samples, syntax, frame, **bits)
    assert np.array_equal(samples_of(file), reference(file).clip(0, samples.max()))
    assert farthest(samples_of(file), samples) <= 0.1 * samples.max()


def test_jpeg_extended_with_12_bits(tmp_path: Path):
    """imagecodecs gives samples near to the originals, where GDCM refuses the file."""
    frame = imagecodecs.jpeg8_encode(ramp(), level=95, bitspersample=12)
    file = write(tmp_path / "a.dcm", ramp(), uid.JPEGExtended12Bit, frame, **TWELVE)
    assert farthest(samples_of(file), ramp()) <= 16


@pytest.mark.parametrize("signed", [0, 1])
def test_signed_jpeg_2000(tmp_path: Path, signed: int):
    """A signed stream keeps negative samples, also where the tags say unsigned."""
    samples = np.sort(ramp().view(np.int16) - 2048, axis=1)
    frame = imagecodecs.jpeg2k_encode(samples, codecformat="j2k", reversible=True, bitspersample=12)
    file = write(
        tmp_path / "a.dcm",
        samples,
        uid.JPEG2000Lossless,
        frame,
        PixelRepresentation=signed,
        **TWELVE,
    )
    assert np.array_equal(samples_of(file), samples.view(np.uint16) & 0xFFF)


def test_signed_lossy_overshoot_does_not_wrap(tmp_path: Path):
    """A sample just above the largest signed value becomes the largest, not the smallest."""
    samples = np.sort(ramp().view(np.int16) - 2048, axis=1)
    samples[-1, -1] = 2050
    frame = imagecodecs.jpeg2k_encode(samples, codecformat="j2k", reversible=True)
    file = write(tmp_path / "a.dcm", samples, uid.JPEG2000, frame, **TWELVE)
    assert samples_of(file)[-1, -1] == 0x7FF


def test_several_fragments(tmp_path: Path):
    """A frame may consist of several fragments, some of them empty."""
    frame = imagecodecs.jpegls_encode(ramp())
    half = len(frame) // 4 * 2
    data = pydicom.encaps.encapsulate([frame[:half], frame[half:]], has_bot=False)
    data = 2 * bytes.fromhex("feff00e000000000") + data
    file = write(tmp_path / "a.dcm", ramp(), uid.JPEGLSLossless, frame, PixelData=data, **TWELVE)
    assert np.array_equal(samples_of(file), ramp())


# Refused


@pytest.mark.parametrize(
    ("syntax", "frame"),
    [*LOSSLESS, (uid.JPEGExtended12Bit, imagecodecs.jpeg8_encode(ramp(), bitspersample=12))],
    ids=lambda value: getattr(value, "name", ""),
)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_truncated_stream(
    tmp_path: Path, capfd: pytest.CaptureFixture, syntax: uid.UID, frame: bytes, part: float
):
    """A truncated stream is refused, not filled with grey, and no decoder writes to stderr."""
    cut = frame[: int(part * len(frame))]
    file = write(tmp_path / "a.dcm", ramp(), syntax, cut, **TWELVE)
    with pytest.raises(PixelError, match=r"the .* stream (is damaged|must have)"):
        samples_of(file)
    assert capfd.readouterr() == ("", "")


def test_stream_of_another_size(tmp_path: Path):
    """A stream whose size is not Rows x Columns is refused with both sizes."""
    frame = imagecodecs.jpegls_encode(ramp(10, 20))
    file = write(tmp_path / "a.dcm", ramp(), uid.JPEGLSLossless, frame, **TWELVE)
    with pytest.raises(PixelError, match="48 x 64, samples; got 10 x 20"):
        samples_of(file)


def test_stream_of_colours(tmp_path: Path):
    """A stream of three colours with tags of a grey image is refused."""
    frame = imagecodecs.jpeg8_encode(np.dstack([EIGHT_BITS] * 3))
    file = write(tmp_path / "a.dcm", EIGHT_BITS, uid.JPEGBaseline8Bit, frame)
    with pytest.raises(PixelError, match="48 x 64, samples; got 48 x 64 x 3"):
        samples_of(file)


def test_stream_deeper_than_the_tags_say(tmp_path: Path):
    """Values too large for BitsStored are refused, not truncated to their lower bits."""
    frame = imagecodecs.jpegls_encode(ramp())
    file = write(tmp_path / "a.dcm", ramp(), uid.JPEGLSLossless, frame, BitsStored=10, HighBit=9)
    with pytest.raises(
        PixelError, match=r"fit into BitsStored \(0028,0101\), 10; it has 0 to 4095"
    ):
        samples_of(file)


@pytest.mark.parametrize("got", [6142, 2 * 6144, 3 * 6144])
def test_wrong_length(tmp_path: Path, got: int):
    """PixelData that is too short, or longer by a whole frame, is refused with both lengths."""
    file = write(tmp_path / "a.dcm", ramp(), PixelData=(ramp().tobytes() * 3)[:got])
    with pytest.raises(PixelError, match=f"must have 6144 bytes, 48 x 64 x 2; got {got}"):
        samples_of(file)


@pytest.mark.parametrize("syntax", [uid.MPEG2MPML, uid.UID("1.2.840.10008.1.2.4.110")])
def test_unsupported_syntaxes(tmp_path: Path, syntax: uid.UID):
    """An unsupported transfer syntax is an error that names it."""
    file = write(tmp_path / "a.dcm", ramp(), uid.MPEG2MPML, b"film")
    file.write_bytes(file.read_bytes().replace(uid.MPEG2MPML.encode(), syntax.encode()))
    with pytest.raises(PixelError, match=f"TransferSyntaxUID .* got '{syntax.name[:20]}"):
        samples_of(file)
