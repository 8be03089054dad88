"""The pixel data of an open file -> its samples as stored.

imagecodecs decodes all compressed transfer syntaxes: it writes no messages, and it reads 12-bit
JPEG Extended, which GDCM and OpenJPEG do not. Tests compare it with those two, sample by sample.
Which codec a frame has is read from the frame itself (stream_header.py).
"""

import struct

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from mammo_tfds.pixels.opening import ImageFile
from mammo_tfds.pixels.stream_header import StreamHeader, read_stream_header
from mammo_tfds.pixels.syntaxes import COMPRESSED, LOSSLESS, NATIVE
from mammo_tfds.pixels.tags import DAMAGE, PixelError, damage_error

_DECODERS = {
    "JPEG": imagecodecs.jpeg8_decode,
    "JPEG-LS": imagecodecs.jpegls_decode,
    "JPEG 2000": imagecodecs.jpeg2k_decode,
}
_ITEM, _ITEMS_END = 0xFFFEE000, 0xFFFEE0DD  # PS3.5 A.4
_SPARE = 2**16  # bytes that a compressed frame may have beyond twice its samples


def decode_samples(file: ImageFile) -> NDArray[np.uint16]:
    """The frame of PixelData, (Rows, Columns) uint16: the BitsStored bits of each sample.

    A negative sample is its two's complement in BitsStored bits. The caller has checked the tags
    of the image pixel module.

    Raises:
        PixelError: PixelData is damaged, or its length, size or depth is not what the tags say.
    """
    tags = file.tags
    samples = _decompress(file) if file.pixel_length is None else _read_native(file)
    # DICOM PS3.5 8.1.1: a sample is the bits from High Bit down; old files have overlays above it.
    shift = tags.HighBit + 1 - tags.BitsStored
    return (samples.astype(np.uint16) >> shift) & np.uint16(2**tags.BitsStored - 1)


def _native_length(file: ImageFile) -> int:
    return file.tags.Rows * file.tags.Columns * (file.tags.BitsAllocated // 8)


def _warn_of_syntax(file: ImageFile, found: str) -> None:
    if file.syntax:
        file.warn(
            f"states {file.syntax.name} (0002,0010), but its pixel data are {found}; read as that"
        )


def _read_native(file: ImageFile) -> NDArray[np.integer]:
    tags, size = file.tags, file.tags.BitsAllocated // 8
    length, stated = _native_length(file), file.pixel_length or 0
    data = file.stream.read(length + length % 2)  # PS3.5 8.1.1: padded to an even length
    got = stated if len(data) >= length else min(stated, len(data))
    rule = (
        f"PixelData (7FE0,0010) must have {length} bytes, {tags.Rows} x {tags.Columns} x {size};"
        f" got {got}"
    )
    if got < length:
        raise PixelError(f"{rule}: the file is cut off or damaged, copy it again")
    if got >= 2 * length:
        raise PixelError(f"{rule}: it has several frames or wrong tags, export it again")
    if got > length + length % 2:
        file.warn(f"{rule}: the last {got - length} are left out")
    if file.syntax not in (*NATIVE, None):
        _warn_of_syntax(file, "not compressed")
    order = "<" if file.encoding.little_endian else ">"
    if size == 1 and order == ">" and file.pixel_vr == "OW":  # PS3.5 A.3: two samples in a word
        data = np.frombuffer(data, ">u2").astype("<u2").tobytes()
    return np.frombuffer(data, f"{order}u{size}", tags.Rows * tags.Columns).reshape(tags.Rows, -1)


def _decompress(file: ImageFile) -> NDArray[np.integer]:
    tags = file.tags
    name = file.syntax.name if file.syntax else "compressed"
    try:
        header = read_stream_header(_read_frame(file))
        if file.syntax not in COMPRESSED[header.codec]:
            _warn_of_syntax(file, name := header.codec)
        if header.shape not in ((tags.Rows, tags.Columns), ()):
            raise PixelError(
                f"the {name} stream must have Rows x Columns, {tags.Rows} x {tags.Columns},"
                f" samples; got {' x '.join(map(str, header.shape))}: export the file again"
            )
        samples = _decode(header, file).reshape(tags.Rows, tags.Columns)
    except PixelError:
        raise
    except DAMAGE as error:
        raise damage_error(f"{name} stream", str(error)) from error
    return _clip_to_depth(samples, file, name)


def _decode(header: StreamHeader, file: ImageFile) -> NDArray[np.integer]:
    if header.codec != "RLE":
        return _DECODERS[header.codec](header.stream)
    # Without an output, 2 bytes of the stream may become 128. Zeros behind the last segment are
    # decoded, too.
    size = file.tags.BitsAllocated // 8
    length = _native_length(file)
    zeros = len(header.stream) - len(header.stream.rstrip(b"\0"))
    samples = bytearray(length + size * zeros)
    decoded = imagecodecs.dicomrle_decode(header.stream, f"<u{size}", out=samples)
    return np.frombuffer(decoded[:length], f"<u{size}")


def _read_frame(file: ImageFile) -> bytes:
    """The fragments of the only frame, joined (PS3.5 A.4)."""
    order = "<" if file.encoding.little_endian else ">"
    left = 2 * _native_length(file) + _SPARE
    fragments = []
    while True:
        header = file.stream.read(8)
        if len(header) < 8:
            raise EOFError("cut off")
        group, element, length = struct.unpack(f"{order}2HI", header)
        if group << 16 | element == _ITEMS_END:
            break
        left -= length
        if group << 16 | element != _ITEM or left < 0:
            raise ValueError("its fragments are not those of one frame")
        fragments.append(file.stream.read(length))
        if len(fragments[-1]) < length:
            raise EOFError("cut off")
    _, *fragments = fragments  # the first is the offset table, which some programs fill wrongly
    fragments = [fragment for fragment in fragments if fragment]
    frames = sum(fragment[:8] == fragments[0][:8] for fragment in fragments)
    if frames > 1:
        raise PixelError(
            f"PixelData (7FE0,0010) must have one frame; got {frames}: take the 2D mammogram"
        )
    return b"".join(fragments)


def _clip_to_depth(samples: NDArray[np.integer], file: ImageFile, name: str) -> NDArray[np.integer]:
    """`samples`, clipped to what BitsStored can hold where a lossy stream overshoots a little.

    A stream may have more bits than the tags say, and a lossy one then overshoots at sharp edges.
    Values far outside mean that BitsStored is wrong; clipping these would hide the error.
    """
    tags = file.tags
    values = 2 ** (tags.HighBit + 1)
    negative = samples.dtype.kind == "i" and (tags.PixelRepresentation == 1 or samples.min() < 0)
    lowest = -values // 2 if negative else 0
    highest = lowest + values - 1
    if lowest <= samples.min() and samples.max() <= highest:
        return samples
    beyond = 0 if file.syntax in LOSSLESS else values // 4
    if samples.min() < lowest - beyond or samples.max() > highest + beyond:
        raise PixelError(
            f"the {name} stream must fit into BitsStored (0028,0101), {tags.BitsStored};"
            f" it has {samples.min()} to {samples.max()}: export the file again"
        )
    return samples.astype(np.int32).clip(lowest, highest)
