"""OsiriX property lists -> contours in pixels, and masks.

A point is (x, y) in pixels, x to the right and y down. As in DICOM PS3.3 C.10.5.1.2, the corner of
the image is (0, 0), so the centre of the pixel in row r and column c is (c + 0.5, r + 0.5).
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
"""What a finding can be; "unnamed" where the file has no name for it, or an unknown one."""

_SPELLINGS = {
    "calcifications": "calcification",
    "espiculated region": "spiculated region",
    "assymetry": "asymmetry",
}
# Calcifications are tenths of a millimetre to a millimetre wide; at 0.07 mm this is half of one.
DISC_RADIUS = 3.5
"""The radius of the disc that stands for a single point, in an image's pixels."""

# What plistlib raises on well-formed XML that is not a property list, as it checks little itself;
# and what comes of values that are too large or too deep to be shown.
_PLIST_ERRORS = (
    *(ValueError, TypeError, AttributeError, LookupError, OverflowError),
    *(MemoryError, RecursionError),
)


class ContourError(ValueError):
    """A contour file that cannot be read: one line with the file, its line and the rule.

    Attributes:
        line: the line in the file, counted from 1; None where the error has no line.
        rule: the message without file and line.

    Examples:
        >>> from pathlib import Path
        >>> from mammo_tfds import ContourError
        >>> str(ContourError(Path("20586908.xml"), "not XML: unclosed token", line=11))
        '20586908.xml:11: not XML: unclosed token'
    """

    def __init__(self, path: Path, rule: str, line: int | None = None) -> None:
        super().__init__(f"{path}{f':{line}' if line else ''}: {rule}")
        self.line = line
        self.rule = rule


@dataclass(frozen=True)
class Contour:
    """What a radiologist drew around one finding.

    Attributes:
        kind: one of KINDS.
        word: the finding's name as the radiologist wrote it; "" where there is none.
        points: (x, y) in pixels, at least one; may lie outside the image.

    Examples:
        >>> from mammo_tfds.release import Contour, kind_of
        >>> Contour(kind_of("Assymetry"), "Assymetry", ((8.0, 10.0), (16.5, 10.0)))
        Contour(kind='asymmetry', word='Assymetry', points=((8.0, 10.0), (16.5, 10.0)))
    """

    kind: str
    word: str
    points: tuple[tuple[float, float], ...]


def read_contours(path: Path) -> tuple[Contour, ...]:
    """The contours in a file of AllXML/, in the file's order.

    Raises:
        ContourError: the file is not XML, not a property list, or has no contours' structure.
        OSError: the file cannot be read.

    Examples:
        >>> import plistlib, tempfile
        >>> from pathlib import Path
        >>> from mammo_tfds import read_contours
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "20586908.xml")
        ...     roi = {"Name": "Mass", "Point_px": ["(8.0, 10.0)", "(16.0, 10.0)", "(16.0, 20.0)"]}
        ...     _ = path.write_bytes(plistlib.dumps({"Images": [{"ROIs": [roi]}]}))
        ...     contour, = read_contours(path)
        >>> contour.kind, len(contour.points)
        ('mass', 3)
    """
    return read_with_warnings(path)[0]


def read_with_warnings(path: Path) -> tuple[tuple[Contour, ...], tuple[str, ...]]:
    """The contours, and a line for each flaw of the file that does not make it unusable.

    Raises:
        ContourError, OSError: as `read_contours`.
    """
    try:
        return _parse(path, _load(path))
    except ContourError:
        raise
    except _PLIST_ERRORS as error:
        raise ContourError(path, "not an Apple property list") from error


def _parse(path: Path, content: object) -> tuple[tuple[Contour, ...], tuple[str, ...]]:
    images = _list(path, content, "Images", "the file")
    if not images:
        raise ContourError(path, "Images must hold one image; got none")
    rois = _list(path, images[0], "ROIs", "Images[0]")
    contours, warnings = [], [*_image_warnings(images)]
    for number, roi in enumerate(rois, start=1):
        points = _points(path, roi, number)
        warnings += _point_warnings(roi, number, len(points))
        if points:
            contours.append(Contour(kind_of(_word(roi)), _word(roi), points))
    return tuple(contours), (*warnings, *_name_warnings(rois))


def kind_of(word: str) -> str:
    """The one of KINDS that a radiologist's word stands for; "unnamed" for an unknown word.

    Examples:
        >>> from mammo_tfds.release import kind_of
        >>> kind_of("Calcifications"), kind_of("Point 3"), kind_of("Shadow")
        ('calcification', 'point', 'unnamed')
    """
    word = " ".join(word.casefold().split())
    if re.fullmatch(r"point [0-9]+", word):
        return "point"
    word = _SPELLINGS.get(word, word)
    return word if word in KINDS else "unnamed"


