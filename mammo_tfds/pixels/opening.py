"""A file -> its data set: the tags that describe the image, and where its pixel data begin.

Only the requested tags are read, so nothing about a patient enters the program. Files are read with
pydicom's element generator because dcmread only warns about a truncated file; this raises an error.

How the data set is encoded is read from its first element, not from the transfer syntax that the
file states: programs that copy or convert files change one and forget the other.
"""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import numpy as np
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset
from pydicom.filereader import data_element_generator
from pydicom.tag import BaseTag, Tag
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
)
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32, VR

from mammo_tfds.pixels.inflating import InflatedStream
from mammo_tfds.pixels.syntaxes import SYNTAXES
from mammo_tfds.pixels.tags import PixelError, name_damage
from mammo_tfds.pixels.types import Warn
from mammo_tfds.release.file_kinds import packed_as
from mammo_tfds.release.files import is_dangling_link

_PREAMBLE = 128  # bytes before the prefix, PS3.10 7.1
_PIXEL_DATA = Tag("PixelData")
_UNDEFINED = 0xFFFFFFFF  # a length, PS3.5 7.1.1
_FIRST_GROUPS = range(0x0002, 0x0030, 2)  # a data set begins with one of them
_MOST_READ = 2**24  # bytes of all elements but PixelData; a mammogram's are thousands
_VRS = {vr.value.encode() for vr in VR if len(vr.value) == 2}


class Encoding(NamedTuple):
    """How the elements of a data set are written, PS3.5 7.1."""

    implicit: bool
    little_endian: bool
    deflated: bool

    def __str__(self) -> str:
        vr = "implicit VR" if self.implicit else "explicit VR"
        order = "little endian" if self.little_endian else "big endian"
        return f"{'deflated ' if self.deflated else ''}{vr} {order}"


@dataclass
class ImageFile:
    """An open DICOM file.

    Attributes:
        tags: the requested elements, converted to their types, words (OW) to little endian;
            without PixelData.
        stream: the data set, at the first byte of PixelData's value.
        encoding: how the data set is written.
        syntax: the transfer syntax that the file states; None where it states none.
        warn: called with a line for each fault that does not keep the file from being read.
        pixel_length: the length of PixelData in bytes; 0 where there is none, None where it is
            undefined, as that of compressed frames is.
        pixel_vr: PixelData's value representation, OB or OW; None where it is implicit.
    """

    tags: Dataset
    stream: BinaryIO
    encoding: Encoding
    syntax: UID | None
    warn: Warn
    pixel_length: int | None = 0
    pixel_vr: str | None = None


class _Meter:
    """A stream of which _MOST_READ bytes can be read; those that are skipped do not count."""

    def __init__(self, stream: BinaryIO):
        self._stream, self._left = stream, _MOST_READ
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, size: int) -> bytes:
        self._left -= size
        if self._left < 0:
            raise PixelError(
                f"must have at most {_MOST_READ} bytes before PixelData; got more: the file is"
                " damaged, copy it again"
            )
        return self._stream.read(size)


@contextmanager
def open_image(path: Path, keywords: Sequence[str], warn: Warn) -> Iterator[ImageFile]:
    """Opens a DICOM file and reads its elements among `keywords`, which come before PixelData.

    Args:
        path: the file.
        keywords: with PixelData, the file's stream is moved to its value.
        warn: see ImageFile.

    Raises:
        OSError: the file cannot be opened or read.
        PixelError: it is a dangling link, not a DICOM file, damaged before PixelData, or has an
            unsupported transfer syntax.
    """
    if is_dangling_link(path):
        raise PixelError("must be a file; got a dangling link: copy the file that it points to")
    with path.open("rb") as stream:
        # Over-long numbers and similar faults are common and harmless: pydicom shall not warn.
        with name_damage(), disable_value_validation():
            syntax = _read_syntax(stream)
            file = _open_data_set(stream, syntax, warn)
            _read_tags(file, keywords)
        yield file


