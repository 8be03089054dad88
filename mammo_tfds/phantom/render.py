"""One exposure -> its pixels and contours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammo_tfds.phantom.anatomy import Build, Frame, build, frame
from mammo_tfds.phantom.findings import findings
from mammo_tfds.phantom.lesions import add_findings
from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.randomness import rng
from mammo_tfds.phantom.texture import Field, resized
from mammo_tfds.phantom.tissue import skin, thickness, tissue

_TISSUE_ROWS = 512  # up to here tissue is drawn at the image's own size, above at half of it


@dataclass(frozen=True)
class Contour:
    """A contour in pixels: (n, 2) float64 of x and y, under the radiologist's word or ""."""

    word: str
    points: NDArray[np.float64]


@dataclass(frozen=True)
class Picture:
    """pixels: (rows, cols) uint16 up to 4095, larger is brighter, 0 outside the breast."""

    pixels: NDArray[np.uint16]
    contours: tuple[Contour, ...]


def render(seed: int, exposure: Exposure, size: tuple[int, int]) -> Picture:
    """Draws one exposure at `size` (rows, columns).

    Findings change where an image is bright, not how bright it is: its histogram is that of the
    same breast without them, so that intensities alone do not tell sick from healthy.
    """
    breast = build(seed, exposure)
    view = frame(seed, exposure, breast, size)
    thick = np.sqrt(thickness(view))
    healthy = _tissue(seed, exposure, breast, view) * thick + skin(breast, view)
    healthy += _noise(seed, exposure, healthy)
    added, drawn = add_findings(seed, exposure, view, findings(seed, exposure))
    inside = view.depth > 0
    pixels = np.zeros(size, np.uint16)
    pixels[inside] = np.clip(np.rint(healthy[inside]), 1, 4095)
    if drawn:
        shown = healthy + breast.gain * added * thick
        pixels[inside] = _with_histogram_of(pixels[inside], shown[inside])
    scale = float(size[0])
    contours = [Contour(each.word, scale * each.points[:, ::-1]) for each in drawn]
    if exposure.side == "R":
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        contours = [_mirrored(contour, size[1]) for contour in contours]
    return Picture(pixels, tuple(contours))


def _tissue(seed: int, exposure: Exposure, breast: Build, view: Frame) -> Field:
    rows, cols = view.shape
    if rows <= _TISSUE_ROWS:
        return tissue(seed, exposure, breast, view)
    coarse = view.resized((-(-rows // 2), -(-cols // 2)))
    return resized(tissue(seed, exposure, breast, coarse), view.shape)


def _noise(seed: int, exposure: Exposure, counts: Field) -> Field:
    """The detector's: its variance grows with the counts, and shrinks with larger pixels."""
    key = (exposure.index, exposure.side, exposure.exam, exposure.view, exposure.repeat)
    white = rng(seed, "noise", *key).standard_normal(counts.shape, dtype=np.float32)
    relative = np.float32(0.5 * np.sqrt(len(counts) / 1024))
    return relative * np.sqrt(np.maximum(counts, 0)) * white


def _with_histogram_of(wanted: NDArray[np.uint16], shown: Field) -> NDArray[np.uint16]:
    """(n,) values in the order of `shown`, and exactly those of `wanted`."""
    # Sixteenths of a count as 16-bit integers, which NumPy sorts six times as fast as floats.
    ranked = np.clip(16 * shown, 0, 65535).astype(np.uint16)
    result = np.empty_like(wanted)
    result[np.argsort(ranked, kind="stable")] = np.sort(wanted, kind="stable")
    return result


def _mirrored(contour: Contour, cols: int) -> Contour:
    return Contour(contour.word, contour.points * (-1, 1) + (cols, 0))
