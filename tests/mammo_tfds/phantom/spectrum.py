"""Measures the exponent of an image's power spectrum."""

import numpy as np

# Cycles per image height: 0.15 to 0.7 per mm, the range that Burgess et al. fit, at 233 mm.
LOWEST, HIGHEST = 35, 163


def exponent(square: np.ndarray, rows: int) -> float:
    """beta of 1 / f^beta, fitted to the radial mean of a Hann-windowed periodogram.

    Args:
        square: (n, n), a part of an image.
        rows: of the whole image.
    """
    side = len(square)
    window = np.hanning(side)
    power = np.abs(np.fft.fft2((square - square.mean()) * np.outer(window, window))) ** 2
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side))) * rows
    edges = np.geomspace(LOWEST, min(HIGHEST, 0.45 * rows), 12)
    ring = np.digitize(frequency, edges)
    means = [(frequency[ring == k].mean(), power[ring == k].mean()) for k in range(1, len(edges))]
    return -float(np.polyfit(*np.log(means).T, 1)[0])
