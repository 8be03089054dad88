"""The shape of a breast: outline, nipple and pectoral muscle in each mammographic view.

Lengths are in image heights (1 is 233 mm on INbreast's detector). Coordinates are (y, x), with y
down and x from the chest wall, as in an image of a left breast; a right one is mirrored.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage
from scipy.interpolate import CubicSpline

from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.randomness import rng
from mammo_tfds.phantom.texture import Field, resize

Points = NDArray[np.float64]  # (n, 2): y, x


@dataclass(frozen=True)
class Breast:
    """The traits of a breast: the patient's, with small differences between her two breasts."""

    depth: float  # chest wall to nipple
    breadth: float  # along the chest wall, in CC
    sag: float  # 0 to 1: how far the breast hangs, in MLO
    roundness: float  # exponent of the outline in CC
    nipple: float  # offset of the nipple from the middle
    muscle: float  # width of the pectoral muscle at the top, in MLO
    density: int  # 1 to 4
    glandular: float  # 0 to 1 within the density
    beta: float  # exponent of the parenchyma's spectrum
    clump: float  # cycles per height of the parenchyma's largest clumps
    strands: float  # contrast of strands
    fat: float  # counts of fat
    gain: float  # counts of purely glandular tissue above fat


def make_breast(seed: int, exposure: Exposure) -> Breast:
    """The traits of the exposure's breast."""
    patient = rng(seed, "patient", exposure.index)
    breast = rng(seed, "breast", exposure.index, exposure.side)
    depth = patient.uniform(0.30, 0.54)
    return Breast(
        depth=depth * breast.uniform(0.95, 1.05),
        breadth=(0.22 + 0.38 * depth + patient.uniform(-0.03, 0.05)) * breast.uniform(0.97, 1.03),
        sag=patient.uniform(0.0, 1.0),
        roundness=patient.uniform(1.85, 2.3),
        nipple=patient.uniform(-0.05, 0.05) + breast.uniform(-0.01, 0.01),
        muscle=patient.uniform(0.17, 0.30) * breast.uniform(0.92, 1.08),
        density=exposure.density,
        glandular=patient.uniform(0.0, 1.0),
        beta=patient.uniform(2.95, 3.15),
        clump=patient.uniform(2.5, 5.5),
        strands=patient.uniform(0.6, 1.2),
        fat=patient.uniform(1350.0, 1700.0),
        gain=patient.uniform(1500.0, 1950.0),
    )


@dataclass(frozen=True)
class Frame:
    """The geometry of one mammographic view on the image grid."""

    y: Field  # (rows, 1): row centres
    x: Field  # (1, cols): column centres
    depth: Field  # (rows, cols): distance to the skin, positive in the breast
    muscle: Field | None  # (rows, cols): distance to the muscle's edge, positive in the muscle
    nipple: tuple[float, float]
    axis: tuple[float, float]  # unit vector from the nipple towards the chest wall
    reach: float  # nipple to chest wall along the axis
    spread: float  # half of the breast's breadth across the axis

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, cols = self.depth.shape
        return rows, cols

    def crop(self, field: Field) -> Field:
        """The part of a square field that the image covers."""
        rows, cols = self.shape
        return field[:rows, :cols]

    def at_size(self, size: tuple[int, int]) -> "Frame":
        """The same view on a grid of `size` (rows, columns)."""
        y, x = _grid(size)
        muscle = None if self.muscle is None else resize(self.muscle, size)
        return replace(self, y=y, x=x, depth=resize(self.depth, size), muscle=muscle)

    @property
    def pixel(self) -> float:
        """The length of a pixel's side."""
        return 1.0 / len(self.y)

    def at(self, posterior: float, across: float) -> tuple[float, float]:
        """(y, x) of an anatomical position.

        Args:
            posterior: distance behind the nipple, in units of `reach`: 0 at the nipple, 1 at the
                chest wall.
            across: distance from the axis, in units of `spread`.
        """
        (ny, nx), (ay, ax) = self.nipple, self.axis
        back, beside = posterior * self.reach, across * self.spread
        return ny + back * ay + beside * ax, nx + back * ax - beside * ay

    def bump(self, position: tuple[float, float], width: float) -> Field:
        """(rows, cols) float32: a Gaussian of height 1 and standard deviation `width` at (y, x)."""
        down, right = (
            np.exp(-0.5 * np.square((axis - np.float32(middle)) / np.float32(width)))
            for axis, middle in zip((self.y, self.x), position, strict=True)
        )
        return down * right

    def look_up(self, field: Field, position: tuple[float, float]) -> float:
        """The field's value at the pixel nearest to (y, x)."""
        row, col = (int(value / self.pixel) for value in position)
        rows, cols = field.shape
        return float(field[min(max(row, 0), rows - 1), min(max(col, 0), cols - 1)])


def make_frame(seed: int, exposure: Exposure, breast: Breast, size: tuple[int, int]) -> Frame:
    """The geometry of one exposure; each compression of a breast is a little different."""
    draw = rng(seed, "compression", *exposure.key)
    y, x = _grid(size)
    if exposure.view == "MLO":
        outline, nipple = _outline_mlo(breast, draw)
        slope = breast.muscle / draw.uniform(0.45, 0.75)
        muscle = _muscle(y, x, breast.muscle, slope, bow=draw.uniform(0.0, 0.03))
        axis = (-slope / math.hypot(1, slope), -1 / math.hypot(1, slope))
        reach, spread = nipple[1] * 0.9, 0.30
    else:
        outline, nipple = _outline_cc(breast, draw)
        muscle, axis, reach, spread = None, (0.0, -1.0), nipple[1], 0.75 * breast.breadth
    return Frame(y, x, _depth(outline, size), muscle, nipple, axis, reach, spread)


