"""An image's candidates: where small bright spots lie in its breast, each with its patch."""

import numpy as np

from jobs.calcifications.normalise import normalise, smooth
from jobs.common.types import Array, Bools
from jobs.views.breast import Breast, find_breast

PATCH = 25
"""Rows and columns of a patch: what the detector sees of a candidate."""

CANDIDATE = np.dtype(
    [
        ("row", np.int32),
        ("column", np.int32),
        ("contrast", np.float32),
        ("patch", np.float16, (PATCH, PATCH)),
    ]
)
"""A candidate: its pixel in the image, its contrast in standard deviations of the breast's, and
the normalised pixels around it."""

_SCALES = (1.0, 2.0, 4.0)  # pixels: blobs 3 to 11 pixels wide, 0.2 to 0.8 mm at 0.07 mm
_RATIO = 1.6  # of the two Gaussians' deviations
_APART = 5  # pixels, a square's side, in which one candidate is the brightest
_RIM = 2  # cells of the breast's mask at its edge, where the skin is a bright line


def find_candidates(pixels: Array, count: int) -> Array:
    """The brightest small spots of the breast, the brightest first.

    Their brightness is the largest difference of two Gaussians among some scales, which is largest
    where a bright blob of that size lies.

    Args:
        pixels: (H, W) uint16, larger is brighter.
        count: how many at most.

    Returns:
        (n,) of CANDIDATE.

    Source: Lindeberg, Int. J. Computer Vision 30 (1998) 79, section 5; for the ratio Marr and
    Hildreth, Proc. R. Soc. London B 207 (1980) 187, appendix B.
    """
    from scipy import ndimage

    breast = find_breast(pixels)
    box = breast.box
    normalised = normalise(pixels[box.top : box.bottom, box.left : box.right])
    inside = _inside(breast, pixels.shape)
    contrast = _contrast(normalised, inside)
    peaks = inside & (contrast == ndimage.maximum_filter(contrast, _APART))
    rows, columns = np.nonzero(peaks)
    values = contrast[rows, columns]
    best = np.argsort(-values, kind="stable")[:count]
    found = np.empty(len(best), CANDIDATE)
    found["row"], found["column"] = rows[best] + box.top, columns[best] + box.left
    found["contrast"] = values[best]
    found["patch"] = _patches(normalised, rows[best], columns[best])
    return found


def _inside(breast: Breast, shape: tuple[int, ...]) -> Bools:
    """The pixels of the breast's box that are breast, but for its rim: (h, w)."""
    from scipy import ndimage

    cells = ndimage.binary_erosion(breast.mask, iterations=_RIM)
    rows, columns = (
        np.arange(first, last) // breast.cell
        for first, last in (
            (breast.box.top, breast.box.bottom),
            (breast.box.left, breast.box.right),
        )
    )
    return cells[rows[:, np.newaxis], columns]


def _contrast(normalised: Array, inside: Bools) -> Array:
    """The largest difference of Gaussians at each pixel, in standard deviations: (h, w) float32."""
    largest = np.full(normalised.shape, -np.inf, np.float32)
    if not inside.any():
        return largest
    for scale in _SCALES:
        difference = smooth(normalised, scale) - smooth(normalised, _RATIO * scale)
        deviation = difference[inside].std()
        np.maximum(largest, difference / max(deviation, np.float32(1e-6)), out=largest)
    return largest


def _patches(normalised: Array, rows: Array, columns: Array) -> Array:
    """The pixels around each place: (n, PATCH, PATCH); 0 beyond the box."""
    padded = np.pad(normalised, PATCH // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (PATCH, PATCH))
    return windows[rows, columns]
