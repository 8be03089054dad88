"""A DICOM file -> the tags that describe its image, and its samples as stored.

Only the requested tags are read, so nothing about a patient enters the program. Files are read with
pydicom's element generator because dcmread only warns about a truncated file; this raises an error.
imagecodecs decodes all compressed transfer syntaxes: it writes no messages, and it reads 12-bit
JPEG Extended, which GDCM and OpenJPEG do not. Tests compare it with those two, sample by sample.
"""

import struct
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import get_frame
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import data_element_generator, read_partial
from pydicom.tag import BaseTag, Tag
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSNearLossless,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    RLELossless,
)

from mammo_tfds.release.file_kinds import packed_as
from mammo_tfds.release.files import is_dangling_link

_NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)
_JPEG_2000 = (JPEG2000Lossless, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K)
_LOSSY = (JPEGLSNearLossless, JPEG2000, HTJ2K)  # not JPEG: its samples never exceed its precision
_SYNTAXES = (*_NATIVE, *JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *_JPEG_2000, RLELossless)
# What pydicom raises on bytes that are not DICOM, and imagecodecs on a broken stream.
_DAMAGE = (
    *(EOFError, ValueError, TypeError, AttributeError, LookupError, OverflowError, RuntimeError),
    *(struct.error, zlib.error, BytesLengthException),
    MemoryError,  # of a length that the file declares
)
_MAGIC = 8  # first bytes, by which a packed file is known
_QUOTED = 18  # characters of a value shown in a message: a code string and its quotes


class PixelError(ValueError):
    """A file that cannot be read as a mammogram: one line with its name, the rule and the value.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from mammo_tfds import PixelError, read_pixels
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "report.dcm")
        ...     _ = path.write_text("a report, not an image")
        ...     try:
        ...         read_pixels(path)
        ...     except PixelError as error:
        ...         print(error)
        report.dcm: must be a DICOM file; it has no DICM prefix: leave it out
    """


def read_tags(path: Path, keywords: Sequence[str]) -> Dataset:
    """The file's elements among `keywords`, converted to their types, and its `file_meta`.

    Raises:
        OSError: the file cannot be opened or read.
        PixelError: it is a dangling link, not a DICOM file, damaged before the last of these
            elements, or has an unsupported transfer syntax.
    """
    if is_dangling_link(path):
        raise PixelError("must be a file; got a dangling link: copy the file that it points to")
    # Over-long numbers and similar faults are common and harmless: pydicom shall not warn of them.
    with path.open("rb") as stream, disable_value_validation():
        if kind := packed_as(stream.read(_MAGIC)):
            raise PixelError(f"must be a DICOM file; it is {kind}")
        stream.seek(0)
        meta = _read_file_meta(stream)
        tags = _read_elements(
            stream, meta.TransferSyntaxUID, [Tag(keyword) for keyword in keywords]
        )
    tags.file_meta = meta
    return tags


def _read_file_meta(stream: BinaryIO) -> FileMetaDataset:
    with _name_damage():
        meta = read_partial(stream, stop_when=lambda *_: True).file_meta
        syntax = UID(meta.get("TransferSyntaxUID") or "")
    if syntax not in _SYNTAXES:
        raise PixelError(
            "TransferSyntaxUID (0002,0010) must be uncompressed little endian, JPEG, JPEG-LS,"
            f" JPEG 2000 or RLE; got {ascii(syntax.name)[:64]}: convert the file (dcmconv)"
        )
    return meta


def _read_elements(stream: BinaryIO, syntax: UID, tags: list[BaseTag | int]) -> Dataset:
    with _name_damage():
        elements = data_element_generator(
            stream,
            syntax.is_implicit_VR,
            syntax.is_little_endian,
            stop_when=lambda tag, *_: tag > max(tags),
            specific_tags=tags,
        )
        dataset = Dataset({element.tag: element for element in elements})
        list(dataset.iterall())  # pydicom converts an element, and may fail, on its first access
    return dataset


