"""One exposure -> its pixels and contours."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammo_tfds.phantom.anatomy import Build, Frame, build, frame
from mammo_tfds.phantom.findings import findings
from mammo_tfds.phantom.lesions import Drawn, add_findings, standard_mass
from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.randomness import rng
from mammo_tfds.phantom.texture import Field, resized
from mammo_tfds.phantom.tissue import skin, thickness, tissue
from mammo_tfds.release.contours import Contour, kind_of

_TISSUE_ROWS = 512  # rows; up to twice as many share a grid of this size


@dataclass(frozen=True)
class Picture:
    """pixels: (rows, cols) uint16 up to 4095, larger is brighter, 0 outside the breast."""

    pixels: NDArray[np.uint16]
    contours: tuple[Contour, ...]


def render(seed: int, exposure: Exposure, size: tuple[int, int]) -> Picture:
    """Draws one exposure at `size` (rows, columns).

    Findings change where an image is bright, not how bright it is. Every image, with or without
    findings, has exactly the histogram of its own breast with one standard mass in the middle, so
    that intensities alone do not tell sick from healthy.
    """
    breast = build(seed, exposure)
    view = frame(seed, exposure, breast, size)
    thick = np.sqrt(thickness(view))
    fat = breast.fat * thick + skin(breast, view)
    above = (_tissue(seed, exposure, breast, view) - breast.fat) * thick
    noise = _noise(seed, exposure, fat + above)

    def with_added(added: Field) -> Field:
        # What is added pushes aside the tissue that was there.
        return fat + above / (1 + 12 * added**2) + breast.gain * added * thick + noise

    added, drawn = add_findings(seed, exposure, view, findings(seed, exposure))
    inside = view.depth > 0
    wanted = with_added(standard_mass(view))[inside]
    pixels = np.zeros(size, np.uint16)
    pixels[inside] = _with_values_of(wanted, with_added(added)[inside])
    if exposure.side == "R":
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    return Picture(pixels, tuple(_contour(each, exposure.side, size) for each in drawn))


def _tissue(seed: int, exposure: Exposure, breast: Build, view: Frame) -> Field:
    """On a coarser grid where the image is large: tissue has little detail that is finer."""
    coarsening = min(2.0, max(1.0, len(view.y) / _TISSUE_ROWS))
    rows, cols = (math.ceil(side / coarsening) for side in view.shape)
    if (rows, cols) == view.shape:
        return tissue(seed, exposure, breast, view)
    return resized(tissue(seed, exposure, breast, view.resized((rows, cols))), view.shape)


def _noise(seed: int, exposure: Exposure, counts: Field) -> Field:
    """The detector's: its variance grows with the counts, and falls with larger pixels."""
    white = rng(seed, "noise", *exposure.key).standard_normal(counts.shape, dtype=np.float32)
    relative = np.float32(0.35 * np.sqrt(len(counts) / 1024))
    return relative * np.sqrt(np.maximum(counts, 0)) * white


def _with_values_of(wanted: Field, shown: Field) -> NDArray[np.uint16]:
    """(n,) counts in the order of `shown`, whose values are those of `wanted`."""
    counts = np.clip(np.rint(wanted), 1, 4095).astype(np.uint16)
    # Eighths of a count as 16-bit integers, which NumPy sorts six times as fast as floats.
    ranked = np.clip(8 * shown, 0, 65535).astype(np.uint16)
    result = np.empty_like(counts)
    result[np.argsort(ranked, kind="stable")] = np.sort(counts, kind="stable")
    return result


def _contour(drawn: Drawn, side: str, size: tuple[int, int]) -> Contour:
    """In pixels, in the image as it is stored."""
    rows, cols = size
    y, x = rows * drawn.points.T
    if side == "R":
        x = cols - x
    points = tuple(zip(x.tolist(), y.tolist(), strict=True))
    return Contour(kind_of(drawn.word), drawn.word, points)
