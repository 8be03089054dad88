"""A compressed frame -> what its own header says: the codec and the size.

A frame of a kilobyte can hold 12000 x 12000 samples, which a decoder allocates before anybody can
compare them with the tags. So the header is read first, which takes no memory.
"""

import struct
from dataclasses import dataclass

from mammo_tfds.pixels.jpeg2000_header import find_codestream, read_shape

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"  # ISO/IEC 10918-1 B.1.1.3
_SOS = 0xDA
_MOST_SCANS = 100  # each passes over all samples, and a scan may have a dozen bytes; 10 are usual
# Frame headers, ISO/IEC 10918-1 table B.1: all but DHT, JPG and DAC, which lie among them.
_SOF = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SOF_JPEG_LS, _LSE = 0xF7, 0xF8  # ISO/IEC 14495-1 C.1.1
_BARE = {0x00, 0x01, *range(0xD0, 0xD9)}  # a stuffed 0xFF, TEM, RSTn and SOI have no length


@dataclass(frozen=True)
class StreamHeader:
    """What a compressed frame says of itself.

    Attributes:
        codec: JPEG, JPEG-LS, JPEG 2000 or RLE.
        shape: (rows, columns), with a third number where it has more components than one; () for
            RLE, whose header does not say it.
        stream: the frame without what the decoder does not need.
    """

    codec: str
    shape: tuple[int, ...]
    stream: bytes


def read_stream_header(frame: bytes) -> StreamHeader:
    """The header of a frame in JPEG, JPEG-LS, JPEG 2000 or RLE.

    Raises:
        EOFError: the frame is cut off.
        ValueError, LookupError, struct.error: its header is damaged, or of another codec.
    """
    if codestream := find_codestream(frame):
        return StreamHeader("JPEG 2000", read_shape(codestream), codestream)
    if frame.startswith(_SOI):
        return _read_jpeg(frame)
    segments, first = struct.unpack_from("<2I", frame)
    if not 1 <= segments <= 15 or first != 64:  # PS3.5 G.5
        raise ValueError("it begins as none of JPEG, JPEG-LS, JPEG 2000 and RLE does")
    return StreamHeader("RLE", (), frame)


def _read_jpeg(frame: bytes) -> StreamHeader:
    """The header of a JPEG (ISO/IEC 10918-1 B.2.2) or JPEG-LS (ISO/IEC 14495-1 C.2.2) frame."""
    header, marker, position = None, None, 2
    while marker != _SOS:
        marker, position = _next_marker(frame, position)
        if marker in _BARE:
            continue
        if marker in _SOF or marker == _SOF_JPEG_LS:
            _, rows, columns, components = struct.unpack_from(">B2HB", frame, position + 2)
            shape = (rows, columns, components)[: 3 if components != 1 else 2]
            header = StreamHeader("JPEG" if marker in _SOF else "JPEG-LS", shape, frame)
        if marker == _LSE and frame[position + 2] == 4:  # ISO/IEC 14495-1 C.2.4.1.4
            raise ValueError("it has more than 65535 rows or columns")
        position += int.from_bytes(frame[position : position + 2], "big")
    if not header:
        raise ValueError("it has no frame header")
    # libjpeg fills the missing part of a truncated stream with grey, and CharLS may search it for
    # seconds. The end marker cannot occur in coded samples; what stands behind it is padding.
    if frame.find(_EOI, position) < 0:
        raise EOFError("cut off before its end marker")
    if (scans := frame.count(bytes((0xFF, _SOS)), position)) > _MOST_SCANS:
        raise ValueError(f"it has {scans} scans")
    return header


def _next_marker(frame: bytes, position: int) -> tuple[int, int]:
    """The next marker's code and the position behind it; fill bytes may stand before it."""
    position = frame.find(b"\xff", position)
    while position >= 0 and frame[position] == 0xFF:
        position += 1
    if position <= 0:
        raise EOFError("cut off before its samples")
    return frame[position], position + 1
