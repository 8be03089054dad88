"""The header of a JPEG 2000 frame: tiles and precincts, wherever they are stated."""

import struct

import imagecodecs
import pytest

from mammo_tfds.pixels.jpeg2000_header import find_codestream, read_shape
from tests.mammo_tfds.dicoms import ramp

IMAGE = ramp(256, 256)
PLAIN = imagecodecs.jpeg2k_encode(IMAGE, codecformat="j2k", reversible=True)
COD = PLAIN[
    (at := PLAIN.index(b"\xff\x52")) : at + 2 + int.from_bytes(PLAIN[at + 2 : at + 4], "big")
]


def with_precincts(*sizes: int) -> bytes:
    """A COD segment (ISO/IEC 15444-1 A.6.1) with precincts of 2**size x 2**size."""
    body = bytes([COD[4] | 1]) + COD[5:] + bytes(size << 4 | size for size in sizes)
    return COD[:2] + struct.pack(">H", len(body) + 2) + body


def coc(cod: bytes) -> bytes:
    """The same for component 0 alone, as a COC segment (A.6.2)."""
    body = b"\0\1" + cod[9:]
    return b"\xff\x53" + struct.pack(">H", len(body) + 2) + body


def in_tile(segment: bytes) -> bytes:
    """The image with a segment in the header of its tile-part (A.4.2), which becomes longer."""
    start = PLAIN.index(b"\xff\x90")
    [size] = struct.unpack_from(">I", PLAIN, start + 6)
    longer = struct.pack(">I", size + len(segment) if size else 0)
    return (
        PLAIN[: start + 6] + longer + PLAIN[start + 10 : start + 12] + segment + PLAIN[start + 12 :]
    )


SMALL = with_precincts(1, 1, 1, 1, 1, 1)
USUAL = with_precincts(5, 5, 6, 7, 8, 8)
PLACES = {
    "main header": lambda cod: PLAIN.replace(COD, cod),
    "COC": lambda cod: PLAIN.replace(COD, COD + coc(cod)),
    "tile": in_tile,
    "COC in a tile": lambda cod: in_tile(coc(cod)),
}


@pytest.mark.parametrize("place", PLACES)
def test_small_precincts(place: str):
    """Precincts of 2 x 2 are refused, as a decoder would take kilobytes for each."""
    with pytest.raises(ValueError, match="its precincts are 2 x 2"):
        read_shape(PLACES[place](SMALL))


@pytest.mark.parametrize("place", PLACES)
def test_usual_precincts(place: str):
    """Precincts as encoders choose them, smaller ones for smaller resolutions, are no obstacle."""
    assert read_shape(PLACES[place](USUAL)) == (256, 256)


@pytest.mark.parametrize(
    ("height", "width", "allowed"),
    [(4, 8, False), (1, 64, False), (64, 64, True), (16, 256, True), (999, 999, True)],
)
def test_tiles(height: int, width: int, allowed: bool):
    """Tiles of 64 x 64 samples or more are read, also where they are larger than the image."""
    frame = PLAIN[:24] + struct.pack(">2I", width, height) + PLAIN[32:]
    if allowed:
        assert read_shape(frame) == (256, 256)
    else:
        with pytest.raises(ValueError, match=f"its tiles are {height} x {width}"):
            read_shape(frame)


def test_codestream():
    """A codestream alone, one in a JP2 file, and none."""
    jp2 = imagecodecs.jpeg2k_encode(IMAGE, codecformat="jp2", reversible=True)
    assert find_codestream(PLAIN) == PLAIN
    assert find_codestream(jp2) == jp2[jp2.index(b"jp2c") + 4 :]
    assert find_codestream(b"\xff\xd8\xff") == b""


def test_subsampled():
    """A component with fewer samples than the image has is refused."""
    with pytest.raises(ValueError, match="subsampled"):
        read_shape(PLAIN[:43] + b"\2\2" + PLAIN[45:])