@contextmanager
def _name_damage() -> Iterator[None]:
    """Turns the errors of a damaged file into PixelError.

    pydicom's messages may quote a patient from the file, so only the type of its error is reported.
    """
    try:
        yield
    except InvalidDicomError:
        raise PixelError("must be a DICOM file; it has no DICM prefix: leave it out") from None
    except (EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # the system's: pydicom's has no errno
            raise
        raise _damage_error("file", "cut off") from None
    except _DAMAGE as error:
        raise _damage_error("file", type(error).__name__) from None


def require_value(tags: Dataset, keyword: str, allowed: Collection[object], advice: str) -> None:
    """Raises PixelError unless the value of `keyword` is in `allowed`, where None means absent."""
    value = tags.get(keyword)
    value = None if value == "" else value
    if value in allowed:
        return
    words = ["absent" if choice is None else str(choice) for choice in allowed]
    if isinstance(allowed, range) and len(allowed) > 1:
        words = [f"{allowed[0]} to {allowed[-1]}"]
    got = "nothing" if value is None else ascii(str(value))[:_QUOTED]
    raise PixelError(f"{keyword} {Tag(keyword)} must be {' or '.join(words)}; got {got}: {advice}")


def read_numbers(tags: Dataset, keyword: str) -> list[float]:
    """The values of `keyword`; [] where it is absent or empty.

    Raises:
        PixelError: a value is not a number.
    """
    value = tags.get(keyword)
    if value is None or value == "":
        return []
    try:
        return np.asarray(value, np.float64).reshape(-1).tolist()
    except (TypeError, ValueError):
        raise PixelError(
            f"{keyword} {Tag(keyword)} must be numbers; got {ascii(str(value))[:_QUOTED]}:"
            " export the file again"
        ) from None


def decode_samples(tags: Dataset) -> NDArray[np.uint16]:
    """The frame of PixelData, (Rows, Columns) uint16: the BitsStored bits of each sample.

    A negative sample is its two's complement in BitsStored bits. The caller has checked the tags
    of the image pixel module.

    Raises:
        PixelError: PixelData is damaged, or its length, size or depth is not what the tags say.
    """
    native = tags.file_meta.TransferSyntaxUID in _NATIVE
    samples = _read_native(tags) if native else _decompress(tags)
    # DICOM PS3.5 8.1.1: a sample is the bits from High Bit down; old files have overlays above it.
    shift = tags.HighBit + 1 - tags.BitsStored
    return (samples.astype(np.uint16) >> shift) & np.uint16(2**tags.BitsStored - 1)


def _read_native(tags: Dataset) -> NDArray[np.integer]:
    data, size = tags.PixelData, tags.BitsAllocated // 8
    length = tags.Rows * tags.Columns * size
    if len(data) not in (length, length + length % 2):  # PS3.5 8.1.1: padded to an even length
        raise PixelError(
            f"PixelData (7FE0,0010) must have {length} bytes, {tags.Rows} x {tags.Columns} x"
            f" {size}; got {len(data)}: the file is cut off or damaged, copy it again"
        )
    return np.frombuffer(data, f"<u{size}", tags.Rows * tags.Columns).reshape(tags.Rows, -1)


def _decompress(tags: Dataset) -> NDArray[np.integer]:
    syntax = tags.file_meta.TransferSyntaxUID
    try:
        samples = _decode_frame(get_frame(tags.PixelData, 0, number_of_frames=1), syntax, tags)
    except _DAMAGE as error:
        raise _damage_error(f"{syntax.name} stream", str(error)) from error
    if samples.shape != (tags.Rows, tags.Columns):
        raise PixelError(
            f"the {syntax.name} stream must have Rows x Columns, {tags.Rows} x {tags.Columns},"
            f" samples; got {' x '.join(map(str, samples.shape))}: export the file again"
        )
    return _clip_to_depth(samples, tags)


def _clip_to_depth(samples: NDArray[np.integer], tags: Dataset) -> NDArray[np.integer]:
    """`samples`, clipped to what BitsStored can hold where a lossy stream overshoots a little.

    A stream may have more bits than the tags say, and a lossy one then overshoots at sharp edges.
    Values far outside mean that BitsStored is wrong; clipping these would hide the error.
    """
    syntax = tags.file_meta.TransferSyntaxUID
    values = 2 ** (tags.HighBit + 1)
    negative = samples.dtype.kind == "i" and (tags.PixelRepresentation == 1 or samples.min() < 0)
    lowest = -values // 2 if negative else 0
    highest = lowest + values - 1
    if lowest <= samples.min() and samples.max() <= highest:
        return samples
    beyond = values // 4 if syntax in _LOSSY else 0
    if samples.min() < lowest - beyond or samples.max() > highest + beyond:
        raise PixelError(
            f"the {syntax.name} stream must fit into BitsStored (0028,0101), {tags.BitsStored};"
            f" it has {samples.min()} to {samples.max()}: export the file again"
        )
    return samples.astype(np.int32).clip(lowest, highest)


def _decode_frame(frame: bytes, syntax: UID, tags: Dataset) -> NDArray[np.integer]:
    # libjpeg fills the missing part of a truncated stream with grey, and CharLS may search it for
    # seconds. The end marker cannot occur in the coded samples; encoders may pad after it.
    if syntax not in (*_JPEG_2000, RLELossless) and b"\xff\xd9" not in frame[-256:]:
        raise EOFError("cut off before its end marker")
    if syntax in JPEGTransferSyntaxes:
        return imagecodecs.jpeg8_decode(frame)
    if syntax in JPEGLSTransferSyntaxes:
        return imagecodecs.jpegls_decode(frame)
    if syntax in _JPEG_2000:
        return imagecodecs.jpeg2k_decode(frame)
    dtype = f"<u{tags.BitsAllocated // 8}"
    samples = np.frombuffer(imagecodecs.dicomrle_decode(frame, dtype), dtype)
    return samples.reshape(tags.Rows, tags.Columns)


def _damage_error(what: str, reason: str) -> PixelError:
    return PixelError(f"the {what} is damaged ({' '.join(reason.split())}): copy the file again")