def _grid(size: tuple[int, int]) -> tuple[Field, Field]:
    y, x = ((np.arange(side, dtype=np.float32) + 0.5) / np.float32(size[0]) for side in size)
    return y[:, None], x[None, :]


def _outline_cc(breast: Breast, draw: np.random.Generator) -> tuple[Points, tuple[float, float]]:
    middle = 0.5 + draw.uniform(-0.04, 0.04)
    depth = breast.depth * draw.uniform(0.97, 1.03)
    angle = np.linspace(-0.5 * np.pi, 0.5 * np.pi, 181)
    sine, cosine = np.sin(angle), np.cos(angle)
    power = 2 / breast.roundness
    lean = breast.nipple * 1.5 * cosine**2
    y = middle + breast.breadth * (np.sign(sine) * np.abs(sine) ** power + lean)
    x = depth * cosine ** (1.1 * power)
    x = x + 0.004 * np.sin(3 * angle + draw.uniform(0, 6)) * cosine
    tip = int(np.argmax(x)) + int(draw.integers(-4, 5))
    points = _add_nipple(np.stack([y, x], 1), tip, draw)
    first, last = points[0], points[-1]
    closed = np.concatenate([[[first[0], -0.1]], points, [[last[0], -0.1]]])
    return closed, (float(points[tip, 0]), float(points[tip, 1]))


def _outline_mlo(breast: Breast, draw: np.random.Generator) -> tuple[Points, tuple[float, float]]:
    depth = breast.depth * draw.uniform(0.95, 1.05)
    nipple = 0.53 + 0.11 * breast.sag + 0.15 * (depth - 0.30) + draw.uniform(-0.02, 0.02)
    armpit = min(breast.muscle + draw.uniform(0.02, 0.07), 0.85 * depth)
    fold = min(nipple + 0.17 + 0.28 * depth + 0.04 * breast.sag, 0.95) + draw.uniform(-0.02, 0.02)
    low = fold - nipple
    crease = draw.uniform(0.015, 0.035)
    belly = crease + draw.uniform(0.0, 0.025)
    # (y, x) from the armpit down over the nipple to the fold and the belly below it.
    knots = np.array(
        [
            (-0.10, armpit * 0.98),
            (0.06, armpit),
            (0.18 * nipple + 0.1, 0.6 * armpit + 0.4 * 0.72 * depth),
            (0.62 * nipple, 0.80 * depth),
            (0.84 * nipple, 0.955 * depth),
            (nipple, depth),
            (nipple + 0.35 * low, (0.94 + 0.03 * breast.sag) * depth),
            (nipple + (0.74 + 0.10 * breast.sag) * low, (0.69 + 0.06 * breast.sag) * depth),
            (fold, 0.12 * depth + 0.02),
            (fold + 0.03, crease),
            (fold + 0.08, crease + 0.004),
            (fold + 0.16, 0.5 * (crease + belly)),
            (1.2, belly),
        ]
    )
    points = _smooth(knots, 300)
    tip = int(np.argmax(points[:, 1]))
    points = _add_nipple(points, tip, draw)
    closed = np.concatenate([[[-0.1, -0.1]], points, [[1.2, -0.1]]])
    return closed, (float(points[tip, 0]), float(points[tip, 1]))


def _smooth(knots: Points, count: int) -> Points:
    """`count` points along a cubic spline through the knots."""
    chord = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(knots, axis=0).T) ** 0.7)])
    return CubicSpline(chord, knots)(np.linspace(0, chord[-1], count))


def _add_nipple(points: Points, tip: int, draw: np.random.Generator) -> Points:
    """The outline with a nipple at point `tip`, which protrudes by a random amount."""
    tangent = np.gradient(points, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1) * np.sign(tangent[tip, 0])
    normal /= np.maximum(np.hypot(*normal.T), 1e-9)[:, None]
    away = np.hypot(*(points - points[tip]).T)
    bump = draw.uniform(0.004, 0.016) * np.exp(-((away / 0.018) ** 4))
    return points + bump[:, None] * normal


def _muscle(y: Field, x: Field, top: float, slope: float, bow: float) -> Field:
    """Distance to the edge of the pectoral muscle, a curve from (0, top) to the chest wall."""
    along = y * slope / top  # 0 at the image's top, 1 where the edge meets the chest wall
    edge = top * (1 - along) + bow * np.sin(np.pi * np.clip(along, 0, 1))
    return (edge - x) / np.float32(np.hypot(1, slope))


def _depth(outline: Points, size: tuple[int, int]) -> Field:
    """Signed distance to the outline, which continues beyond the image's borders.

    Computed on about 512 rows and resized, as it is smooth and this is the slowest step.
    """
    rows, cols = size
    pad = rows // 16  # so that the border of the image does not count as skin
    coarse = max(1, rows // 512)
    height, width = (-(-(side + 2 * pad) // coarse) for side in size)
    canvas = Image.new("1", (width, height))
    corners = [(x, y) for y, x in (outline * rows + pad) / coarse - 0.5]
    ImageDraw.Draw(canvas).polygon(corners, fill=1)
    inside = np.asarray(canvas)
    signed = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    smooth = ndimage.gaussian_filter(signed.astype(np.float32), 3) * np.float32(coarse / rows)
    start = pad / coarse
    return resize(smooth, size, (start, start, start + cols / coarse, start + rows / coarse))
