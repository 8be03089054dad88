"""A DICOM file -> the tags that describe its image, and its samples as they are stored.

Only the tags that are asked for are read, so nothing about a patient enters the program. The file
is walked with pydicom's element generator: dcmread warns where a file is cut off and goes on
without the rest, this raises. imagecodecs decodes every compressed transfer syntax: it is silent,
and it reads JPEG Extended with 12 bits too, which GDCM and OpenJPEG do not. The tests hold it
against those two, sample for sample.
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

from mammo_tfds.release.files import leads_nowhere

_NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)
_JPEG_2000 = (JPEG2000Lossless, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K)
_LOSSY = (JPEGLSNearLossless, JPEG2000, HTJ2K)  # JPEG's samples never exceed its precision
_SYNTAXES = (*_NATIVE, *JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *_JPEG_2000, RLELossless)
# What pydicom raises on bytes that are no DICOM, and imagecodecs on a broken stream.
_DAMAGE = (
    *(EOFError, ValueError, TypeError, AttributeError, LookupError, OverflowError, RuntimeError),
    *(struct.error, zlib.error, BytesLengthException),
)
_QUOTED = 18  # characters of a value that a message shows: a code string and its quotes


class PixelError(ValueError):
    """A file that does not give a mammogram: one line with its name, the rule and the value."""


def read_tags(path: Path, keywords: Sequence[str]) -> Dataset:
    """Those elements named by `keywords` that the file has, converted, and its `file_meta`.

    Raises:
        OSError: the file cannot be opened or read.
        PixelError: it is a link that leads nowhere, no DICOM file, is damaged before the last of
            these elements, or has a transfer syntax that is not read.
    """
    if leads_nowhere(path):
        raise PixelError("must be a file; it is a link that leads nowhere: copy what it stands for")
    # Over-long numbers and the like are common and do no harm: pydicom need not warn of them.
    with path.open("rb") as stream, disable_value_validation():
        meta = _file_meta(stream)
        tags = _elements(stream, meta.TransferSyntaxUID, [Tag(keyword) for keyword in keywords])
    tags.file_meta = meta
    return tags


def _file_meta(stream: BinaryIO) -> FileMetaDataset:
    with _damage_named():
        meta = read_partial(stream, stop_when=lambda *_: True).file_meta
        syntax = UID(meta.get("TransferSyntaxUID") or "")
    if syntax not in _SYNTAXES:
        raise PixelError(
            "TransferSyntaxUID (0002,0010) must be little endian and uncompressed, JPEG, JPEG-LS,"
            f" JPEG 2000 or RLE; got {ascii(syntax.name)[:64]}: convert the file (dcmconv)"
        )
    return meta


def _elements(stream: BinaryIO, syntax: UID, tags: list[BaseTag | int]) -> Dataset:
    with _damage_named():
        elements = data_element_generator(
            stream,
            syntax.is_implicit_VR,
            syntax.is_little_endian,
            stop_when=lambda tag, *_: tag > max(tags),
            specific_tags=tags,
        )
        dataset = Dataset({element.tag: element for element in elements})
        list(dataset.iterall())  # an element is converted, and may fail, on its first access
    return dataset


@contextmanager
def _damage_named() -> Iterator[None]:
    # pydicom's messages quote the file, and so perhaps the patient: only their kind is told.
    try:
        yield
    except InvalidDicomError:
        raise PixelError("must be a DICOM file; it has no DICM prefix: leave it out") from None
    except (EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # the system's; pydicom's has no number
            raise
        raise _damaged("file", "cut off") from None
    except _DAMAGE as error:
        raise _damaged("file", type(error).__name__) from None


def require(tags: Dataset, keyword: str, allowed: Collection[object], advice: str) -> None:
    """Raise PixelError unless the value of `keyword` is in `allowed`; None there means absent."""
    value = tags.get(keyword)
    value = None if value == "" else value
    if value in allowed:
        return
    words = ["absent" if choice is None else str(choice) for choice in allowed]
    if isinstance(allowed, range) and len(allowed) > 1:
        words = [f"{allowed[0]} to {allowed[-1]}"]
    got = "nothing" if value is None else ascii(str(value))[:_QUOTED]
    raise PixelError(f"{keyword} {Tag(keyword)} must be {' or '.join(words)}; got {got}: {advice}")


def numbers(tags: Dataset, keyword: str) -> list[float]:
    """The values of `keyword`, [] where it is absent or empty; PixelError if not numbers."""
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


def stored_samples(tags: Dataset) -> NDArray[np.uint16]:
    """The frame of PixelData, (Rows, Columns) uint16: each sample's BitsStored bits.

    So a negative sample is its two's complement in BitsStored bits. The caller has checked the
    tags of the image pixel module.

    Raises:
        PixelError: PixelData is damaged, or has not the length, size or depth that the tags say.
    """
    native = tags.file_meta.TransferSyntaxUID in _NATIVE
    samples = _native(tags) if native else _decompressed(tags)
    # DICOM PS3.5 8.1.1: the sample is the bits from High Bit down; old files keep overlays above.
    shift = tags.HighBit + 1 - tags.BitsStored
    return (samples.astype(np.uint16) >> shift) & np.uint16(2**tags.BitsStored - 1)


def _native(tags: Dataset) -> NDArray[np.integer]:
    data, size = tags.PixelData, tags.BitsAllocated // 8
    length = tags.Rows * tags.Columns * size
    if len(data) not in (length, length + length % 2):  # PS3.5 8.1.1: padded to an even length
        raise PixelError(
            f"PixelData (7FE0,0010) must have {length} bytes, {tags.Rows} x {tags.Columns} x"
            f" {size}; got {len(data)}: the file is cut off or damaged, copy it again"
        )
    return np.frombuffer(data, f"<u{size}", tags.Rows * tags.Columns).reshape(tags.Rows, -1)


def _decompressed(tags: Dataset) -> NDArray[np.integer]:
    syntax = tags.file_meta.TransferSyntaxUID
    try:
        samples = _decoded(get_frame(tags.PixelData, 0, number_of_frames=1), syntax, tags)
    except _DAMAGE as error:
        raise _damaged(f"{syntax.name} stream", str(error)) from error
    if samples.shape != (tags.Rows, tags.Columns):
        raise PixelError(
            f"the {syntax.name} stream must have Rows x Columns, {tags.Rows} x {tags.Columns},"
            f" samples; got {' x '.join(map(str, samples.shape))}: export the file again"
        )
    return _within_depth(samples, tags)


def _within_depth(samples: NDArray[np.integer], tags: Dataset) -> NDArray[np.integer]:
    """`samples` where they fit into BitsStored; those that a lossy stream has beyond are clipped.

    A stream may have more bits than the tags say. Lossy ones then overshoot at sharp edges; values
    far outside say that BitsStored is wrong, and to clip these would hide it.
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


def _decoded(frame: bytes, syntax: UID, tags: Dataset) -> NDArray[np.integer]:
    # libjpeg fills up with grey what a cut stream lacks, and CharLS may search it for seconds. The
    # end marker cannot be part of the coded samples; encoders pad after it.
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


def _damaged(what: str, reason: str) -> PixelError:
    return PixelError(f"the {what} is damaged ({' '.join(reason.split())}): copy the file again")
