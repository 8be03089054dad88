"""OsiriX property lists -> contours in pixels, and masks.

A point is (x, y): x to the right, y down, in pixels. As in DICOM PS3.3 C.10.5.1.2 the corner of the
image is (0, 0), so the pixel in row r and column c is centred on (c + 0.5, r + 0.5).
"""

import math
import plistlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np

KINDS = (
    "calcification",
    "cluster",
    "mass",
    "spiculated region",
    "asymmetry",
    "distortion",
    "point",
    "unnamed",
)
_SPELLINGS = {
    "calcifications": "calcification",
    "espiculated region": "spiculated region",
    "assymetry": "asymmetry",
}
# Calcifications are tenths of a millimetre to a millimetre wide; at 0.07 mm this is half of one.
_DISC_RADIUS = 3.5
# What plistlib raises on well-formed XML that is no property list; it checks little itself.
_PLIST_ERRORS = (ValueError, TypeError, AttributeError, LookupError, OverflowError)


class ContourError(ValueError):
    """A contour file that cannot be read: one line with the file, its line and the rule.

    Attributes:
        line: the line in the file, counted from 1; None where the fault has none.
        rule: the message without the place.
    """

    def __init__(self, path: Path, rule: str, line: int | None = None) -> None:
        super().__init__(f"{path}{f':{line}' if line else ''}: {rule}")
        self.line = line
        self.rule = rule


@dataclass(frozen=True)
class Contour:
    """What a radiologist drew round one finding.

    Attributes:
        kind: one of KINDS.
        word: the radiologist's own word as written; "" where there is none.
        points: (x, y) in pixels, at least one; may lie outside the image.
    """

    kind: str
    word: str
    points: tuple[tuple[float, float], ...]


def read_contours(path: Path) -> tuple[Contour, ...]:
    """The contours of an `AllXML/<image id>.xml`.

    Raises:
        ContourError: the file is not XML, not a property list, or not one of contours.
    """
    return read_annotated(path)[0]


def read_annotated(path: Path) -> tuple[tuple[Contour, ...], tuple[str, ...]]:
    """The contours, and one line for each oddity that does not keep them from being used.

    Raises:
        ContourError: see `read_contours`.
    """
    images = _list(path, _load(path), "Images", "the file")
    if not images:
        raise ContourError(path, "Images must hold one image; got none")
    rois = _list(path, images[0], "ROIs", "Images[0]")
    contours, oddities = [], [*_image_oddities(images)]
    for number, roi in enumerate(rois, start=1):
        points = _points(path, roi, number)
        oddities += _point_oddities(roi, number, len(points))
        if points:
            contours.append(Contour(kind_of(_word(roi)), _word(roi), points))
    return tuple(contours), (*oddities, *_name_oddities(rois))


def kind_of(word: str) -> str:
    """The kind that a radiologist's word stands for; "unnamed" for a word that is not known."""
    word = " ".join(word.casefold().split())
    if re.fullmatch(r"point [0-9]+", word):
        return "point"
    word = _SPELLINGS.get(word, word)
    return word if word in KINDS else "unnamed"


def outside(contours: Collection[Contour], shape: tuple[int, int]) -> int:
    """How many contours have a point outside an image of `shape` (rows, columns)."""
    rows, columns = shape
    return sum(
        any(not (0 <= x <= columns and 0 <= y <= rows) for x, y in contour.points)
        for contour in contours
    )


def mask(contours: Collection[Contour], shape: tuple[int, int]) -> np.ndarray:
    """Where the contours are: (H, W) bool, clipped to the image of `shape` (rows, columns).

    A pixel belongs to a polygon if its centre is inside (even-odd rule). Contours of one or two
    points, and polygons too thin to hold a centre, are small discs round their points, so that no
    single calcification gets lost.
    """
    covered = np.zeros(shape, dtype=bool)
    for contour in contours:
        points = np.asarray(contour.points, dtype=np.float64)
        if len(points) < 3 or not _fill(covered, points):
            for x, y in points:
                _disc(covered, x, y)
    return covered