def count_outside(contours: Collection[Contour], shape: tuple[int, int]) -> int:
    """How many contours have a point outside an image of `shape` (rows, columns).

    Examples:
        >>> from mammo_tfds.release import Contour, count_outside
        >>> count_outside([Contour("point", "Point 1", ((8.5, 1.0),))], shape=(10, 8))
        1
    """
    rows, columns = shape
    return sum(
        any(not (0 <= x <= columns and 0 <= y <= rows) for x, y in contour.points)
        for contour in contours
    )


def mask(contours: Collection[Contour], shape: tuple[int, int]) -> np.ndarray:
    """The pixels inside the contours: (H, W) bool, for an image of `shape` (rows, columns).

    A pixel is inside a polygon if its centre is (even-odd rule). A contour of one or two points,
    or too thin to contain the centre of a pixel, becomes a disc of about half a millimetre around
    each of its points, so that a single calcification is not lost.

    Examples:
        >>> from mammo_tfds import Contour, mask
        >>> square = Contour("mass", "Mass", ((1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0)))
        >>> mask([square], (4, 4)).astype(int)
        array([[0, 0, 0, 0],
               [0, 1, 1, 0],
               [0, 1, 1, 0],
               [0, 0, 0, 0]])
    """
    covered = np.zeros(shape, dtype=bool)
    for contour in contours:
        points = np.asarray(contour.points, dtype=np.float64)
        if len(points) < 3 or not fill_polygon(covered, points):
            for x, y in points:
                _fill_disc(covered, x, y)
    return covered


def fill_polygon(covered: np.ndarray, points: np.ndarray) -> bool:
    """Sets the pixels of `covered`, (H, W) bool, inside a polygon; returns whether there are any.

    Each edge flips all pixels to its right in the rows whose centre line it crosses. The pixels
    inside are those that were flipped an odd number of times.

    Args:
        covered: is changed.
        points: (n, 2) float64, the polygon's (x, y) in pixels; may lie outside.
    """
    rows, columns = covered.shape
    corners = points - 0.5  # so that pixel centres are at whole numbers
    (left, top), (right, bottom) = (
        np.ceil([corners.min(axis=0), corners.max(axis=0)]).clip(0, (columns, rows)).astype(int)
    )
    (x0, y0), (x1, y1) = corners.T, np.roll(corners, -1, axis=0).T
    first, last = np.ceil(np.sort([y0, y1], axis=0)).clip(top, bottom).astype(int)
    edges = np.repeat(np.arange(len(corners)), last - first)  # each as often as it crosses a row
    before = np.cumsum(last - first) - (last - first)
    crossed = np.arange(len(edges)) + (first - before)[edges]
    x0, y0, x1, y1 = x0[edges], y0[edges], x1[edges], y1[edges]
    x = x0 + (crossed - y0) * ((x1 - x0) / (y1 - y0))
    flips = np.zeros((bottom - top, right - left + 1), dtype=bool)
    np.logical_xor.at(flips, (crossed - top, np.ceil(x).clip(left, right).astype(int) - left), True)
    inside = np.logical_xor.accumulate(flips, axis=1)[:, :-1]
    covered[top:bottom, left:right] |= inside
    return bool(inside.any())


def _fill_disc(covered: np.ndarray, x: float, y: float) -> None:
    """Sets the pixels of `covered` whose centre is within DISC_RADIUS of (x, y)."""
    rows, columns = covered.shape
    top, bottom = np.clip([y - DISC_RADIUS, y + DISC_RADIUS + 1], 0, rows).astype(int)
    left, right = np.clip([x - DISC_RADIUS, x + DISC_RADIUS + 1], 0, columns).astype(int)
    across = np.arange(left, right) + 0.5 - x
    down = np.arange(top, bottom)[:, np.newaxis] + 0.5 - y
    covered[top:bottom, left:right] |= np.hypot(across, down) <= DISC_RADIUS


def _load(path: Path) -> Any:
    with path.open("rb") as file:
        try:
            return plistlib.load(file, fmt=plistlib.FMT_XML)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise ContourError(path, f"not XML: {reason}", error.lineno) from error


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


def _image_warnings(images: list[Mapping[str, Any]]) -> Iterator[str]:
    if len(images) > 1:
        yield f"Images has {len(images)} images; only the first is read"
    count, rois = images[0].get("NumberOfROIs"), images[0]["ROIs"]
    if count is not None and count != len(rois):
        yield f"NumberOfROIs is {count!r:.60}, but there are {len(rois)} ROIs"


def _name_warnings(rois: list[Mapping[str, Any]]) -> Iterator[str]:
    words = [_word(roi) for roi in rois]
    if nameless := words.count(""):
        yield f"{nameless} of {len(rois)} ROIs have no name"
    for word in sorted(set(words) - {""}):
        if kind_of(word) == "unnamed" and word.casefold() != "unnamed":
            yield f"ROI name {word!r:.60} is not known; it counts as unnamed"


def _point_warnings(roi: Mapping[str, Any], number: int, points: int) -> Iterator[str]:
    count = roi.get("NumberOfPoints")
    if not points:
        yield f"ROI {number} has no points; it is left out"
    elif count is not None and count != points:
        yield f"ROI {number}: NumberOfPoints is {count!r:.60}, but there are {points} points"
