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

from mammo_tfds.pixels.tags import PixelError, read_numbers, require_value

_BRIGHTEST = 65535  # with a VOI LUT or window, the output has the full range of uint16
Floats = NDArray[np.float64]


def make_brightness_lut(tags: Dataset, window: int) -> NDArray[np.uint16]:
    """The brightness of each possible sample: (2 ** BitsStored,) uint16, indexed by its bits.

    With a VOI LUT or window, its output is scaled to 0 to 65535. Without, the differences between
    stored values are kept, and the darkest possible value becomes 0. Padding is 0.

    Args:
        tags: the image pixel module, already checked, and the modality LUT and VOI LUT modules.
        window: index of the VOI LUT or, where the file has none, of the window; from 0.

    Raises:
        PixelError: a tag is missing, has a value that the standard does not allow, or there is no
            such window.
    """
    stored = np.arange(2.0**tags.BitsStored)
    if tags.PixelRepresentation == 1:  # two's complement
        stored[stored.size // 2 :] -= stored.size
    values, step = _apply_modality(stored, tags)
    shown = _apply_voi(values, tags, window)
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
    return (stored >= min(ends)) & (stored <= max(ends))


def _apply_modality(stored: Floats, tags: Dataset) -> tuple[Floats, float]:
    """Stored values -> modality values, and the difference of two neighbouring ones."""
    if luts := tags.get("ModalityLUTSequence"):
        return _apply_lut(stored, luts[0])[0], 1.0
    [slope] = read_numbers(tags, "RescaleSlope")[:1] or [1.0]
    [intercept] = read_numbers(tags, "RescaleIntercept")[:1] or [0.0]
    if slope == 0:
        raise PixelError("RescaleSlope (0028,1053) must not be 0: export the file again")
    return stored * slope + intercept, abs(slope)  # PS3.3 table C.11-1


def _apply_voi(values: Floats, tags: Dataset, window: int) -> Floats | None:
    """Modality values -> 0 (darkest) to 1, or None where the file has no VOI LUT and no window."""
    luts = tags.get("VOILUTSequence") or []
    centers, widths = read_numbers(tags, "WindowCenter"), read_numbers(tags, "WindowWidth")
    if len(centers) != len(widths):
        raise PixelError(
            "WindowCenter (0028,1050) and WindowWidth (0028,1051) must come in pairs;"
            f" got {len(centers)} and {len(widths)}: export the file again"
        )
    choices = len(luts) or len(centers)
    if not 0 <= window < max(choices, 1):
        raise PixelError(f"has {choices} windows, counted from 0; got {window}: choose one of them")
    # PS3.3 C.11.2: LUTs and windows are alternatives. The LUT is the manufacturer's own curve, a
    # window often only an approximation of it.
    if luts:
        grey, largest = _apply_lut(values, luts[window])
        return grey / largest
    if not centers:
        return None
    functions = ("LINEAR", "LINEAR_EXACT", "SIGMOID", None)
    require_value(tags, "VOILUTFunction", functions, "export the file again")
    return _apply_window(
        values, centers[window], widths[window], tags.get("VOILUTFunction") or "LINEAR"
    )


def _apply_window(values: Floats, center: float, width: float, function: str) -> Floats:
    """Values -> 0 to 1, by one of the functions of PS3.3 C.11.2.1.2 and C.11.2.1.3."""
    if width <= 0 or (width < 1 and function == "LINEAR"):
        rule = "1 or more" if function == "LINEAR" else "above 0"
        raise PixelError(
            f"WindowWidth (0028,1051) must be {rule} for {function}; got {width:g}:"
            " choose another window or export the file again"
        )
    if function == "SIGMOID":  # PS3.3 C.11.2.1.3.1
        with np.errstate(over="ignore"):  # far below the window exp is infinite, the result 0
            return 1 / (1 + np.exp(-4 * (values - center) / width))
    if function == "LINEAR":  # PS3.3 C.11.2.1.2.1; otherwise LINEAR_EXACT, C.11.2.1.3.2
        center, width = center - 0.5, width - 1
    if width == 0:
        return np.where(values > center, 1.0, 0.0)
    return np.clip((values - center) / width + 0.5, 0, 1)


def _apply_lut(values: Floats, lut: Dataset) -> tuple[Floats, int]:
    """Values through a LUT (PS3.3 C.11.1.1, C.11.2.1.1), and the maximum of the LUT's bit depth."""
    descriptor = read_numbers(lut, "LUTDescriptor")
    if len(descriptor) != 3 or not 8 <= descriptor[2] <= 16:
        raise PixelError(
            "LUTDescriptor (0028,3002) must be a number of entries, the first value and 8 to 16"
            f" bits; got {descriptor}: export the file again"
        )
    entries, first, bits = map(int, descriptor)
    entries = entries % 65536 or 65536  # 0 means 65536; signed numbers overflow
    data = lut.get("LUTData")
    if isinstance(data, bytes):  # 16-bit words; entries of 8 bits may also be single bytes
        data = np.frombuffer(data, "<u2" if len(data) >= 2 * entries else "u1")
    grey = np.array([] if data is None else data, np.float64).reshape(-1)[:entries]
    if grey.size < entries or grey.max() >= 2**bits:
        raise PixelError(
            f"LUTData (0028,3006) must be {entries} values of {bits} bits; got {grey.size}, up to"
            f" {grey.max(initial=0):g}: export the file again"
        )
    index = np.clip(np.rint(values) - first, 0, entries - 1)
    return grey[index.astype(np.intp)], 2**bits - 1
