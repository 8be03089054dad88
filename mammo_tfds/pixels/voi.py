"""Which of a file's VOI LUTs and windows is used, and modality values through it.

DICOM PS3.3 C.11.2: the VOI LUTs and the windows of a file are alternatives. Here they are counted
from 1, VOI LUTs first: a LUT is the manufacturer's own curve, a window often only an approximation
of it. VOILUTFunction is that of all windows. WindowCenterWidthExplanation is free text, so it is
not read.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from mammo_tfds.pixels.lut import Floats, apply_lut, read_luts
from mammo_tfds.pixels.tags import PixelError, require_value
from mammo_tfds.pixels.types import Warn, Window

_FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID", None)


class _WidthZeroError(PixelError):
    """A window has width 0: viewers show such an image as if it had no window."""


class _Curve(NamedTuple):
    """A VOI LUT or window: its number; its width, or -inf; and modality values -> 0 to 1."""

    number: int
    width: float
    apply: Callable[[Floats], Floats]


def count_windows(tags: Dataset) -> int:
    """How many VOI LUTs and windows a file has."""
    return len(_read_curves(tags))


def apply_voi(values: Floats, tags: Dataset, window: Window, warn: Warn) -> Floats | None:
    """Modality values -> 0 (darkest) to 1, or None where no VOI LUT and no window is used.

    None is used where `window` says so, in a file that has none, and where all that it has are
    windows of width 0. A VOI LUT or window that cannot be used is passed over, and so is a number
    that the file does not have: the first of the others is used, with a warning.

    Args:
        values: modality values, of any shape.
        tags: the VOI LUT module.
        window: see types.Window.
        warn: see types.Warn.

    Raises:
        PixelError: no VOI LUT or window can be used, and one is more than a window of width 0.
        ValueError: `window` is another word, or below 1.
    """
    words = ("first", "widest", "none")
    if window not in words and not (isinstance(window, int) and window >= 1):
        rule = f"{', '.join(words)} or a number from 1"
        raise ValueError(f"window must be {rule}; got {window!r}")
    curves = _read_curves(tags)
    if window == "none" or not curves:
        return None
    faults: list[PixelError] = []
    passed = []
    if isinstance(window, int) and window > len(curves):
        passed.append(f"window {window} is not there, the file has {len(curves)}")
    shown, used = None, "stored values are"
    for curve in _sort(curves, window):
        try:
            shown, used = curve.apply(values), f"window {curve.number} is"
            break
        except PixelError as fault:
            faults.append(fault)
            passed.append(f"window {curve.number} cannot be used ({fault})")
    if shown is None:
        _require_width_zero(faults)
    if passed:
        warn(f"{'; '.join(passed)}; {used} used")
    return shown


def _sort(curves: list[_Curve], window: Window) -> list[_Curve]:
    """The curves, the one that is asked for first."""
    if window == "widest":
        return sorted(curves, key=lambda curve: -curve.width)
    return sorted(curves, key=lambda curve: curve.number != window)


def _require_width_zero(faults: list[PixelError]) -> None:
    for fault in faults:
        if not isinstance(fault, _WidthZeroError):
            raise PixelError(f"{fault}, or set data.window to none") from fault


def _read_curves(tags: Dataset) -> list[_Curve]:
    centers, widths = _read_values(tags, "WindowCenter"), _read_values(tags, "WindowWidth")
    curves: list[tuple[float, Callable[[Floats], Floats]]] = [
        (-math.inf, partial(_apply_voi_lut, lut=lut)) for lut in read_luts(tags, "VOILUTSequence")
    ]
    for center, width in itertools.zip_longest(centers, widths, fillvalue=math.nan):
        window = partial(_apply_window, tags=tags, center=center, width=width)
        curves.append((-math.inf if math.isnan(width) else width, window))
    return [_Curve(number, *curve) for number, curve in enumerate(curves, start=1)]


def _read_values(tags: Dataset, keyword: str) -> list[float]:
    """The values of a tag, each nan where it is not a number."""
    value = tags.get(keyword)
    if value is None or value == "":
        return []
    values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return [_read_number(each) for each in values]


def _read_number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def _apply_voi_lut(values: Floats, lut: Dataset) -> Floats:
    grey, brightest = apply_lut(values, lut)
    return grey / brightest


def _apply_window(values: Floats, tags: Dataset, center: float, width: float) -> Floats:
    """Values -> 0 to 1, by one of the functions of PS3.3 C.11.2.1.2 and C.11.2.1.3."""
    require_value(tags, "VOILUTFunction", _FUNCTIONS, "export the file again")
    function = tags.get("VOILUTFunction") or "LINEAR"
    _require_window(center, width, function)
    if function == "LINEAR":  # PS3.3 C.11.2.1.2.1; otherwise LINEAR_EXACT, C.11.2.1.3.2
        center, width = center - 0.5, width - 1
    if width == 0:
        return np.where(values > center, 1.0, 0.0)
    with np.errstate(over="ignore"):  # far from a narrow window, infinite: 0 or 1 in the end
        distance = (values - center) / width
        if function == "SIGMOID":  # PS3.3 C.11.2.1.3.1
            return 1 / (1 + np.exp(-4 * distance))
        return np.clip(distance + 0.5, 0, 1)


def _require_window(center: float, width: float, function: str) -> None:
    if not (math.isfinite(center) and math.isfinite(width)):
        raise PixelError(
            "WindowCenter (0028,1050) and WindowWidth (0028,1051) must be pairs of numbers;"
            f" got {center:g} and {width:g}: export the file again"
        )
    if width <= 0 or (width < 1 and function == "LINEAR"):
        rule = "1 or more" if function == "LINEAR" else "above 0"
        error = PixelError if width else _WidthZeroError
        raise error(
            f"WindowWidth (0028,1051) must be {rule} for {function}; got {width:g}:"
            " export the file again"
        )
