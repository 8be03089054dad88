"""Small mammograms with bright specks at known pixels, as calcifications are."""

import numpy as np

from jobs.common.types import Array

PLACES = ((40, 30), (60, 45), (75, 20))


def specked_image(seed: int = 0, places=PLACES, shape=(128, 96), strength: float = 1.0) -> Array:
    """(H, W) uint16: a half disc of noise on 0, with specks of 3 x 3 pixels around `places`."""
    rows, columns = shape
    down, across = np.ogrid[:rows, :columns]
    breast = np.hypot((down - rows / 2) / (rows / 2.2), across / (columns * 0.8)) < 1
    image = np.random.default_rng(seed).normal(1600, 40, shape)
    for row, column in places:
        image[row - 1 : row + 2, column - 1 : column + 2] += 500 * strength
    return np.where(breast, image, 0).astype(np.uint16)
