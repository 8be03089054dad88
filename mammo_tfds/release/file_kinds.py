"""What a file is by its first bytes, where it may not be the image that its name promises."""

from io import BytesIO
from pathlib import Path

_HEAD = 2**16  # bytes that are read: the file meta information and more
# Without the preamble a file begins with group 0008, in either byte order, or with group 0002.
_GROUPS = (b"\x08\x00", b"\x00\x08", b"\x02\x00")
_PACKED = {
    b"\x1f\x8b": "gzip: unpack it (gunzip)",
    b"PK\x03\x04": "a zip archive: unpack it (unzip)",
    b"BZh": "bzip2: unpack it (bunzip2)",
    b"\xfd7zXZ\x00": "xz: unpack it (unxz)",
    b"\x28\xb5\x2f\xfd": "zstd: unpack it (unzstd)",
}


def packed_as(head: bytes) -> str | None:
    """How a file is packed that begins with `head`, and what unpacks it; None for any other."""
    kinds = (kind for magic, kind in _PACKED.items() if head.startswith(magic))
    return next(kinds, None)


def kind_of_stray(path: Path) -> str | None:
    """What a file is that is certainly no image, as a report; None where it may be one.

    Raises:
        OSError: the file cannot be read.
    """
    if not path.exists():  # a link that dangles
        return None
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if packed_as(head) or head.startswith(_GROUPS):
        return None
    if head[128:132] != b"DICM":  # PS3.10 7.1
        return "no DICOM file"
    return _kind_of_object(head)


def _kind_of_object(head: bytes) -> str | None:
    """The name of the SOP class, if it is one of the standard's, and not of images."""
    from pydicom.filereader import read_partial  # slow to import, and rarely needed
    from pydicom.uid import UID

    try:
        meta = read_partial(BytesIO(head), stop_when=lambda *_: True).file_meta
        sop_class = UID(str(meta.get("MediaStorageSOPClassUID") or ""))
    except Exception:  # damaged: whoever reads its image says how
        return None
    keyword = sop_class.keyword if sop_class else ""
    return None if not keyword or "ImageStorage" in keyword else sop_class.name
