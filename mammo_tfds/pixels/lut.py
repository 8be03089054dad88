"""Values through a lookup table of a DICOM file: a modality LUT or a VOI LUT."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from mammo_tfds.pixels.tags import PixelError, read_numbers

Floats = NDArray[np.float64]
_WRAP = 2**16  # how far two readings of 16 bits are apart, one with and one without a sign


def read_luts(tags: Dataset, keyword: str) -> list[Dataset]:
    """The items of ModalityLUTSequence or VOILUTSequence; none where it is absent or empty.

    An element of a damaged file that is no sequence is one item without a descriptor.
    """
    luts = tags.get(keyword) or []
    return list(luts) if isinstance(luts, list | Sequence) else [Dataset()]


def apply_lut(values: Floats, lut: Dataset) -> tuple[Floats, int]:
    """Values through a LUT (PS3.3 C.11.1.1, C.11.2.1.1), and the maximum of the LUT's bit depth.

    The depth is what the entries need: some files say 16 bits, and have entries of 8 bits in words.

    Raises:
        PixelError: the LUT has too few entries, no two different ones, or too large ones.
    """
    entries, first, bits = _read_descriptor(lut)
    grey = _read_entries(lut, entries, bits)
    if grey.size < entries:
        raise PixelError(
            f"LUTData (0028,3006) must have {entries} values of {bits} bits, as LUTDescriptor"
            f" (0028,3002) says; got {grey.size}: export the file again"
        )
    if grey.max() >= 2**bits or grey.min() == grey.max():
        raise PixelError(
            f"LUTData (0028,3006) must be different values of {bits} bits; got {grey.min()} to"
            f" {grey.max()}: export the file again"
        )
    index = np.clip(np.rint(values) - choose_sign(first, entries, values), 0, entries - 1)
    return grey[index.astype(np.intp)].astype(np.float64), 2 ** int(grey.max()).bit_length() - 1


def choose_sign(first: float, count: int, values: Floats) -> float:
    """The first of `count` numbers: as it was written, or its 16 bits with the other sign.

    Some files write a sign where `values` have none, or the reverse. What is meant is the reading
    by which more of the numbers are between the smallest and the largest value.
    """

    def count_within(start: float) -> float:
        return max(0.0, min(start + count - 1, values.max()) - max(start, values.min()) + 1)

    other = first + _WRAP if first < 0 else first - _WRAP if first >= _WRAP // 2 else first
    return max(first, other, key=count_within)  # as written where both are as good


def _read_descriptor(lut: Dataset) -> tuple[int, int, int]:
    """The number of entries, the first value that is mapped, and the bits of an entry."""
    descriptor = read_numbers(lut, "LUTDescriptor")
    if len(descriptor) != 3 or not 8 <= descriptor[2] <= 16:
        raise PixelError(
            "LUTDescriptor (0028,3002) must be a number of entries, the first value and 8 to 16"
            f" bits; got {descriptor}: export the file again"
        )
    entries, first, bits = map(int, descriptor)
    return entries % _WRAP or _WRAP, first, bits  # 0 means 65536; signed numbers overflow


def _read_entries(lut: Dataset, entries: int, bits: int) -> NDArray[np.uint16]:
    """The LUT's entries, as many as are needed and there."""
    data = lut.get("LUTData")
    if not isinstance(data, bytes):
        data = _as_words(np.array(read_numbers(lut, "LUTData")))
    # PS3.3 C.11.2.1.1: bytes, padded to an even length, only where an entry has 8 bits; these may
    # also be stored in words.
    if bits == 8 and len(data) in (entries, entries + entries % 2):
        return np.frombuffer(data, "u1", entries).astype(np.uint16)
    return np.frombuffer(data, "<u2", min(entries, len(data) // 2))


def _as_words(numbers: Floats) -> bytes:
    """Numbers of 16 bits, with or without a sign, as they are in a file."""
    if not np.all((numbers >= -(2**15)) & (numbers < _WRAP)):
        raise PixelError(
            f"LUTData (0028,3006) must be numbers of 16 bits; got {numbers.min():g} to"
            f" {numbers.max():g}: export the file again"
        )
    return numbers.astype(np.int32).astype("<u2").tobytes()
