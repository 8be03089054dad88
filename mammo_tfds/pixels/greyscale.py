"""The tags of an image -> a lookup table from stored values to brightness.

The steps are those of DICOM PS3.4 N.2.1: stored value -> modality LUT or rescale -> VOI LUT or
window -> inversion for MONOCHROME1. A sample has at most 16 bits, so they are computed in float64
once for each possible value; the image is then looked up in the table, which is fast.

pydicom's own functions are not used: apply_windowing inverts the image where the rescale slope is
negative, and uses the first window when a file has one window and another is requested; apply_voi
overflows in 8-bit LUTs with more than 256 entries. Tests compare with them in all other cases.
"""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mammo_tfds.pixels.lut import Floats, apply_lut, choose_sign, read_luts
from mammo_tfds.pixels.tags import PixelError, read_numbers
from mammo_tfds.pixels.types import Warn, Window
from mammo_tfds.pixels.voi import apply_voi

_BRIGHTEST = 65535  # with a VOI LUT or window, the output has the full range of uint16


def make_brightness_lut(tags: Dataset, window: Window, warn: Warn) -> NDArray[np.uint16]:
    """The brightness of each possible sample: (2 ** BitsStored,) uint16, indexed by its bits.

    With a VOI LUT or window, its output is scaled to 0 to 65535. Without, the differences between
    stored values are kept, and the darkest possible value becomes 0. Padding is 0.

    Args:
        tags: the image pixel module, already checked, and the modality LUT and VOI LUT modules.
        window: which VOI LUT or window; see types.Window.
        warn: see types.Warn.

    Raises:
        PixelError: a tag is missing or has a value that the standard does not allow.
    """
    stored = np.arange(2.0**tags.BitsStored)
    if tags.PixelRepresentation == 1:  # two's complement
        stored[stored.size // 2 :] -= stored.size
    values, step = _apply_modality(stored, tags)
    shown = apply_voi(values, tags, window, warn)
    grey = (values - values.min()) / step if shown is None else shown * _BRIGHTEST
    # PS3.3 C.7.6.3.1.2: after VOI. Presentation LUT Shape INVERSE (C.8.11.3) repeats this, in some
    # files wrongly, and is ignored.
    if tags.PhotometricInterpretation == "MONOCHROME1":
        grey = (grey.max() if shown is None else _BRIGHTEST) - grey
    grey[_is_padding(stored, tags)] = 0
    return np.rint(grey).astype(np.uint16)


def _is_padding(stored: Floats, tags: Dataset) -> NDArray[np.bool_]:
    # PS3.3 C.7.5.1.1.2: one stored value, or all between it and the limit, in either order.
    ends = read_numbers(tags, "PixelPaddingValue") + read_numbers(tags, "PixelPaddingRangeLimit")
    if not ends:
        return np.zeros(stored.shape, bool)
    signed = [choose_sign(end, 1, stored) for end in ends]
    return (stored >= min(signed)) & (stored <= max(signed))


def _apply_modality(stored: Floats, tags: Dataset) -> tuple[Floats, float]:
    """Stored values -> modality values, and the difference of two neighbouring ones."""
    if luts := read_luts(tags, "ModalityLUTSequence"):  # PS3.3 table C.11-1: one item
        return apply_lut(stored, luts[0])[0], 1.0
    [slope] = read_numbers(tags, "RescaleSlope")[:1] or [1.0]
    [intercept] = read_numbers(tags, "RescaleIntercept")[:1] or [0.0]
    if slope == 0:
        raise PixelError("RescaleSlope (0028,1053) must not be 0: export the file again")
    return stored * slope + intercept, abs(slope)  # PS3.3 table C.11-1
