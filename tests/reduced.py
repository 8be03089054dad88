"""Reduced images that a test makes of pixels alone."""

import numpy as np

from jobs.views.breast import Box
from jobs.views.source import ReducedImage


def reduced_image(pixels: np.ndarray, window: tuple[float, float]) -> ReducedImage:
    """One whose pixels, (h, w, 1) uint16, are the whole image, and all of it breast."""
    shape = pixels.shape[:2]
    return ReducedImage(pixels, window, Box(0, 0, *shape), np.ones((1, 1), bool), max(shape))
