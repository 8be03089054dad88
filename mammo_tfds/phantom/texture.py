"""Noise that looks like breast tissue: power-law texture, and webs of thin strands.

A field of noise is square and periodic. It is a function of a key: at every size it is the same
picture, with more detail at a larger size.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft, ndimage

from mammo_tfds.phantom.randomness import Key, rng

Field = NDArray[np.float32]

_COARSEST = 32  # modes; each finer level has twice as many
_FINEST = 1024  # above 4.4 cycles per mm there is only the detector's noise


def make_noise(
    seed: int,
    *key: Key,
    size: int,
    beta: float,
    band: tuple[float, float] = (2.0, np.inf),
    stretch: float = 1.0,
) -> Field:
    """(size, size) float32 noise of mean 0 and standard deviation 1 with power spectrum 1 / f^beta.

    Burgess, Jacobson and Judy (2001, Medical Physics 28:419) measured beta near 3 in mammograms.

    Args:
        size: pixels per side of the periodic field.
        beta: the exponent of the two-dimensional power spectrum.
        band: the lowest and the highest frequency, in cycles per side; soft limits.
        stretch: structures are this many times longer in x than in y.
    """
    size = int(size)
    y = np.fft.fftfreq(size, 1 / size).astype(np.float32)[:, None] / np.float32(np.sqrt(stretch))
    x = np.arange(size // 2 + 1, dtype=np.float32) * np.float32(np.sqrt(stretch))
    squared = y * y + x * x
    squared[0, 0] = 1
    low, high = band
    log_power = np.float32(-beta / 4) * np.log(squared) - np.float32(low**2) / squared
    amplitude = np.exp(log_power - squared / np.float32(high**2))
    amplitude[0, 0] = 0
    field = fft.irfft2(_modes(seed, *key, size=size) * amplitude, s=(size, size))
    return (field / field.std()).astype(np.float32)


def make_web(noise: Field, width: float) -> Field:
    """Thin bright curves of height 1 along the zero crossings of `noise`, in its shape."""
    return np.exp(-np.square(noise / np.float32(width)))


def sample_field(field: Field, y: Field, x: Field) -> Field:
    """The periodic field at (y, x), in units of its side, interpolated bilinearly."""
    size = len(field)
    places = np.stack(np.broadcast_arrays(y, x)) * np.float32(size)
    return ndimage.map_coordinates(field, places, order=1, mode="grid-wrap", output=np.float32)


def resize(
    field: Field, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> Field:
    """A smooth field, or its part `box` (left, top, right, bottom), at `size` (rows, columns)."""
    rows, cols = size
    image = Image.fromarray(np.ascontiguousarray(field, np.float32))
    return np.asarray(image.resize((cols, rows), Image.Resampling.BICUBIC, box))


def _modes(seed: int, *key: Key, size: int) -> NDArray[np.complex64]:
    """Complex normal numbers for the modes of an `irfft2`; a mode has the same at every size."""
    half = size // 2
    modes = np.zeros((size, half + 1), np.complex64)
    levels = [_COARSEST]
    while levels[-1] < min(half, _FINEST):
        levels.append(2 * levels[-1])
    for level in reversed(levels):  # coarser levels overwrite finer ones
        draw = rng(seed, *key, level).standard_normal((2 * level, 2 * level), dtype=np.float32)
        block = draw.view(np.complex64)
        keep = min(level, half)
        modes[:keep, :keep] = block[:keep, :keep]
        modes[-keep:, :keep] = block[-keep:, :keep]
    return modes
