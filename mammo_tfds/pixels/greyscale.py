"""The tags of an image -> how bright each sample is that could be stored.

The chain of DICOM PS3.4 N.2.1: stored value -> modality LUT or rescale -> VOI LUT or window ->
turned where MONOCHROME1. A sample has at most 16 bits, so the chain is worked out in float64 for
each of the values there could be; an image is then looked up, which costs next to nothing.

pydicom's functions for this are not used: apply_windowing turns the picture upside down where the
rescale slope is negative and takes the first window where another is asked for and there is one;
apply_voi wraps round in LUTs of 8 bits with more than 256 entries. The tests hold this against
them everywhere else.
"""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mammo_tfds.pixels.decoding import PixelError, numbers, require

_BRIGHTEST = 65535  # of a picture with a VOI LUT or window: the whole of uint16
Floats = NDArray[np.float64]


def grey_scale(tags: Dataset, window: int) -> NDArray[np.uint16]:
    """The brightness of each sample, (2 ** BitsStored,) uint16, to be indexed by its bits.

    With a VOI LUT or window its output range becomes 0 to 65535. Without, steps stay as they are
    and the darkest value that could be stored becomes 0. Padding is 0.

    Args:
        tags: image pixel, modality LUT and VOI LUT modules; those of the pixels checked.
        window: which of the VOI LUTs or, where there is none, of the windows; from 0.

    Raises:
        PixelError: a tag is missing, has a value that the standard does not allow, or there is no
            such window.
    """
    stored = np.arange(2.0**tags.BitsStored)
    if tags.PixelRepresentation == 1:  # two's complement
        stored[stored.size // 2 :] -= stored.size
    values, step = _modality(stored, tags)
    shown = _voi(values, tags, window)
    grey = (values - values.min()) / step if shown is None else shown * _BRIGHTEST
    # PS3.3 C.7.6.3.1.2: after VOI. Presentation LUT Shape INVERSE (C.8.11.3) says the same once
    # more, and in some files wrongly.
    if tags.PhotometricInterpretation == "MONOCHROME1":
        grey = (grey.max() if shown is None else _BRIGHTEST) - grey
    grey[_is_padding(stored, tags)] = 0
    return np.rint(grey).astype(np.uint16)


def _is_padding(stored: Floats, tags: Dataset) -> NDArray[np.bool_]:
    # PS3.3 C.7.5.1.1.2: one stored value, or all from it to the limit, whichever is larger.
    ends = numbers(tags, "PixelPaddingValue") + numbers(tags, "PixelPaddingRangeLimit")
    if not ends:
        return np.zeros(stored.shape, bool)
    return (stored >= min(ends)) & (stored <= max(ends))


def _modality(stored: Floats, tags: Dataset) -> tuple[Floats, float]:
    """Stored values -> modality values, and the distance of two neighbours."""
    if luts := tags.get("ModalityLUTSequence"):
        return _look_up(stored, luts[0])[0], 1.0
    [slope] = numbers(tags, "RescaleSlope")[:1] or [1.0]
    [intercept] = numbers(tags, "RescaleIntercept")[:1] or [0.0]
    if slope == 0:
        raise PixelError("RescaleSlope (0028,1053) must not be 0: export the file again")
    return stored * slope + intercept, abs(slope)  # PS3.3 table C.11-1


def _voi(values: Floats, tags: Dataset, window: int) -> Floats | None:
    """Modality values -> 0 (darkest) to 1, or None where the file has no VOI LUT and no window."""
    luts = tags.get("VOILUTSequence") or []
    centers, widths = numbers(tags, "WindowCenter"), numbers(tags, "WindowWidth")
    if len(centers) != len(widths):
        raise PixelError(
            "WindowCenter (0028,1050) and WindowWidth (0028,1051) must come in pairs;"
            f" got {len(centers)} and {len(widths)}: export the file again"
        )
    choices = len(luts) or len(centers)
    if not 0 <= window < max(choices, 1):
        raise PixelError(f"has {choices} windows, counted from 0; got {window}: choose one of them")
    # PS3.3 C.11.2: LUTs and windows are alternatives. The LUT is the maker's curve itself, a
    # window often only what comes near to it.
    if luts:
        grey, largest = _look_up(values, luts[window])
        return grey / largest
    if not centers:
        return None
    functions = ("LINEAR", "LINEAR_EXACT", "SIGMOID", None)
    require(tags, "VOILUTFunction", functions, "export the file again")
    return _window(values, centers[window], widths[window], tags.get("VOILUTFunction") or "LINEAR")


def _window(values: Floats, center: float, width: float, function: str) -> Floats:
    """Values -> 0 to 1 by one of the functions of PS3.3 C.11.2.1.2 and C.11.2.1.3."""
    if width <= 0 or (width < 1 and function == "LINEAR"):
        rule = "1 or more" if function == "LINEAR" else "above 0"
        raise PixelError(
            f"WindowWidth (0028,1051) must be {rule} for {function}; got {width:g}:"
            " choose another window or export the file again"
        )
    if function == "SIGMOID":  # PS3.3 C.11.2.1.3.1
        with np.errstate(over="ignore"):  # exp is infinite far below the window, as it should be
            return 1 / (1 + np.exp(-4 * (values - center) / width))
    if function == "LINEAR":  # PS3.3 C.11.2.1.2.1; otherwise LINEAR_EXACT, C.11.2.1.3.2
        center, width = center - 0.5, width - 1
    if width == 0:
        return np.where(values > center, 1.0, 0.0)
    return np.clip((values - center) / width + 0.5, 0, 1)


def _look_up(values: Floats, lut: Dataset) -> tuple[Floats, int]:
    """Values through a LUT (PS3.3 C.11.1.1, C.11.2.1.1), and the largest that its depth allows."""
    descriptor = numbers(lut, "LUTDescriptor")
    if len(descriptor) != 3 or not 8 <= descriptor[2] <= 16:
        raise PixelError(
            "LUTDescriptor (0028,3002) must be a number of entries, the first value and 8 to 16"
            f" bits; got {descriptor}: export the file again"
        )
    entries, first, bits = map(int, descriptor)
    entries = entries % 65536 or 65536  # 0 means 65536, and as a signed number it wraps
    data = lut.get("LUTData")
    if isinstance(data, bytes):  # words, or where each entry has 8 bits also bytes
        data = np.frombuffer(data, "<u2" if len(data) >= 2 * entries else "u1")
    grey = np.array([] if data is None else data, np.float64).reshape(-1)[:entries]
    if grey.size < entries or grey.max() >= 2**bits:
        raise PixelError(
            f"LUTData (0028,3006) must be {entries} values of {bits} bits; got {grey.size}, up to"
            f" {grey.max(initial=0):g}: export the file again"
        )
    index = np.clip(np.rint(values) - first, 0, entries - 1)
    return grey[index.astype(np.intp)], 2**bits - 1
