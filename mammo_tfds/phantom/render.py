"""One exposure -> its pixels and contours."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammo_tfds.phantom.anatomy import Breast, Frame, make_breast, make_frame
from mammo_tfds.phantom.findings import choose_findings
from mammo_tfds.phantom.lesions import DrawnContour, add_findings, draw_standard_mass
from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.randomness import rng
from mammo_tfds.phantom.texture import Field, resize
from mammo_tfds.phantom.tissue import compute_thickness, render_skin, render_tissue
from mammo_tfds.release.contours import Contour, kind_of

_TISSUE_ROWS = 512  # rows; up to twice as many share a grid of this size


@dataclass(frozen=True)
class Picture:
    """A rendered exposure.

    Attributes:
        pixels: (rows, cols) uint16 up to 4095, larger is brighter, 0 outside the breast.
        contours: of its findings.
    """

    pixels: NDArray[np.uint16]
    contours: tuple[Contour, ...]


def render(seed: int, exposure: Exposure, size: tuple[int, int]) -> Picture:
    """Draws one exposure at `size` (rows, columns).

    Every image, with or without findings, has exactly the histogram of the same breast with one
    standard mass in the middle. So findings change where an image is bright, not how bright it is,
    and the distribution of intensities does not tell sick from healthy.
    """
    breast = make_breast(seed, exposure)
    view = make_frame(seed, exposure, breast, size)
    thick = np.sqrt(compute_thickness(view))
    fat = breast.fat * thick + render_skin(breast, view)
    above = (_render_tissue(seed, exposure, breast, view) - breast.fat) * thick
    noise = _draw_noise(seed, exposure, fat + above)

    def with_added(added: Field) -> Field:
        # A finding displaces the tissue at its position.
        return fat + above / (1 + 12 * added**2) + breast.gain * added * thick + noise

    added, drawn = add_findings(seed, exposure, view, choose_findings(seed, exposure))
    inside = view.depth > 0
    wanted = with_added(draw_standard_mass(view))[inside]
    pixels = np.zeros(size, np.uint16)
    pixels[inside] = _match_histogram(wanted, with_added(added)[inside])
    if exposure.side == "R":
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    return Picture(pixels, tuple(_convert_contour(each, exposure.side, size) for each in drawn))


def _render_tissue(seed: int, exposure: Exposure, breast: Breast, view: Frame) -> Field:
    """The tissue, on a coarser grid where the image is large, as it has little fine detail."""
    coarsening = min(2.0, max(1.0, len(view.y) / _TISSUE_ROWS))
    rows, cols = (math.ceil(side / coarsening) for side in view.shape)
    if (rows, cols) == view.shape:
        return render_tissue(seed, exposure, breast, view)
    return resize(render_tissue(seed, exposure, breast, view.at_size((rows, cols))), view.shape)


def _draw_noise(seed: int, exposure: Exposure, counts: Field) -> Field:
    """The detector's noise; its variance grows with the counts and shrinks with larger pixels."""
    white = rng(seed, "noise", *exposure.key).standard_normal(counts.shape, dtype=np.float32)
    relative = np.float32(0.35 * np.sqrt(len(counts) / 1024))
    return relative * np.sqrt(np.maximum(counts, 0)) * white


def _match_histogram(wanted: Field, shown: Field) -> NDArray[np.uint16]:
    """(n,) counts: the values of `wanted`, ranked like `shown`."""
    counts = np.clip(np.rint(wanted), 1, 4095).astype(np.uint16)
    # Eighths of a count as 16-bit integers, which NumPy sorts six times as fast as floats.
    ranked = np.clip(8 * shown, 0, 65535).astype(np.uint16)
    result = np.empty_like(counts)
    result[np.argsort(ranked, kind="stable")] = np.sort(counts, kind="stable")
    return result


def _convert_contour(drawn: DrawnContour, side: str, size: tuple[int, int]) -> Contour:
    """The contour in pixels of the stored image."""
    rows, cols = size
    y, x = rows * drawn.points.T
    if side == "R":
        x = cols - x
    points = tuple(zip(x.tolist(), y.tolist(), strict=True))
    return Contour(kind_of(drawn.word), drawn.word, points)