def _fill(covered: np.ndarray, points: np.ndarray) -> bool:
    """Sets the pixels of `covered` (H, W) bool inside the polygon; False if there are none.

    Each edge flips all pixels to the right of it in the rows whose centre line it crosses: what is
    inside has been flipped an odd number of times.
    """
    rows, columns = covered.shape
    corners = points - 0.5  # so that pixel centres are at whole numbers
    (left, top), (right, bottom) = (
        np.ceil([corners.min(axis=0), corners.max(axis=0)]).clip(0, (columns, rows)).astype(int)
    )
    flips = np.zeros((bottom - top, right - left + 1), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        first, last = np.ceil([min(y0, y1), max(y0, y1)]).clip(top, bottom).astype(int)
        crossed = np.arange(first, last)
        if crossed.size:
            x = x0 + (crossed - y0) * ((x1 - x0) / (y1 - y0))
            flips[crossed - top, np.ceil(x).clip(left, right).astype(int) - left] ^= True
    inside = np.logical_xor.accumulate(flips, axis=1)[:, :-1]
    covered[top:bottom, left:right] |= inside
    return bool(inside.any())


def _disc(covered: np.ndarray, x: float, y: float) -> None:
    """Sets the pixels of `covered` whose centre is near (x, y)."""
    rows, columns = covered.shape
    top, bottom = np.clip([y - _DISC_RADIUS, y + _DISC_RADIUS + 1], 0, rows).astype(int)
    left, right = np.clip([x - _DISC_RADIUS, x + _DISC_RADIUS + 1], 0, columns).astype(int)
    across = np.arange(left, right) + 0.5 - x
    down = np.arange(top, bottom)[:, np.newaxis] + 0.5 - y
    covered[top:bottom, left:right] |= np.hypot(across, down) <= _DISC_RADIUS


def _load(path: Path) -> Any:
    with path.open("rb") as file:
        try:
            return plistlib.load(file, fmt=plistlib.FMT_XML)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise ContourError(path, f"not XML: {reason}", error.lineno) from error
        except _PLIST_ERRORS as error:
            raise ContourError(path, "not an Apple property list") from error


def _list(path: Path, holder: object, key: str, where: str) -> list[Any]:
    """`holder[key]`, which must be a list."""
    value = holder.get(key) if isinstance(holder, Mapping) else None
    if not isinstance(value, list):
        raise ContourError(path, f"{where} must have a list of {key}; got {value!r:.60}")
    return value


def _points(path: Path, roi: object, number: int) -> tuple[tuple[float, float], ...]:
    where = f"ROI {number}"
    return tuple(_point(path, text, where) for text in _list(path, roi, "Point_px", where))


def _point(path: Path, text: object, where: str) -> tuple[float, float]:
    try:
        x, y = (float(number) for number in str(text).strip().strip("()").split(","))
    except ValueError:
        x = y = math.nan
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ContourError(path, f"{where}: a point of Point_px must be '(x, y)'; got {text!r:.60}")
    return x, y


def _word(roi: Mapping[str, Any]) -> str:
    return str(roi.get("Name", "")).strip()


def _image_oddities(images: list[Mapping[str, Any]]) -> Iterator[str]:
    if len(images) > 1:
        yield f"Images has {len(images)} images; only the first is read"
    count, rois = images[0].get("NumberOfROIs"), images[0]["ROIs"]
    if count is not None and count != len(rois):
        yield f"NumberOfROIs is {count!r:.60}, but there are {len(rois)} ROIs"


def _name_oddities(rois: list[Mapping[str, Any]]) -> Iterator[str]:
    words = [_word(roi) for roi in rois]
    if nameless := words.count(""):
        yield f"{nameless} of {len(rois)} ROIs have no name"
    for word in sorted(set(words) - {""}):
        if kind_of(word) == "unnamed" and word.casefold() != "unnamed":
            yield f"ROI name {word!r:.60} is not known; it counts as unnamed"


def _point_oddities(roi: Mapping[str, Any], number: int, points: int) -> Iterator[str]:
    count = roi.get("NumberOfPoints")
    if not points:
        yield f"ROI {number} has no points; it is left out"
    elif count is not None and count != points:
        yield f"ROI {number}: NumberOfPoints is {count!r:.60}, but there are {points} points"