def _read_syntax(stream: BinaryIO) -> UID | None:
    """The transfer syntax that the file states; `stream` is then at the data set."""
    head = stream.read(_PREAMBLE + 4)
    if head[_PREAMBLE:] != b"DICM":
        stream.seek(0)
        if not head:
            raise PixelError("must be a DICOM file; it is empty: copy the file again")
        if kind := packed_as(head):
            raise PixelError(f"must be a DICOM file; it is {kind}")
        if not _encoding_of(head, _bytes_left(stream), deflated=False):
            raise PixelError("must be a DICOM file; it has no DICM prefix: leave it out")
    elements = data_element_generator(
        cast(BinaryIO, _Meter(stream)),
        is_implicit_VR=False,  # PS3.10 7.1; pydicom sees where it is not so
        is_little_endian=True,
        stop_when=lambda tag, *_: tag.group != 2,
        specific_tags=[Tag("TransferSyntaxUID")],
    )
    meta = Dataset({element.tag: element for element in elements})
    syntax = UID(meta.get("TransferSyntaxUID") or "")
    if syntax and syntax not in SYNTAXES:
        got = repr(syntax.name) if syntax.is_valid else "no UID"
        raise PixelError(
            "TransferSyntaxUID (0002,0010) must be uncompressed, deflated, JPEG, JPEG-LS,"
            f" JPEG 2000 or RLE; got {got}: convert the file (dcmconv)"
        )
    return syntax or None


def _open_data_set(stream: BinaryIO, syntax: UID | None, warn: Warn) -> ImageFile:
    """The data set at `stream`, with a warning where it is not encoded as the file states."""
    start = stream.tell()
    stated = _stated_encoding(syntax) if syntax else None
    found = _find_encoding(stream) or stated
    if not found:
        raise PixelError(
            "must have TransferSyntaxUID (0002,0010); its data set cannot be read without:"
            " convert the file (dcmconv)"
        )
    stream.seek(start)
    data = cast(BinaryIO, InflatedStream(stream)) if found.deflated else stream
    if not syntax:
        warn(f"states no transfer syntax (PS3.10 7.1); read as {found}")
    elif found != stated:
        warn(f"states {syntax.name} (0002,0010), but is {found}; read as that")
    return ImageFile(Dataset(), data, found, syntax, warn)


def _stated_encoding(syntax: UID) -> Encoding:
    return Encoding(
        implicit=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        deflated=syntax == DeflatedExplicitVRLittleEndian,
    )


def _find_encoding(stream: BinaryIO) -> Encoding | None:
    """The encoding of the data set at `stream`, from its first element; None where unclear."""
    start, left = stream.tell(), _bytes_left(stream)
    if plain := _encoding_of(stream.read(8), left, deflated=False):
        return plain
    stream.seek(start)
    try:
        return _encoding_of(InflatedStream(stream).read(8), _UNDEFINED, deflated=True)
    except zlib.error:
        return None


def _encoding_of(head: bytes, left: int, deflated: bool) -> Encoding | None:
    """The encoding of an element that begins with `head` and has at most `left` bytes."""
    for order in ("little", "big"):
        if int.from_bytes(head[:2], order) not in _FIRST_GROUPS:
            continue
        if head[4:6] in _VRS:
            return Encoding(False, order == "little", deflated)
        if len(head) >= 8 and int.from_bytes(head[4:8], order) <= left:
            return Encoding(True, order == "little", deflated)
    return None


def _bytes_left(stream: BinaryIO) -> int:
    position = stream.tell()
    end = stream.seek(0, 2)
    stream.seek(position)
    return end - position


def _read_tags(file: ImageFile, keywords: Sequence[str]) -> None:
    """Reads the elements, up to PixelData, and moves to its value if it is among them."""
    tags: list[BaseTag | int] = [Tag(keyword) for keyword in keywords]
    stop: list[tuple[BaseTag, str | None, int]] = []

    def stop_when(tag: BaseTag, vr: str | None, length: int) -> bool:
        if tag > max(tags) or tag == _PIXEL_DATA:
            stop.append((tag, vr, length))
        return bool(stop)

    elements = data_element_generator(
        cast(BinaryIO, _Meter(file.stream)),
        file.encoding.implicit,
        file.encoding.little_endian,
        stop_when=stop_when,
        specific_tags=tags,
    )
    file.tags = Dataset({element.tag: element for element in elements})
    for element in file.tags.iterall():  # pydicom converts it, and may fail, on its first access
        if element.VR == "OW" and not file.encoding.little_endian:  # whose order it keeps
            element.value = np.frombuffer(element.value, ">u2").astype("<u2").tobytes()
    if stop and stop[0][0] == _PIXEL_DATA:
        _, file.pixel_vr, length = stop[0]
        file.pixel_length = None if length == _UNDEFINED else length
        long = not file.encoding.implicit and file.pixel_vr in EXPLICIT_VR_LENGTH_32
        file.stream.seek(12 if long else 8, 1)
