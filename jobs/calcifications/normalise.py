"""A mammogram in which calcifications stand out equally in dark and in bright tissue."""

import numpy as np

from jobs.common.types import Array

_BACKGROUND = 10.0  # pixels, a Gaussian's deviation: at 0.07 mm wider than a calcification
_NEIGHBOURHOOD = 81  # pixels, a square's side, over which the noise is measured
_LEAST_VARIANCE = 1e-3  # of the root of a pixel's value, so that air has a finite quotient
_TRUNCATE = 3.0  # deviations at which Gaussians end


def normalise(pixels: Array) -> Array:
    """Removes the local background, and divides by the local standard deviation.

    The root comes first: an X-ray image's noise grows with the root of its signal, and is then
    equal everywhere.

    Args:
        pixels: (H, W) uint16, larger is brighter.

    Returns:
        (H, W) float32, of mean 0 and standard deviation 1 in each neighbourhood.

    Source: for the root, Karssemeijer, Int. J. Pattern Recognition and Artificial Intelligence 7
    (1993) 1357; for background and deviation, Jarrett et al., ICCV 2009, section 2.1.
    """
    from scipy import ndimage

    values = np.sqrt(pixels.astype(np.float32))
    values -= smooth(values, _BACKGROUND)
    variance = ndimage.uniform_filter(values * values, _NEIGHBOURHOOD)
    return values / np.sqrt(np.maximum(variance, _LEAST_VARIANCE))


def smooth(values: Array, deviation: float) -> Array:
    """Convolves (H, W) float32 with a Gaussian of this standard deviation in pixels."""
    from scipy import ndimage

    return ndimage.gaussian_filter(values, deviation, truncate=_TRUNCATE)
